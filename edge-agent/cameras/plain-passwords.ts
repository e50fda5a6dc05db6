import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/**
 * Ids of the cameras whose password stands in the site file for everybody to read: neither sealed nor filled from the
 * environment. Looks at the file itself, for once it is filled nothing tells where a text came from.
 * @param file a site file that has passed its checks.
 */
export function plainPasswords(file: string): string[] {
  const site = parse(readFileSync(file, 'utf8')) as { cameras?: { id?: unknown; password?: unknown }[] } | null;
  return (site?.cameras ?? []).flatMap(({ id, password }) => {
    const isPlain = password !== undefined && !/^secret:|\$\{[A-Z]/.test(String(password));
    return isPlain ? [String(id)] : [];
  });
}
