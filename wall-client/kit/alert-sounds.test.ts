import type { Priority } from '@kuzet/contracts/incident.ts';
import { describe, expect, it } from 'vitest';
import { createAlertSounds, type Waiting } from './alert-sounds.ts';

function run(item: Waiting | null, seconds: number): { at: number; priority: Priority }[] {
  const heard: { at: number; priority: Priority }[] = [];
  let at = 0;
  const tell = createAlertSounds((priority) => heard.push({ at, priority }));
  for (at = 0; at <= seconds; at++) tell(item ? [item] : [], at * 1000);
  return heard;
}

describe('alert sounds', () => {
  it('sounds a critical at once and every 10 s until it is taken', () => {
    expect(run({ id: 'a', priority: 'critical', sinceMs: 0, limitMs: 60_000 }, 30).map((h) => h.at)).toEqual([
      0, 10, 20, 30,
    ]);
  });
  it('sounds a high at once, at half the limit and at the limit', () => {
    expect(run({ id: 'a', priority: 'high', sinceMs: 0, limitMs: 60_000 }, 90).map((h) => h.at)).toEqual([0, 30, 60]);
  });
  it('leaves routine silent', () => {
    expect(run({ id: 'a', priority: 'routine', sinceMs: 0, limitMs: 60_000 }, 90)).toEqual([]);
  });
  it('lets a critical speak over a high', () => {
    const heard: Priority[] = [];
    createAlertSounds((priority) => heard.push(priority))(
      [
        { id: 'h', priority: 'high', sinceMs: 0, limitMs: 60_000 },
        { id: 'c', priority: 'critical', sinceMs: 0, limitMs: 60_000 },
      ],
      0,
    );
    expect(heard).toEqual(['critical']);
  });
  it('sounds again for what came back', () => {
    const heard: Priority[] = [];
    const tell = createAlertSounds((priority) => heard.push(priority));
    const item: Waiting = { id: 'h', priority: 'high', sinceMs: 0, limitMs: 60_000 };
    tell([item], 0);
    tell([], 1_000);
    tell([item], 2_000);
    expect(heard).toHaveLength(2);
  });
});
