import { closeSync, cpSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Making an empty database takes seconds of processor time, copying one a moment: the build leaves one beside its bundles.
 * Where there is no `template`, or `folder` is there, nothing is done. The copy is on the disk before it takes its name:
 * PostgreSQL would not flush again what it believes to be an old file. That is a thousand files, a tenth of a second on
 * an SSD.
 */
export function layOutEmptyDatabase(template: string, folder: string): void {
  if (existsSync(folder) || !existsSync(template)) return;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  cpSync(template, making, { recursive: true });
  flushFolder(making);
  renameSync(making, folder);
  flush(dirname(folder));
}

/** What a folder holds goes before the folder itself. */
function flushFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) flushFolder(path);
    else flush(path);
  }
  flush(folder);
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
