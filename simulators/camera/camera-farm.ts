import { createHash } from 'node:crypto';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { CameraFault } from './camera-fault.ts';
import { type CameraStream, createCameraStream, type Footage, slowDelayMs } from './camera-stream.ts';
import { type ClipLibrary, openClipLibrary } from './clip-library.ts';
import { createFaultBoard, type FaultBoard } from './fault-board.ts';
import type { Clip } from './h264/clip.ts';
import { scopesOf } from './onvif/device-service.ts';
import { createEventHub, type EventProperty } from './onvif/event-hub.ts';
import { createPtzHead, type PtzStatus } from './onvif/ptz-head.ts';
import { createQuirks, type OnvifDevice } from './onvif/service.ts';
import { createOnvifServer } from './onvif-server.ts';
import { type CameraTrack, createCameraTrack, sizeOf } from './rtsp/camera-track.ts';
import type { SendingTrouble } from './rtsp/rtsp-session.ts';
import { createRtspServer, type StreamName, streamNames } from './rtsp-server.ts';
import { createWsDiscovery } from './ws-discovery.ts';

export interface FarmCamera {
  /** Part of its addresses: rtsp://host:port/<id>/main, http://host:port/onvif/<id>/device_service. */
  id: string;
  /** Stamped into every frame, 0..4095; unique in the farm. */
  number: number;
  /** Shown to ONVIF clients. */
  name: string;
  /** What it shows, a name of the clip library. */
  clip: string;
  username: string;
  password: string;
  ptz: boolean;
}

export interface FarmCameraStatus {
  id: string;
  number: number;
  name: string;
  clip: string;
  viewers: number;
  faults: { kind: CameraFault; untilMs: number; params: Readonly<Record<string, unknown>> }[];
  /** Null for a fixed camera. */
  ptz: PtzStatus | null;
}

/** Why a command did nothing, or that it was done. */
export type FarmResult = 'done' | 'unknown-camera' | 'unknown-clip' | 'other-size';

export interface CameraFarmDeps {
  cameras: readonly FarmCamera[];
  /** 0 takes a free one. */
  rtspPort: number;
  onvifPort: number;
  host: string;
  clock: Clock;
  log: Log;
  /** WS-Discovery on UDP 3702; default true. */
  discovery?: boolean;
  library?: ClipLibrary;
}

export interface CameraFarm {
  /** Rejects when a port is taken. */
  start(): Promise<{ rtspPort: number; onvifPort: number }>;
  stop(): Promise<void>;
  /**
   * Starts a fault, or sets a new end and new parameters to one that is on. Zero seconds ends it now.
   * @throws Error for parameters that the fault does not have (`cameraFaultParams`).
   */
  fault(cameraId: string, kind: CameraFault, seconds: number, params?: Readonly<Record<string, unknown>>): FarmResult;
  /** Shows another clip from the next key frame on. Clips of another size are refused: no decoder would follow. */
  setClip(cameraId: string, clip: string): FarmResult;
  /** Tells event subscribers of the camera. */
  setEvent(cameraId: string, property: EventProperty, value: boolean): FarmResult;
  list(): FarmCameraStatus[];
}

/** What the ONVIF services may ask of a camera beside what they need. */
export interface FarmDevice extends OnvifDevice {
  faults: Pick<FaultBoard, 'has' | 'params'>;
  /** Its streams as they are now; `token` is also the last part of the stream's address. */
  profiles(): { token: StreamName; codec: 'H264' | 'H265'; width: number; height: number; fps: number }[];
}

interface Member {
  camera: FarmCamera;
  /** What it shows while no fault says otherwise. */
  clip: string;
  streams: Record<StreamName, CameraStream>;
  tracks: Record<StreamName, CameraTrack>;
  device: FarmDevice;
  faults: FaultBoard;
  trouble: SendingTrouble;
}

/** @throws Error when two cameras share an id or number, or a clip is unknown. */
export function createCameraFarm(deps: CameraFarmDeps): CameraFarm {
  const { clock, log, host } = deps;
  const library = deps.library ?? openClipLibrary();
  const members = new Map<string, Member>();
  for (const camera of deps.cameras) {
    if (members.has(camera.id)) throw new Error(`two cameras are called ${camera.id}`);
    if ([...members.values()].some((other) => other.camera.number === camera.number)) {
      throw new Error(`camera ${camera.id}: number ${camera.number} is taken`);
    }
    members.set(camera.id, createMember(camera));
  }

  function createMember(camera: FarmCamera): Member {
    const streamOf = (clip: Clip) => createCameraStream({ clock, cameraNumber: camera.number, clip });
    const streams = { main: streamOf(library.clip(camera.clip)), sub: streamOf(library.sub(camera.clip)) };
    const faults = createFaultBoard({
      clock,
      changed(kind, on) {
        applyFault(member, kind, on);
        log.info({ cameraId: camera.id, kind, ...(on ? faults.params(kind) : {}) }, on ? 'fault' : 'fault ended');
      },
    });
    const device: FarmDevice = {
      id: camera.id,
      name: camera.name,
      clip: () => library.clip(member.clip),
      ptz: camera.ptz ? createPtzHead({ clock }) : null,
      presets: new Map(
        camera.ptz
          ? [
              ['1', { name: 'home', position: { pan: 0, tilt: 0, zoom: 0 } }],
              ['2', { name: 'left', position: { pan: -0.5, tilt: -0.1, zoom: 0.2 } }],
              ['3', { name: 'right', position: { pan: 0.5, tilt: -0.1, zoom: 0.2 } }],
            ]
          : [],
      ),
      events: createEventHub({ clock }),
      quirks: createQuirks(),
      faults,
      profiles: () =>
        streamNames.map((token) => {
          const clip = streams[token].clip();
          const codec = 'codec' in clip && clip.codec === 'h265' ? 'H265' : 'H264';
          const { width, height } = sizeOf(clip);
          return { token, codec, width, height, fps: clip.fps };
        }),
    };
    const member: Member = {
      camera,
      clip: camera.clip,
      streams,
      tracks: tracksOf(camera.id, streams),
      device,
      faults,
      trouble: {
        clockErrorMs: () => (faults.params('clock-skew')?.offsetS ?? 0) * 1000,
        reports: () => !faults.has('no-sender-reports'),
        lossPercent: () => faults.params('udp-loss')?.percent ?? 0,
        reorderPercent: () => faults.params('udp-reorder')?.percent ?? 0,
      },
    };
    return member;
  }

  function tracksOf(name: string, streams: Member['streams']): Member['tracks'] {
    const trackOf = (stream: CameraStream) => createCameraTrack({ clock, stream, name });
    return { main: trackOf(streams.main), sub: trackOf(streams.sub) };
  }

  /** What its main stream shows: the clip that was set, or what a fault makes of it. */
  function footageOf({ clip, faults }: Member): Footage {
    if (faults.has('h265') || faults.has('codec-switch')) return library.variant('plaza-h265');
    if (faults.has('b-frames')) return library.variant('plaza-b-frames');
    if (faults.has('long-gop')) return library.variant('plaza-long-gop');
    if (!faults.has('resolution-switch')) return library.clip(clip);
    return library.clip(library.clip(clip).sequence.width === 640 ? 'mall-entrance' : 'plaza');
  }

  const isReachable = ({ faults }: Member) => !faults.has('disconnect') && !faults.has('reboot');
  const credentialsOf = ({ camera, faults }: Member) => ({
    username: camera.username,
    // Anything but what the client has.
    password: faults.has('wrong-password') ? `${camera.password}-changed` : camera.password,
  });

  const rtsp = createRtspServer({
    host,
    port: deps.rtspPort,
    clock,
    log,
    camera(id) {
      const member = members.get(id);
      return (
        member && {
          track: (stream) => member.tracks[stream],
          trouble: member.trouble,
          credentials: () => credentialsOf(member),
          reachable: () => isReachable(member),
          delayMs: () => member.faults.params('slow-rtsp')?.delayMs ?? 0,
          refusal() {
            const by = member.faults.params('refused')?.by;
            return by === undefined ? null : by === 'reset' ? by : by === '500' ? 500 : 503;
          },
          maxSessions: () => member.faults.params('session-limit')?.sessions ?? Number.POSITIVE_INFINITY,
        }
      );
    },
  });
  let ports = { rtspPort: deps.rtspPort, onvifPort: deps.onvifPort };
  const onvif = createOnvifServer({
    host,
    port: deps.onvifPort,
    rtspPort: () => ports.rtspPort,
    clock,
    log,
    camera(id) {
      const member = members.get(id);
      return (
        member && {
          device: member.device,
          credentials: () => credentialsOf(member),
          reachable: () => isReachable(member),
          delayMs: () => (member.faults.has('slow') ? slowDelayMs : 0),
          snapshot: () => library.snapshot(member.clip),
        }
      );
    },
  });
  const discovery = createWsDiscovery({
    log,
    host,
    cameras: () =>
      [...members.values()].filter(isReachable).map(({ device }) => ({
        endpoint: `urn:uuid:${uuidOf(device.id)}`,
        scopes: scopesOf(device),
        address: (at) => `http://${at}:${ports.onvifPort}/onvif/${encodeURIComponent(device.id)}/device_service`,
      })),
  });

  function applyFault(member: Member, kind: CameraFault, on: boolean): void {
    const { camera, streams, tracks, faults, device } = member;
    const trouble = (['freeze', 'stuck', 'black', 'slow'] as const).find((one) => faults.has(one));
    for (const stream of Object.values(streams))
      stream.setTrouble(trouble === 'freeze' ? 'frozen' : (trouble ?? 'none'));
    for (const track of Object.values(tracks)) track.setTimestamps(faults.params('timestamps'));
    const footage = footageOf(member);
    if (streams.main.clip() !== footage) streams.main.setClip(footage);
    device.quirks.pullPoint = faults.has('pull-point-dead') ? 'silent' : 'works';
    device.quirks.clockErrorMs = (faults.params('clock-skew')?.offsetS ?? 0) * 1000;
    // A camera that is set to another codec tells nobody: who plays must ask again.
    if (kind === 'h265' || kind === 'b-frames') rtsp.drop(camera.id);
    if (on && (kind === 'disconnect' || kind === 'wrong-password' || kind === 'reboot')) rtsp.drop(camera.id);
    if (kind === 'reboot' && on) {
      // What a camera holds in memory is gone: subscriptions, sessions, sources and their numbers.
      const untilMs = faults.list().find((fault) => fault.kind === 'reboot')?.untilMs ?? clock.now();
      device.events.restart(untilMs - clock.now());
      member.tracks = tracksOf(camera.id, streams);
      for (const track of Object.values(member.tracks)) track.setTimestamps(faults.params('timestamps'));
    }
  }

  return {
    async start() {
      const rtspPort = await rtsp.start();
      try {
        ports = { rtspPort, onvifPort: await onvif.start() };
      } catch (error) {
        await rtsp.stop();
        throw error;
      }
      if (deps.discovery !== false) await discovery.start();
      log.info({ ...ports, cameras: members.size }, 'cameras on');
      return ports;
    },
    async stop() {
      for (const { faults, device } of members.values()) {
        faults.clear();
        device.events.close();
      }
      await Promise.all([discovery.stop(), onvif.stop(), rtsp.stop()]);
    },
    fault(cameraId, kind, seconds, params) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      member.faults.set(kind, seconds, params);
      return 'done';
    },
    setClip(cameraId, name) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      if (!library.has(name)) return 'unknown-clip';
      const clip = library.clip(name);
      // Viewers were told of one set of parameters; the clips of one size are encoded so that they share them.
      if (!Buffer.from(clip.sps).equals(library.clip(member.clip).sps)) return 'other-size';
      member.clip = name;
      member.streams.main.setClip(footageOf(member));
      member.streams.sub.setClip(library.sub(name));
      return 'done';
    },
    setEvent(cameraId, property, value) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      member.device.events.set(property, value);
      return 'done';
    },
    list: () =>
      [...members.values()].map(({ camera, clip, device, faults }) => ({
        id: camera.id,
        number: camera.number,
        name: camera.name,
        clip,
        viewers: rtsp.viewers(camera.id),
        faults: faults.list(),
        ptz: device.ptz?.status() ?? null,
      })),
  };
}

/** The same for the same camera at every start (RFC 4122, shaped as version 5). */
function uuidOf(id: string): string {
  const hex = createHash('sha1').update(`kuzet camera ${id}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
