import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createTestClock } from './test-clock.ts';
import { watchPulse } from './web-socket-pulse.ts';

it('drops a connection that does not answer, and lets go of one that has closed', () => {
  const clock = createTestClock(0);
  const said: string[] = [];
  const ws = Object.assign(new EventEmitter(), {
    ping: () => void said.push('ping'),
    terminate: () => void said.push('terminate'),
  });
  watchPulse(ws, clock, 10_000);
  clock.advance(10_000);
  ws.emit('pong');
  clock.advance(10_000);
  expect(said).toEqual(['ping', 'ping']);
  clock.advance(10_000);
  expect(said).toEqual(['ping', 'ping', 'terminate']);
  ws.emit('close');
  clock.advance(60_000);
  expect(said).toHaveLength(3);
});
