import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ReaderMemory } from '../profiles/profile.ts';
import { nodeDisk } from '../spool/disk.ts';

export interface ReaderMemories {
  of(profile: { name: string }): ReaderMemory;
  /** Writes what is due. */
  close(): Promise<void>;
}

const fileCheck = Compile(Type.Array(Type.Tuple([Type.String(), Type.String()])));
const writeAfterMs = 500;
export const maxEntries = 20_000;
export const maxMemoryBytes = 16 * 1024 * 1024;

interface Kept {
  texts: Map<string, string>;
  bytes: number;
}

/**
 * What profiles with state keep over a restart: one file a profile in `folder`, replaced whole. A file that cannot be
 * read is told and begun anew; what was in it is said again by its devices sooner or later.
 */
export function createReaderMemories(deps: { folder: string; clock: Clock; log: Log }): ReaderMemories {
  const { folder, clock, log } = deps;
  const kept = new Map<string, Kept>();
  const due = new Set<string>();
  let cancel: (() => void) | null = null;
  let writing: Promise<void> = Promise.resolve();
  let told = false;

  async function writeDue(): Promise<void> {
    cancel = null;
    for (const name of [...due]) {
      due.delete(name);
      try {
        await mkdir(folder, { recursive: true, mode: 0o750 });
        await nodeDisk.replaceText(folder, `${name}.json`, JSON.stringify([...kept.get(name)!.texts]));
        told = false;
      } catch (err) {
        due.add(name);
        if (!told)
          log.error({ err, profile: name }, 'what a profile remembers could not be written; it is tried again');
        told = true;
      }
    }
  }
  function schedule(): void {
    cancel ??= clock.after(writeAfterMs, () => {
      writing = writing.then(writeDue).then(() => {
        if (due.size > 0) schedule();
      });
    });
  }

  return {
    of({ name }) {
      const own: Kept = kept.get(name) ?? { texts: load(join(folder, `${name}.json`), log), bytes: 0 };
      kept.set(name, own);
      own.bytes = [...own.texts].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
      const drop = (key: string) => {
        own.bytes -= key.length + (own.texts.get(key)?.length ?? 0);
        own.texts.delete(key);
      };
      return {
        entries: () => [...own.texts],
        set(key, text) {
          const before = own.texts.get(key);
          if (before === (text ?? undefined)) return;
          if (before !== undefined) drop(key);
          if (text !== null) {
            own.texts.set(key, text);
            own.bytes += key.length + text.length;
          }
          while (own.texts.size > maxEntries || own.bytes > maxMemoryBytes)
            drop(own.texts.keys().next().value as string);
          due.add(name);
          schedule();
        },
      };
    },
    async close() {
      cancel?.();
      await writing;
      await writeDue();
    },
  };
}

function load(file: string, log: Log): Map<string, string> {
  try {
    const entries: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (fileCheck.Check(entries)) return new Map(entries as [string, string][]);
    log.error({ file }, 'what a profile remembers does not fit its form; it begins anew');
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
      log.error({ err, file }, 'what a profile remembers cannot be read; it begins anew');
  }
  return new Map();
}
