import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { evidencePieceBytes, unfinishedSuffix } from '@kuzet/lib/evidence/manifest-names.ts';
import { createPieceHasher, type PieceHashes } from '@kuzet/lib/evidence/piece-hashes.ts';

export interface EvidenceFolder {
  pathOf(incidentId: string, name: string): string;
  /**
   * Streams into a file of the incident's folder; it has its name only when all of it is on disk.
   * @throws when the stream or the disk fails, or more than `maxBytes` come; nothing is left then.
   */
  store(incidentId: string, name: string, body: Readable, maxBytes: number): Promise<PieceHashes>;
  /** Writes small files, the same way. @returns SHA-256, hex. */
  write(incidentId: string, name: string, bytes: Buffer): Promise<string>;
  remove(incidentId: string, names: readonly string[]): Promise<void>;
  /** Removes the files `<name>.<type>`, `<name>-1.<type>` and so on, unfinished ones too. */
  removeAllOf(incidentId: string, name: string): Promise<void>;
  /** Names in the incident's folder; none when there is no folder. */
  list(incidentId: string): Promise<string[]>;
}

/** The files of evidence, one folder an incident. */
export function createEvidenceFolder(root: string): EvidenceFolder {
  const pathOf = (incidentId: string, name: string) => join(root, incidentId, name);

  async function syncFolder(path: string): Promise<void> {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async function put(
    incidentId: string,
    name: string,
    fill: (write: (bytes: Buffer) => Promise<void>) => Promise<void>,
  ) {
    const folder = join(root, incidentId);
    if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(root);
    const path = pathOf(incidentId, name);
    const unfinished = `${path}${unfinishedSuffix}`;
    const file = await open(unfinished, 'w');
    try {
      try {
        await fill(async (bytes) => {
          for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
        });
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
      await syncFolder(folder);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async function list(incidentId: string): Promise<string[]> {
    try {
      return await readdir(join(root, incidentId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
  async function remove(incidentId: string, names: readonly string[]): Promise<void> {
    for (const name of names) await rm(pathOf(incidentId, name), { force: true });
  }

  return {
    pathOf,
    list,
    remove,
    async removeAllOf(incidentId, name) {
      const names = await list(incidentId);
      const rest = /^(-\d+)?\.(mp4|jpg)(\.part)?$/;
      await remove(
        incidentId,
        names.filter((one) => one.startsWith(name) && rest.test(one.slice(name.length))),
      );
    },
    async store(incidentId, name, body, maxBytes) {
      const hasher = createPieceHasher(evidencePieceBytes);
      let size = 0;
      try {
        await put(incidentId, name, async (write) => {
          for await (const chunk of body) {
            const bytes = chunk as Buffer;
            size += bytes.length;
            if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes came`);
            hasher.push(bytes);
            await write(bytes);
          }
          if (size === 0) throw new Error('nothing came');
        });
      } finally {
        body.destroy();
      }
      return hasher.end();
    },
    async write(incidentId, name, bytes) {
      await put(incidentId, name, (write) => write(bytes));
      return createHash('sha256').update(bytes).digest('hex');
    },
  };
}
