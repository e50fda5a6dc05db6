import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Viewer } from '@kuzet/lib/picture-fan-out.ts';
import { IntakeError, toIntakeFailure } from '../video/intake-error.ts';
import type { LiveStream } from '../video/live-stream.ts';
import type { IntakeSource } from '../video/video-intake.ts';
import type { CameraSession, CameraSessionDeps } from './camera-session.ts';

/** A camera's small stream, for as long as somebody watches it; its main stream where there is none. */
export interface SmallStream {
  watch(viewer: Viewer): () => void;
  /** The main stream has begun anew: what the camera says of its small one may have changed. */
  mainBegan(): void;
  stop(): Promise<void>;
}

export interface SmallStreamDeps {
  cameraId: string;
  /** Of the site file; null where the camera must be asked. */
  known: IntakeSource | null;
  /** Null for a camera that has one stream. @throws IntakeError */
  ask(): Promise<IntakeSource | null>;
  /** A session of the small stream, which is not the camera's state. */
  createSession(resolveSource: CameraSessionDeps['resolveSource']): CameraSession;
  main: Pick<LiveStream, 'join'>;
  clock: Clock;
  log: Log;
}

/** Tiles change between streams while people look around: a session is not worth ending for a moment. */
const keptMs = 10_000;
/** A camera that has just told of its main stream answers within tenths of a second. */
const patienceMs = 2_000;
/** After a question without an answer. What was told before is used meanwhile, or the main stream. */
const askAgainMs = 60_000;

interface Watching {
  viewer: Viewer;
  /** `held`: it hears what the main stream waits for, and gets its pictures when it is known of which stream. */
  at: 'held' | 'main' | 'sub';
  leave(): void;
}

/**
 * Whether there is a small stream is asked when the main one has begun, not when somebody comes to watch. Wall tiles stay
 * for days with what they got first, so they rather wait for the answer a moment; but only for as long as it takes.
 */
export function createSmallStream(deps: SmallStreamDeps): SmallStream {
  const { cameraId, main, clock, log } = deps;
  const watching = new Set<Watching>();
  let source = deps.known;
  let isAnswered = source !== null;
  /** No answer in time: who watches gets the main stream. */
  let gaveUp = false;
  let askedAtMs = 0;
  let asking: Promise<void> | null = null;
  let cancelPatience: (() => void) | null = null;
  let cancelEnd: (() => void) | null = null;

  const session = deps.createSession(async (failures) => {
    // Its address may have changed. A camera that says nothing of it now may still be where it was.
    if (failures > 0) await withinPatience(ask());
    if (source === null) throw new IntakeError('refused', 'camera has no small stream');
    return source;
  });

  function ask(): Promise<void> {
    asking ??= answer().finally(() => {
      asking = null;
    });
    return asking;
  }

  async function answer(): Promise<void> {
    askedAtMs = clock.now();
    try {
      source = await deps.ask();
      isAnswered = true;
      gaveUp = false;
    } catch (error) {
      const { detail } = toIntakeFailure(error);
      if (!isAnswered && !gaveUp) {
        log.warn(
          { camera: cameraId, why: detail },
          'whether the camera has a small stream is not known: main for both',
        );
      }
      gaveUp = !isAnswered;
    }
    settle();
  }

  async function withinPatience(work: Promise<void>): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(patienceMs, resolve);
    });
    await Promise.race([work, late]);
    cancel();
  }

  const place = (): Watching['at'] => (source ? 'sub' : isAnswered || gaveUp ? 'main' : 'held');

  function settle(): void {
    const to = place();
    for (const one of watching) {
      // Pictures that come are not interrupted for smaller ones.
      if (one.at === to || (one.at === 'main' && to === 'sub')) continue;
      one.leave();
      take(one, to);
    }
    // The main stream's session serves both.
    if (source === null) void session.stop();
  }

  function take(one: Watching, to: Watching['at']): void {
    one.at = to;
    if (to === 'sub') one.leave = joinSession(one.viewer);
    else one.leave = main.join(to === 'main' ? one.viewer : withoutPictures(one.viewer));
  }

  function joinSession(viewer: Viewer): () => void {
    cancelEnd?.();
    const leave = session.live.join(viewer);
    session.start();
    return () => {
      leave();
      cancelEnd?.();
      cancelEnd = clock.after(keptMs, () => {
        if (session.live.viewers() === 0) void session.stop();
      });
    };
  }

  return {
    watch(viewer) {
      const one: Watching = { viewer, at: 'held', leave: () => undefined };
      watching.add(one);
      take(one, place());
      if (gaveUp && clock.now() - askedAtMs >= askAgainMs) void ask();
      return () => {
        watching.delete(one);
        one.leave();
      };
    },
    mainBegan() {
      void ask();
      cancelPatience?.();
      cancelPatience = clock.after(patienceMs, () => {
        if (isAnswered) return;
        gaveUp = true;
        settle();
      });
    },
    async stop() {
      cancelPatience?.();
      cancelEnd?.();
      await session.stop();
    },
  };
}

/** Hears only why no picture comes. */
const withoutPictures = (viewer: Viewer): Viewer => ({
  send(data) {
    if (typeof data === 'string' && JSON.parse(data).t === 'waiting') viewer.send(data);
  },
  unsentBytes: () => 0,
});
