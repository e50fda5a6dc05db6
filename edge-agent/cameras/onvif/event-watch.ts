import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { IntakeError, toIntakeFailure } from '../../video/intake-error.ts';
import type { EventAccess } from '../onvif-client.ts';
import { retryDelayMs } from '../retry-delay.ts';
import type { CameraEvent } from './event-message.ts';
import { OnvifFault } from './onvif-error.ts';
import { openPullPoint, type PullPoint } from './pull-point.ts';

export type EventWatchState =
  | { state: 'subscribed'; clockErrorMs: number | null }
  /** `why` is for people and holds no secret. */
  | { state: 'lost'; why: string };

export interface EventWatchDeps {
  cameraId: string;
  openEvents(): Promise<EventAccess>;
  clock: Clock;
  log: Log;
  onEvents(events: CameraEvent[]): void;
  /** At every subscription, and when it is lost or the reason changes. */
  onState(state: EventWatchState): void;
  /** The camera was started anew; where it does not say so, it has forgotten its pull point before its time. */
  onRestart?(): void;
  random?: () => number;
}

export interface EventWatch {
  /** Ends the subscription at the camera too; done within three seconds. */
  stop(): Promise<void>;
}

const pullMs = 8_000;
/** A camera that answers an empty pull at once, as some do, is not asked more often than this. */
const leastPullMs = 400;
const syncEveryMs = 30_000;
/** The state of everything must have come by then: one pull that waits, and one more. */
const syncAnswerMs = 10_000;
/** Where a camera was never seen to answer that question, its pull point is made anew this often. */
const renewWholeEveryMs = 600_000;
/** A pull point that held this long was a good one. One that is forgotten sooner is not made anew without a pause. */
const settledAfterMs = 5_000;
const withoutEventsMs = 300_000;
const unsubscribeMs = 2_000;
/** Cameras work out when they started from a clock that is being set: less than this apart is the same start. */
const rebootGrainMs = 30_000;

/** Keeps one pull point at a camera until told to stop: the only owner of its retry. */
export function watchEvents(deps: EventWatchDeps): EventWatch {
  const { cameraId, clock, log, random = Math.random } = deps;
  const ended = new AbortController();
  const stopped = new Promise<null>((resolve) => ended.signal.addEventListener('abort', () => resolve(null)));
  let failures = 0;
  let subscribedMs = 0;
  /** This camera has answered SetSynchronizationPoint with messages: from then on silence after it means a dead pull point. */
  let answersSync = false;
  let lastRebootMs: number | null = null;
  let told: string | null = null;
  let leaving: Promise<void> | null = null;

  function tell(state: EventWatchState): void {
    const words = state.state === 'lost' ? state.why : state.state;
    const isNews = words !== told;
    told = words;
    if (isNews && state.state === 'lost') log.warn({ camera: cameraId, why: state.why }, 'camera events lost');
    else if (isNews) log.info({ camera: cameraId }, 'camera events subscribed');
    if (isNews || state.state === 'subscribed') deps.onState(state);
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      let point: PullPoint | null = null;
      let delayMs = 0;
      try {
        const access = await Promise.race([deps.openEvents(), stopped]);
        if (access === null) return;
        point = await openPullPoint({ access, now: clock.now, signal: ended.signal });
        subscribedMs = clock.now();
        tell({ state: 'subscribed', clockErrorMs: access.clockErrorMs });
        await pullUntilLost(point);
      } catch (error) {
        if (!ended.signal.aborted) delayMs = failed(error, point !== null);
      }
      // Not waited for: a camera that is gone must not hold up its own return.
      if (point) leaving = leave(point);
      if (delayMs > 0) await pause(delayMs);
    }
  }

  /** @returns how long to wait before the next try. */
  function failed(error: unknown, wasSubscribed: boolean): number {
    // A stranger's fault must not end the watch, and is no word for people.
    if (!(error instanceof IntakeError)) log.error({ err: error, camera: cameraId }, 'watching camera events failed');
    failures++;
    if (wasSubscribed && isForgotten(error)) {
      // A camera that tells when it started says so itself, with the next subscription.
      if (lastRebootMs === null) deps.onRestart?.();
      if (failures === 1 && clock.now() - subscribedMs >= settledAfterMs) return 0;
    }
    const failure = toIntakeFailure(error);
    tell({ state: 'lost', why: failure.detail });
    return failure.kind === 'not-found' ? withoutEventsMs : retryDelayMs(failure.kind, failures, random());
  }

  /** @throws IntakeError when the pull point is of no use any more; returns when it should be made anew. */
  async function pullUntilLost(point: PullPoint): Promise<void> {
    const sinceMs = clock.now();
    let syncedMs = sinceMs;
    let awaitedSinceMs: number | null = null;
    while (!ended.signal.aborted) {
      const askedMs = clock.now();
      const pulled = await point.pull(pullMs);
      const nowMs = clock.now();
      if (nowMs - sinceMs >= settledAfterMs) failures = 0;
      if (pulled.count > 0) {
        if (awaitedSinceMs !== null) answersSync = true;
        awaitedSinceMs = null;
        noteReboot(pulled.lastRebootMs);
        if (pulled.events.length > 0) deps.onEvents(pulled.events);
      } else if (nowMs - askedMs < leastPullMs) await pause(leastPullMs);
      if (awaitedSinceMs !== null && nowMs - awaitedSinceMs >= syncAnswerMs) {
        if (answersSync)
          throw new IntakeError('timeout', 'its pull point has died: it tells nothing, not even the state');
        awaitedSinceMs = null;
      }
      await point.renewIfDue(clock.now());
      if (!answersSync && nowMs - sinceMs >= renewWholeEveryMs) return;
      if (awaitedSinceMs === null && nowMs - syncedMs >= syncEveryMs) {
        syncedMs = nowMs;
        if (await point.synchronize()) awaitedSinceMs = clock.now();
      }
    }
  }

  function noteReboot(rebootMs: number | null): void {
    if (rebootMs === null) return;
    const isNew = lastRebootMs !== null && rebootMs - lastRebootMs > rebootGrainMs;
    lastRebootMs = rebootMs;
    if (isNew) deps.onRestart?.();
  }

  /** Cameras have few pull points: one that is not used is given back. */
  async function leave(point: PullPoint): Promise<void> {
    try {
      await point.unsubscribe(unsubscribeMs);
    } catch (error) {
      const { kind } = toIntakeFailure(error);
      log.debug({ camera: cameraId, kind }, 'the pull point was gone already');
    }
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (ended.signal.aborted) return resolve();
      const done = () => {
        cancel();
        ended.signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(delayMs, done);
      ended.signal.addEventListener('abort', done);
    });
  }

  const running = run();
  return {
    async stop() {
      ended.abort();
      await running;
      await leaving;
    },
  };
}

/** The camera knows nothing of the pull point: it was started anew, or the point ran out. */
const isForgotten = (error: unknown): boolean =>
  error instanceof OnvifFault &&
  error.kind === 'refused' &&
  error.subcodes.some((code) => code !== 'ActionNotSupported');
