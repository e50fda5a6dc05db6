import type { Camera } from '@kuzet/contracts/camera.ts';
import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Viewer } from '@kuzet/lib/picture-fan-out.ts';
import { createEventRing, createRingBudget, type EventRing } from '../video/event-ring.ts';
import { startFfmpegIntake } from '../video/ffmpeg-intake.ts';
import { startRtspIntake } from '../video/rtsp-client.ts';
import type { StartIntake } from '../video/video-intake.ts';
import { type CameraSession, createCameraSession } from './camera-session.ts';
import { type MainStream, resolveMainSource, resolveSubSource, subSourceOf } from './camera-source.ts';
import { type ConnectSlots, createConnectSlots } from './connect-slots.ts';
import { createOnvifClient, type OnvifClient } from './onvif-client.ts';
import { createSmallStream, type SmallStream } from './small-stream.ts';

export interface FleetCamera {
  /** Its main stream, whose state is the camera's. */
  session: CameraSession;
  /** Its small stream; null for a camera of which neither the site file nor ONVIF could tell one. */
  sub: SmallStream | null;
  /** The coded pictures of the last seconds. */
  ring: EventRing;
  /** Null for a camera that the site file gives no ONVIF address. */
  onvif: OnvifClient | null;
}

/** What `GET /cameras` tells of one camera. */
export interface CameraSummary extends Pick<Camera, 'id' | 'state' | 'lastFrameAt' | 'lastError'> {
  width: number | null;
  height: number | null;
  codec: string | null;
  /** The camera's clock minus ours, milliseconds, as ONVIF told it last; null when it does not. */
  clockErrorMs: number | null;
}

export interface CameraFleet {
  /** Begins to connect, a few at a time; returns at once. */
  start(): void;
  /** Ends every session, within two seconds. */
  stop(): Promise<void>;
  get(id: string): FleetCamera | null;
  list(): CameraSummary[];
  /**
   * Pictures of a camera from now on; of its main stream where it has no other. Ends with the function given back; null
   * for a camera that is not here.
   */
  watch(id: string, stream: VideoStream, viewer: Viewer): (() => void) | null;
}

export interface CameraFleetDeps {
  cameras: readonly SiteCamera[];
  clock: Clock;
  log: Log;
  /** Ready for the uplink. */
  onStateChange(item: CameraStatusItem): void;
  slots?: ConnectSlots;
  intakes?: Record<SiteCamera['intake'], StartIntake>;
  createOnvif?: typeof createOnvifClient;
  /** How much of each camera is kept in memory for clips, and of all together. */
  rings?: { ringS: number; ringMaxBytes: number };
  random?: () => number;
}

const concurrentConnects = 16;
const staggerMs = 40;
/** 40 s of 8 Mbit/s. */
const ringMaxBytesOfCamera = 41_943_040;

/** All cameras of a site, each with a session that runs as long as the agent does, so that its state is always known. */
export function createCameraFleet(deps: CameraFleetDeps): CameraFleet {
  const { clock, log, random, slots = createConnectSlots(concurrentConnects), createOnvif = createOnvifClient } = deps;
  const intakes = deps.intakes ?? { native: startRtspIntake, ffmpeg: startFfmpegIntake };
  const fleet = new Map<string, FleetCamera>();
  const starts: (() => void)[] = [];
  const { ringS, ringMaxBytes } = deps.rings ?? { ringS: 20, ringMaxBytes: 268_435_456 };
  const budget = createRingBudget(ringMaxBytes);

  for (const camera of deps.cameras) {
    const { username, password } = camera;
    const onvif = camera.onvif ? createOnvif({ address: camera.onvif.address, username, password }) : null;
    const ring = createEventRing({ ringMs: ringS * 1_000, maxBytes: ringMaxBytesOfCamera, budget });
    let mainAddress: string | null = null;
    let mainIsNew = true;
    const session = createCameraSession({
      ...sessionDeps(camera),
      ring,
      async resolveSource() {
        const source = await resolveMainSource(camera, onvif);
        mainAddress = source.address;
        return source;
      },
      onState({ state, lastFrameAtMs, lastError, evidence }) {
        if (state === 'live' && mainIsNew) sub?.mainBegan();
        if (state !== 'stalled') mainIsNew = state !== 'live';
        deps.onStateChange({
          t: 'camera-status',
          camera: camera.id,
          state,
          at: timestamp(clock.now()),
          lastFrameAt: lastFrameAtMs === null ? null : timestamp(lastFrameAtMs),
          lastError,
          ...(evidence && { evidence }),
        });
      },
    });
    const main = (): MainStream | null => {
      const parameters = session.packager.parameters();
      const pixels = parameters && parameters.width * parameters.height;
      return mainAddress === null ? null : { address: mainAddress, pixels };
    };
    const sub =
      camera.sub || onvif
        ? createSmallStream({
            cameraId: camera.id,
            known: subSourceOf(camera),
            ask: () => resolveSubSource(camera, onvif, main()),
            createSession: (resolveSource) =>
              createCameraSession({
                ...sessionDeps(camera),
                stream: 'sub',
                resolveSource,
                // The camera's state is that of its main stream.
                onState: () => undefined,
              }),
            main: session.live,
            clock,
            log,
          })
        : null;
    fleet.set(camera.id, { session, sub, ring, onvif });
  }

  function sessionDeps(camera: SiteCamera) {
    const startIntake: StartIntake = (source, events) => intakes[camera.intake](source, events);
    return { camera, clock, log, slots, random, startIntake };
  }

  return {
    start() {
      [...fleet.values()].forEach(({ session }, i) => {
        starts.push(clock.after(i * staggerMs, () => session.start()));
      });
    },
    async stop() {
      for (const cancel of starts.splice(0)) cancel();
      await Promise.all([...fleet.values()].flatMap(({ session, sub }) => [session.stop(), sub?.stop()]));
    },
    watch(id, stream, viewer) {
      const camera = fleet.get(id);
      if (!camera) return null;
      return stream === 'sub' && camera.sub ? camera.sub.watch(viewer) : camera.session.live.join(viewer);
    },
    get: (id) => fleet.get(id) ?? null,
    list: () =>
      [...fleet.values()].map(({ session, onvif }) => {
        const { state, lastFrameAtMs, lastError } = session.status();
        const parameters = session.packager.parameters();
        return {
          id: session.camera.id,
          state,
          lastFrameAt: lastFrameAtMs === null ? null : timestamp(lastFrameAtMs),
          lastError,
          width: parameters?.width ?? null,
          height: parameters?.height ?? null,
          codec: parameters?.codecString ?? null,
          clockErrorMs: roundedMs(onvif?.clockErrorMs() ?? null),
        };
      }),
  };
}

const roundedMs = (value: number | null): number | null => (value === null ? null : Math.round(value));
