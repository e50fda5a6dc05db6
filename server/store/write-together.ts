import type { Writable } from 'node:stream';

/** More than this is worth a write of its own: who reads it has work to begin with. */
const enoughBytes = 16 * 1024;

/**
 * Makes one write of what is written to a stream in one go. Each write is a system call that wakes the other side; for
 * the small statements of a transaction it costs more than the statements.
 * @returns to be called before and after each write.
 */
export function createWriteTogether(stream: Writable): { before(): void; after(): void } {
  let held = false;
  const release = () => {
    if (!held) return;
    held = false;
    stream.uncork();
  };
  return {
    before() {
      if (held) return;
      held = true;
      stream.cork();
      process.nextTick(release);
    },
    after() {
      if (stream.writableLength > enoughBytes) release();
    },
  };
}
