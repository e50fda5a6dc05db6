import pino, { type Logger } from 'pino';

export type Log = Logger;

/**
 * JSON lines on standard output, one logger a process. `KUZET_LOG_LEVEL` sets the level (default `info`). Keys that
 * hold secrets are blanked wherever they stand one level down.
 */
export function createLog(processName: string): Log {
  return pino(
    {
      name: processName,
      level: process.env.KUZET_LOG_LEVEL ?? 'info',
      base: { name: processName, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['*.password', '*.token', '*.secret', '*.authorization', 'password', 'token', 'secret'],
        censor: '•',
      },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    // With a least length of 0 the destination calls itself flushed while it still writes (sonic-boom 4.2).
    pino.destination({ dest: 1, sync: false, minLength: 1 }),
  );
}

/** A logger that says nothing, for tests. */
export const silentLog: Log = pino({ level: 'silent' });
