import type { Priority } from '@kuzet/contracts/incident.ts';
import { play } from './sound.ts';

/** What waits for this person: since when, how urgent, and by when it should have been taken. */
export interface Waiting {
  id: string;
  priority: Priority;
  sinceMs: number;
  limitMs: number;
}

const criticalEveryMs = 10_000;

/**
 * Decides when to sound. Critical: at once and every 10 s until taken. High: at once, at half its limit and at the limit.
 * Routine is silent. Called once a second with everything that waits.
 */
export function createAlertSounds(sound: (priority: Priority) => void = play) {
  const heard = new Map<string, { lastMs: number; times: number }>();
  return (waiting: readonly Waiting[], nowMs: number): void => {
    const ids = new Set(waiting.map((item) => item.id));
    for (const id of heard.keys()) if (!ids.has(id)) heard.delete(id);
    let loudest: Priority | null = null;
    for (const item of waiting) {
      if (!isDue(item, nowMs)) continue;
      if (loudest === null || item.priority === 'critical') loudest = item.priority;
    }
    if (loudest) sound(loudest);
  };

  function isDue({ id, priority, sinceMs, limitMs }: Waiting, nowMs: number): boolean {
    if (priority === 'routine') return false;
    const before = heard.get(id);
    const age = nowMs - sinceMs;
    const times =
      priority === 'critical' ? Number.POSITIVE_INFINITY : 1 + Number(age >= limitMs / 2) + Number(age >= limitMs);
    const due = !before || (priority === 'critical' ? nowMs - before.lastMs >= criticalEveryMs : before.times < times);
    if (due) heard.set(id, { lastMs: nowMs, times: priority === 'critical' ? 1 : times });
    return due;
  }
}
