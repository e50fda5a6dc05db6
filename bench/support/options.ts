import { parseArgs } from 'node:util';

/** The command line is wrong; the message says what would be right. */
export class UsageError extends Error {}

type Default = number | string | boolean;
type Widened<T> = { [K in keyof T]: T[K] extends number ? number : T[K] extends boolean ? boolean : string };

/**
 * `--name value` and `--flag` over defaults, whose types say what is expected.
 * @throws UsageError for an unknown option or a number that is none.
 */
export function readOptions<T extends Record<string, Default>>(args: readonly string[], defaults: T): Widened<T> {
  const usage = `options: ${Object.entries(defaults)
    .map(([name, value]) => (value === false ? `--${name}` : `--${name} ${value}`))
    .join(' ')}`;
  const types = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...args], options: types, allowNegative: true, strict: true }));
  } catch (err) {
    throw new UsageError(`${(err as Error).message}\n${usage}`, { cause: err });
  }
  const result: Record<string, Default> = { ...defaults };
  for (const [name, text] of Object.entries(values)) {
    if (typeof defaults[name] !== 'number') result[name] = text as Default;
    else {
      const number = Number(text);
      if (!Number.isFinite(number) || text === '')
        throw new UsageError(`--${name} is a number, not "${text}"\n${usage}`);
      result[name] = number;
    }
  }
  return result as Widened<T>;
}
