/** What the documents promise is there: links lead somewhere, commands exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const scripts = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
);

describe('documents', () => {
  it('are found', () => expect(documents).toContain('README.md'));

  it.each(documents)('%s links only to what is there', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/src="([^"]+)"/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^([a-z]+:|#)/.test(target));
    const missing = targets.filter((target) => !existsSync(join(root, dirname(file), target.split('#')[0] as string)));
    expect(missing).toEqual([]);
  });

  it.each(documents)('%s names only npm scripts that exist', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const named = [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1] as string);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('name no path of a machine', () => {
    for (const file of documents) {
      expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/\/(home|root|Users)\/\w+/);
    }
  });
});
