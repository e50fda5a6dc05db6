import { randomUUID } from 'node:crypto';
import type { Clock } from '@kuzet/lib/clock.ts';

/** Properties a camera reports: motion in its picture, the contact wired to its input, somebody covering it. */
export const eventProperties = ['motion', 'digital-input', 'tamper'] as const;
export type EventProperty = (typeof eventProperties)[number];

/** `line-crossing` only happens; `last-reboot` tells when the camera started. */
export interface EventMessage {
  property: EventProperty | 'line-crossing' | 'last-reboot';
  operation: 'Initialized' | 'Changed';
  value: boolean;
  atMs: number;
}

export interface Subscription {
  id: string;
  expiresMs: number;
}

/** Real-time pull points (ONVIF Core, 9.1.2) of one camera. */
export interface EventHub {
  /** Changes a property; every pull point hears of a real change only. */
  set(property: EventProperty, value: boolean): void;
  /** Something crossed the line. */
  cross(): void;
  /** As after a restart, which is over in `afterMs`: it knows no pull point any more, and nothing is active. */
  restart(afterMs?: number): void;
  /** Ends the life of every pull point now. */
  expire(): void;
  /** Puts the state of every property into a pull point again; false when there is no such pull point. */
  synchronize(id: string): boolean;
  /** A new pull point; it first gets the state of every property as Initialized. */
  subscribe(lifeMs: number): Subscription;
  /** Null when there is no such pull point, or it has run out. */
  renew(id: string, lifeMs: number): Subscription | null;
  unsubscribe(id: string): boolean;
  /** Waits up to `timeoutMs` for the first message; null when there is no such pull point. */
  pull(
    id: string,
    limit: number,
    timeoutMs: number,
  ): Promise<{ subscription: Subscription; messages: EventMessage[]; nowMs: number } | null>;
  /** Ends all waits. */
  close(): void;
}

/** A pull point that nobody empties keeps this many messages, the newest. */
const maxQueued = 200;
const maxSubscriptions = 20;

export function createEventHub({ clock }: { clock: Clock }): EventHub {
  const state: Record<EventProperty, boolean> = { motion: false, 'digital-input': false, tamper: false };
  let startedMs = clock.now();
  const pullPoints = new Map<string, Subscription & { queue: EventMessage[]; wake: (() => void) | null }>();

  const alive = (id: string) => {
    const point = pullPoints.get(id);
    if (!point) return null;
    if (point.expiresMs > clock.now()) return point;
    pullPoints.delete(id);
    point.wake?.();
    return null;
  };

  const tellAll = (message: EventMessage) => {
    for (const point of pullPoints.values()) {
      point.queue.push(message);
      if (point.queue.length > maxQueued) point.queue.shift();
      point.wake?.();
    }
  };
  const wholeState = (): EventMessage[] => [
    ...eventProperties.map(
      (property): EventMessage => ({
        property,
        operation: 'Initialized',
        value: state[property],
        atMs: clock.now(),
      }),
    ),
    { property: 'last-reboot', operation: 'Initialized', value: true, atMs: startedMs },
  ];

  return {
    set(property, value) {
      if (state[property] === value) return;
      state[property] = value;
      tellAll({ property, operation: 'Changed', value, atMs: clock.now() });
    },
    cross() {
      tellAll({ property: 'line-crossing', operation: 'Changed', value: true, atMs: clock.now() });
    },
    restart(afterMs = 0) {
      startedMs = clock.now() + afterMs;
      for (const property of eventProperties) state[property] = false;
      this.close();
    },
    expire() {
      for (const point of pullPoints.values()) point.expiresMs = clock.now();
      for (const id of [...pullPoints.keys()]) alive(id);
    },
    synchronize(id) {
      const point = alive(id);
      if (!point) return false;
      point.queue.push(...wholeState());
      point.wake?.();
      return true;
    },
    subscribe(lifeMs) {
      for (const id of [...pullPoints.keys()]) alive(id);
      const oldest = pullPoints.keys().next().value;
      if (pullPoints.size >= maxSubscriptions && oldest !== undefined) pullPoints.delete(oldest);
      const atMs = clock.now();
      const point = {
        id: randomUUID(),
        expiresMs: atMs + lifeMs,
        queue: wholeState(),
        wake: null,
      };
      pullPoints.set(point.id, point);
      return { id: point.id, expiresMs: point.expiresMs };
    },
    renew(id, lifeMs) {
      const point = alive(id);
      if (!point) return null;
      point.expiresMs = clock.now() + lifeMs;
      return { id, expiresMs: point.expiresMs };
    },
    unsubscribe(id) {
      const point = alive(id);
      if (!point) return false;
      pullPoints.delete(id);
      point.wake?.();
      return true;
    },
    async pull(id, limit, timeoutMs) {
      const point = alive(id);
      if (!point) return null;
      if (point.queue.length === 0 && timeoutMs > 0) {
        point.wake?.();
        await new Promise<void>((resolve) => {
          const cancel = clock.after(timeoutMs, resolve);
          point.wake = () => {
            cancel();
            resolve();
          };
        });
        point.wake = null;
        // It ended while somebody waited.
        if (pullPoints.get(id) !== point) return null;
      }
      return {
        subscription: { id, expiresMs: point.expiresMs },
        messages: point.queue.splice(0, Math.max(1, limit)),
        nowMs: clock.now(),
      };
    },
    close() {
      for (const point of pullPoints.values()) point.wake?.();
      pullPoints.clear();
    },
  };
}
