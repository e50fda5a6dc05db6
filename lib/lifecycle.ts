import type { Log } from './log.ts';

type Stop = () => Promise<void> | void;

export interface Lifecycle {
  /**
   * Runs `start` and registers the stop it returns, last in, first out. When `start` throws, everything started before
   * is stopped in order and the error is thrown on.
   */
  start<T>(name: string, start: () => Promise<{ value: T; stop: Stop }> | { value: T; stop: Stop }): Promise<T>;
  /** Registers a stop for something already running. */
  onStop(name: string, stop: Stop): void;
  /** Stops everything once, in reverse order; a stop that fails or exceeds its time is logged and the rest go on. */
  stop(): Promise<void>;
}

/** One stop may take this long; together they must fit into the five seconds that the parent waits. */
const oneStopMs = 2_000;

export function createLifecycle(log: Log): Lifecycle {
  const stops: { name: string; stop: Stop }[] = [];
  let stopping: Promise<void> | null = null;

  async function unwind(): Promise<void> {
    for (let entry = stops.pop(); entry; entry = stops.pop()) {
      const { name, stop } = entry;
      let timer: NodeJS.Timeout | undefined;
      try {
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`not stopped within ${oneStopMs} ms`)), oneStopMs);
        });
        await Promise.race([Promise.resolve().then(stop), late]);
      } catch (err) {
        log.error({ err, part: name }, 'stop failed');
      } finally {
        clearTimeout(timer);
      }
    }
  }

  return {
    async start(name, start) {
      if (stopping) throw new Error(`cannot start ${name}: stopping`);
      try {
        const { value, stop } = await start();
        stops.push({ name, stop });
        return value;
      } catch (cause) {
        await unwind();
        throw cause;
      }
    },
    onStop: (name, stop) => void stops.push({ name, stop }),
    stop: () => (stopping ??= unwind()),
  };
}

/** So long the last lines of a log may take to leave. */
const lastWordsMs = 1_000;

/** Ctrl+C reaches every process of the terminal, and those that started this one hand it on as well. */
const samePressMs = 1_000;

/** An error that a person can mend: its message is the whole explanation, so no stack is printed. */
export class StartError extends Error {
  override name = 'StartError';
}

/**
 * The frame of every process: runs `main`, stops on SIGTERM, SIGINT or when the parent goes away (IPC channel closed);
 * a second signal, pressed again and not the same one by another way, exits at once; under the parent it does not, which
 * has a time limit of its own. Exit code 0 after a clean stop, 1 after a failed start, 78 (EX_CONFIG) for a StartError.
 */
export function runProcess(log: Log, main: (lifecycle: Lifecycle) => Promise<void>): void {
  const lifecycle = createLifecycle(log);
  let askedMs: number | null = null;
  // At the exit of a process sonic-boom 4.2 tries a pipe that nobody reads again and again, for ever: a process whose
  // parent was killed would stay. So the log is empty, or its reader known to be gone, before the exit.
  const leave = (code: number) => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), lastWordsMs);
    log.flush(() => process.exit(code));
  };
  const stop = (why: string) => {
    if (askedMs !== null) {
      if (!process.send && performance.now() - askedMs > samePressMs) process.exit(1);
      return;
    }
    askedMs = performance.now();
    log.info({ why }, 'stopping');
    lifecycle.stop().then(() => {
      log.info('stopped');
      leave(0);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.send) process.on('disconnect', () => stop('parent gone'));
  main(lifecycle).catch(async (err: unknown) => {
    if (err instanceof StartError) log.fatal(err.message);
    else log.fatal({ err }, 'start failed');
    await lifecycle.stop();
    leave(err instanceof StartError ? 78 : 1);
  });
}
