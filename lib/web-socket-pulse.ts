import type { Clock } from './clock.ts';

/** The part of a WebSocket of the package `ws` that is used. */
interface Pinged {
  ping(): void;
  terminate(): void;
  on(event: 'pong' | 'close', listener: () => void): unknown;
}

/** Pings the other side every `everyMs`, and drops the connection where one ping was not answered before the next. */
export function watchPulse(ws: Pinged, clock: Clock, everyMs: number): void {
  let answered = true;
  const stop = clock.every(everyMs, () => {
    if (!answered) ws.terminate();
    else ws.ping();
    answered = false;
  });
  ws.on('pong', () => {
    answered = true;
  });
  ws.on('close', stop);
}
