import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type LoadOrder =
  | { kind: 'burst'; port: number; connections: number; window: number; messages: number; devices: number }
  | { kind: 'go' }
  | {
      kind: 'paced';
      port: number;
      connections: number;
      devices: number;
      alarmDevices: number;
      perSecond: number;
      alarmsPerSecond: number;
      seconds: number;
      warmUpMs: number;
    };

/** `atMs`: of the machine's monotonic clock, which all processes share. */
export type LoadAnswer =
  | { kind: 'ready' }
  | { kind: 'alarm'; device: string; atMs: number }
  | { kind: 'done'; sent: number; acked: number; tookMs: number };

export interface Load {
  pid: number;
  /** Resolves when it is connected and its packets are encoded. */
  prepare(order: LoadOrder): Promise<void>;
  /** Sends the prepared burst; resolves when the last PUBACK is in. */
  go(): Promise<Extract<LoadAnswer, { kind: 'done' }>>;
  /** Resolves when what was ordered is done. */
  done(): Promise<Extract<LoadAnswer, { kind: 'done' }>>;
  onAlarm(listener: (device: string, atMs: number) => void): void;
  stop(): void;
}

/** Starts the load generator's process. */
export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load-process.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
  });
  const waitFor = <K extends LoadAnswer['kind']>(kind: K) =>
    new Promise<Extract<LoadAnswer, { kind: K }>>((resolve, reject) => {
      const heard = (answer: LoadAnswer) => {
        if (answer.kind !== kind) return;
        child.off('message', heard);
        child.off('exit', ended);
        resolve(answer as Extract<LoadAnswer, { kind: K }>);
      };
      const ended = () => reject(new Error('the load generator ended'));
      child.on('message', heard);
      child.once('exit', ended);
    });
  return {
    pid: child.pid!,
    async prepare(order) {
      const ready = waitFor('ready');
      child.send(order);
      await ready;
    },
    go() {
      const done = waitFor('done');
      child.send({ kind: 'go' } satisfies LoadOrder);
      return done;
    },
    done: () => waitFor('done'),
    onAlarm(listener) {
      child.on('message', (answer: LoadAnswer) => {
        if (answer.kind === 'alarm') listener(answer.device, answer.atMs);
      });
    },
    stop: () => void child.kill('SIGKILL'),
  };
}
