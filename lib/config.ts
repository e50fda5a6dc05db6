import { readFileSync } from 'node:fs';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { LineCounter, parseDocument } from 'yaml';
import { StartError } from './lifecycle.ts';

export interface ConfigSource {
  /** Path of the YAML file. */
  file: string;
  /** Environment over YAML: variable name → key path (`http.port`). Values are read as YAML scalars. */
  environment?: Record<string, string>;
  env?: NodeJS.ProcessEnv;
}

/**
 * Reads and checks one YAML file: `${NAME}` and `${NAME:-default}` in string values are filled from the environment,
 * then the variables of `environment` are laid over it, then defaults of the schema fill what is missing.
 * Unknown keys and wrong values are refused.
 * @throws StartError with file, line, key path and what was expected, one line a fault.
 */
export function loadConfig<T extends TSchema>(schema: T, source: ConfigSource): Static<T> {
  const env = source.env ?? process.env;
  let text: string;
  try {
    text = readFileSync(source.file, 'utf8');
  } catch (cause) {
    throw new StartError(
      `${source.file}: cannot be read (${(cause as NodeJS.ErrnoException).code}). Name another with --config FILE.`,
      { cause },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    throw new StartError(
      `${source.file}:${lines.linePos(syntax.pos[0]).line}: not valid YAML: ${syntax.message.split('\n')[0]}`,
    );
  }

  let plain: unknown;
  try {
    plain = document.toJS() ?? {};
  } catch (cause) {
    throw new StartError(`${source.file}: not usable YAML: ${(cause as Error).message}`, { cause });
  }
  if (typeof plain !== 'object' || Array.isArray(plain))
    throw new StartError(`${source.file}:1: (top): must be object: keys with values, not a list or a text`);
  const raw: unknown = interpolate(plain, env, source.file, []);
  for (const [name, path] of Object.entries(source.environment ?? {})) {
    const value = env[name];
    if (value !== undefined && value !== '')
      setAt(raw as Record<string, unknown>, path.split('.'), scalar(value, schemaAt(schema, path)));
  }
  const config = Value.Default(schema, raw);
  const validator = Compile(schema);
  if (validator.Check(config)) return config as Static<T>;

  const faults = validator.Errors(config).flatMap((error) => {
    const at = error.instancePath.split('/').filter(Boolean);
    const extra = (error.params as { additionalProperties?: string[] }).additionalProperties;
    if (error.keyword === 'additionalProperties' && extra)
      return extra.map((key) => ({ at: [...at, key], what: 'unknown key' }));
    if (error.keyword === 'boolean' || error.keyword === 'anyOf') return [];
    const allowed = (error.params as { allowedValues?: string[] }).allowedValues;
    return [{ at, what: error.message + (allowed ? `: ${allowed.join(', ')}` : '') }];
  });
  // Where a value or null may stand, null is not what a person who wrote something meant.
  const meant = faults.filter(
    ({ at, what }) =>
      what !== 'must be null' || faults.every((other) => other.what === what || other.at.join() !== at.join()),
  );
  const told = meant.map(({ at, what }) => {
    const node = document.getIn(at, true) as { range?: [number, number, number] } | undefined;
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    const name = Object.entries(source.environment ?? {}).find(([key, path]) => path === at.join('.') && env[key])?.[0];
    return `${source.file}${line}: ${at.join('.') || '(top)'}: ${what}${name ? ` (set by ${name})` : ''}`;
  });
  throw new StartError((told.length ? [...new Set(told)] : [`${source.file}: does not fit its schema`]).join('\n'));
}

function interpolate(value: unknown, env: NodeJS.ProcessEnv, file: string, inside: unknown[]): unknown {
  if (typeof value === 'string') {
    if (!value.includes('${')) return value;
    const filled = value.replace(/\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
      const found = env[name] || fallback;
      if (found === undefined)
        throw new StartError(`${file}: \${${name}} is not set in the environment and has no default`);
      return found;
    });
    return filled;
  }
  if (!value || typeof value !== 'object') return value;
  if (inside.includes(value)) throw new StartError(`${file}: not usable YAML: an alias stands inside its own anchor`);
  const within = [...inside, value];
  if (Array.isArray(value)) return value.map((item) => interpolate(item, env, file, within));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, env, file, within)]));
}

/** A password of digits stays a text: only where the schema takes no text is it read as a number or yes/no. */
function scalar(text: string, schema: TSchema | undefined): unknown {
  if (schema && Value.Check(schema, text)) return text;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}

function schemaAt(schema: TSchema, path: string): TSchema | undefined {
  let at: TSchema | undefined = schema;
  for (const key of path.split('.')) {
    at = (at as { properties?: Record<string, TSchema> } | undefined)?.properties?.[key];
  }
  return at;
}

function setAt(target: Record<string, unknown>, [head, ...rest]: string[], value: unknown): void {
  if (head === undefined) return;
  if (rest.length === 0) target[head] = value;
  else {
    target[head] ??= {};
    setAt(target[head] as Record<string, unknown>, rest, value);
  }
}

/** `--config FILE` of a process's command line, or `fallback`. */
export function configFile(argv: readonly string[], fallback: string): string {
  const at = argv.indexOf('--config');
  const file = at >= 0 ? argv[at + 1] : fallback;
  if (!file) throw new StartError('--config needs a file');
  return file;
}
