import type { CameraState, LossEvidence } from '@kuzet/contracts/camera.ts';
import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { EventRing } from '../video/event-ring.ts';
import { createHlsPackager, type HlsPackager } from '../video/hls-packager.ts';
import { toIntakeFailure } from '../video/intake-error.ts';
import { createLiveStream, type LiveStream } from '../video/live-stream.ts';
import { createPictureWriter } from '../video/picture-writer.ts';
import type { IntakeFailure, IntakeSource, StartIntake, VideoIntake } from '../video/video-intake.ts';
import type { ConnectSlots } from './connect-slots.ts';
import { failureText, silenceText } from './failure-text.ts';
import { lossEvidence } from './loss-evidence.ts';
import { attemptPatienceMs, retryDelayMs } from './retry-delay.ts';

export interface CameraStatus {
  state: CameraState;
  /** Epoch ms by our clock; null before the first frame. */
  lastFrameAtMs: number | null;
  lastError: string | null;
  /** Why it is stalled or lost; absent while that is not known. */
  evidence?: LossEvidence | undefined;
}

export interface CameraSession {
  readonly camera: SiteCamera;
  readonly packager: HlsPackager;
  readonly live: LiveStream;
  status(): CameraStatus;
  /** Connects, and keeps at it until `stop`. A camera that is not enabled stays `disabled`. */
  start(): void;
  /** Says goodbye to the camera; done within a second. */
  stop(): Promise<void>;
}

export interface CameraSessionDeps {
  camera: SiteCamera;
  /** Which of its streams; `main` when left out. */
  stream?: VideoStream;
  clock: Clock;
  log: Log;
  /** At each change of state, and when the reason changes while it is lost. */
  onState(status: CameraStatus): void;
  /**
   * Where the stream is: from the site file, or asked of the camera.
   * @param failures attempts that have failed in a row.
   * @throws IntakeError
   */
  resolveSource(failures: number): Promise<IntakeSource>;
  startIntake: StartIntake;
  slots: ConnectSlots;
  /** Keeps the coded pictures of the last seconds, for clips. */
  ring?: EventRing;
  random?: () => number;
}

const watchMs = 500;
const slotHeldMs = 1_500;
/** Media sequences that begin at the clock divided by this are never caught up with by those of a former run. */
const shortestSegmentMs = 900;
const stalledAfterMs = 2_000;
const lostAfterMs = 10_000;
/** A stream that held this long was a good one: the next failure starts the delays from the shortest. */
const settledAfterMs = 10_000;
/** A segment or two of an old picture may still be fetched; after that a player must find nothing rather than the past. */
const pictureKeptMs = 10_000;
const outOfService = 'the camera is out of service';
const connecting = 'the camera is being connected';

/** One camera's life: connect, watch, tell its state, connect again. The only owner of the retry. */
export function createCameraSession(deps: CameraSessionDeps): CameraSession {
  const { camera, clock, log, slots, random = Math.random } = deps;
  const writer = createPictureWriter();
  const live = createLiveStream(deps.stream ?? 'main');
  const packager = createHlsPackager({ firstSequence: Math.floor(clock.now() / shortestSegmentMs) });
  let status: CameraStatus = camera.enabled
    ? { state: 'lost', lastFrameAtMs: null, lastError: 'the camera is being connected for the first time' }
    : { state: 'disabled', lastFrameAtMs: null, lastError: null };
  // Who watches from the first moment on is told what it waits for, too.
  live.waiting(status.lastError ?? outOfService);
  let told = false;
  let running = false;
  /** Names one attempt, so that what a former one still reports is not taken for the present one's word. */
  let attempt = 0;
  let intake: VideoIntake | null = null;
  let freeSlot: (() => void) | null = null;
  let connectedAtMs: number | null = null;
  let attemptFrameAtMs: number | null = null;
  let firstFrameAtMs: number | null = null;
  let failures = 0;
  let cancelRetry: (() => void) | null = null;
  let cancelWatch: (() => void) | null = null;

  function tell(state: CameraState, lastError: string | null, evidence?: LossEvidence): void {
    const { state: before, lastError: errorBefore } = status;
    const changed = !told || before !== state;
    if (!changed && errorBefore === lastError) return;
    status = { ...status, state, lastError, evidence };
    if (state !== 'live') live.waiting(lastError ?? outOfService);
    if (changed) {
      const change = { camera: camera.id, from: before, to: state, why: lastError };
      if (state === 'live' || state === 'disabled') log.info(change, 'camera state');
      else log.warn(change, 'camera state');
    }
    told = true;
    deps.onState({ ...status });
  }

  async function connect(): Promise<void> {
    const own = ++attempt;
    const current = () => running && own === attempt;
    const release = await slots.acquire();
    if (!current()) return release();
    // A camera that takes its time to fail must not keep the ones behind it from connecting.
    const cancelRelease = clock.after(slotHeldMs, release);
    const patienceMs = attemptPatienceMs(status.lastFrameAtMs === null ? null : clock.now() - status.lastFrameAtMs);
    const cancelPatience = clock.after(patienceMs, () => {
      if (current() && connectedAtMs === null) fail({ kind: 'timeout', detail: `no answer within ${patienceMs} ms` });
    });
    freeSlot = () => {
      cancelPatience();
      cancelRelease();
      release();
    };
    try {
      const source = await deps.resolveSource(failures);
      if (!current()) return release();
      intake = deps.startIntake(source, {
        onConnected() {
          release();
          if (!current()) return;
          connectedAtMs = clock.now();
        },
        onAccessUnit(unit) {
          release();
          if (!current()) return;
          const picture = writer.write(unit);
          if (picture) {
            packager.push(picture);
            live.push(picture);
            deps.ring?.push(picture.unit, picture.header.discontinuity);
          }
          onFrame();
        },
        onEnd(failure) {
          release();
          if (current()) fail(failure);
        },
      });
    } catch (error) {
      release();
      if (current()) fail(toIntakeFailure(error));
    }
  }

  function onFrame(): void {
    const nowMs = clock.now();
    attemptFrameAtMs = nowMs;
    firstFrameAtMs ??= nowMs;
    status.lastFrameAtMs = nowMs;
    if (status.state !== 'live') tell('live', null);
    if (failures > 0 && nowMs - firstFrameAtMs >= settledAfterMs) failures = 0;
  }

  function fail(failure: IntakeFailure): void {
    const evidence = lossEvidence(failure.kind, connectedAtMs !== null);
    drop();
    failures++;
    tell('lost', failureText(camera, failure), evidence);
    cancelRetry = clock.after(retryDelayMs(failure.kind, failures, random()), () => void connect());
  }

  /** Ends the present attempt, if there is one, without telling anyone. */
  function drop(): Promise<void> {
    attempt++;
    freeSlot?.();
    const ended = intake?.stop() ?? Promise.resolve();
    intake = null;
    connectedAtMs = null;
    attemptFrameAtMs = null;
    firstFrameAtMs = null;
    writer.discontinuity();
    packager.discontinuity();
    return ended;
  }

  function watch(): void {
    const nowMs = clock.now();
    if (status.lastFrameAtMs !== null && nowMs - status.lastFrameAtMs >= pictureKeptMs) packager.clear();
    if (connectedAtMs === null) return;
    const silentMs = nowMs - (attemptFrameAtMs ?? connectedAtMs);
    if (silentMs >= lostAfterMs) {
      const text = silenceText(camera, silentMs);
      drop();
      failures++;
      tell('lost', text, 'no-frames');
      cancelRetry = clock.after(retryDelayMs('timeout', failures, random()), () => void connect());
    } else if (silentMs >= stalledAfterMs && status.state !== 'stalled') {
      tell('stalled', silenceText(camera, silentMs), 'no-frames');
    }
  }

  return {
    camera,
    packager,
    live,
    status: () => ({ ...status }),
    start() {
      if (running) return;
      if (!camera.enabled) {
        tell('disabled', null);
        return;
      }
      running = true;
      cancelWatch = clock.every(watchMs, watch);
      void connect();
    },
    async stop() {
      if (!running) return;
      running = false;
      cancelRetry?.();
      cancelWatch?.();
      // Who watches when it is started again must not begin with a picture of now.
      live.waiting(connecting);
      await drop();
    },
  };
}
