import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';

/** The few file operations of the spool, so that a test can make a disk full. */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  sizeOf(path: string): Promise<number>;
  /** `create` empties what is there; `append` opens what is there for reading and writing. */
  open(path: string, how: 'create' | 'append' | 'read'): Promise<DiskFile>;
  /** Null when there is no such file. */
  readText(path: string): Promise<string | null>;
  /** Replaces a file whole: after a crash it holds the old text or the new one. */
  replaceText(folder: string, name: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes created, renamed and removed names durable. */
  syncFolder(folder: string): Promise<void>;
}

export interface DiskFile {
  writeAt(buffer: Buffer, position: number): Promise<void>;
  readAt(length: number, position: number): Promise<Buffer>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

const flags = { create: 'w+', append: 'r+', read: 'r' } as const;

function diskFile(handle: FileHandle): DiskFile {
  return {
    async writeAt(buffer, position) {
      for (let done = 0; done < buffer.length; ) {
        done += (await handle.write(buffer, done, buffer.length - done, position + done)).bytesWritten;
      }
    },
    async readAt(length, position) {
      const buffer = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    },
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const nodeDisk: Disk = {
  makeFolder: async (path) => void (await mkdir(path, { recursive: true, mode: 0o750 })),
  list: (folder) => readdir(folder),
  sizeOf: async (path) => (await stat(path)).size,
  open: async (path, how) => diskFile(await open(path, flags[how], 0o640)),
  async readText(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw err;
    }
  },
  async replaceText(folder, name, text) {
    const temporary = `${folder}/${name}.new`;
    const handle = await open(temporary, 'w', 0o640);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, `${folder}/${name}`);
    await syncFolder(folder);
  },
  remove: (path) => unlink(path),
  syncFolder,
};
