import { createHash } from 'node:crypto';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { type CameraStream, createCameraStream, slowDelayMs } from './camera-stream.ts';
import { type ClipLibrary, openClipLibrary } from './clip-library.ts';
import { scopesOf } from './onvif/device-service.ts';
import { createEventHub, type EventProperty } from './onvif/event-hub.ts';
import { createPtzHead, type PtzStatus } from './onvif/ptz-head.ts';
import { createQuirks, type OnvifDevice } from './onvif/service.ts';
import { createOnvifServer } from './onvif-server.ts';
import { type CameraTrack, createCameraTrack } from './rtsp/camera-track.ts';
import { createRtspServer } from './rtsp-server.ts';
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

export const cameraFaults = ['freeze', 'black', 'disconnect', 'wrong-password', 'slow'] as const;
/**
 * `freeze`: the connection stays, no new frames. `black`: black frames, still stamped. `disconnect`: connections are cut
 * and new ones get no answer. `wrong-password`: the camera takes another password only. `slow`: frames and ONVIF answers
 * come three seconds late.
 */
export type CameraFault = (typeof cameraFaults)[number];

export interface FarmCameraStatus {
  id: string;
  number: number;
  name: string;
  clip: string;
  viewers: number;
  faults: { kind: CameraFault; untilMs: number }[];
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
  /** Starts a fault, or sets a new end to one that is on. Zero seconds ends it now. */
  fault(cameraId: string, kind: CameraFault, seconds: number): FarmResult;
  /** Shows another clip from the next key frame on. Clips of another size are refused: no decoder would follow. */
  setClip(cameraId: string, clip: string): FarmResult;
  /** Tells event subscribers of the camera. */
  setEvent(cameraId: string, property: EventProperty, value: boolean): FarmResult;
  list(): FarmCameraStatus[];
}

interface Member {
  camera: FarmCamera;
  stream: CameraStream;
  track: CameraTrack;
  device: OnvifDevice;
  faults: Map<CameraFault, { untilMs: number; cancel: () => void }>;
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
    const stream = createCameraStream({ clock, cameraNumber: camera.number, clip: library.clip(camera.clip) });
    const device: OnvifDevice = {
      id: camera.id,
      name: camera.name,
      clip: stream.clip,
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
    };
    return { camera, stream, track: createCameraTrack({ clock, stream, name: camera.id }), device, faults: new Map() };
  }

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
          track: member.track,
          credentials: () => credentialsOf(member),
          reachable: () => !member.faults.has('disconnect'),
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
          reachable: () => !member.faults.has('disconnect'),
          delayMs: () => (member.faults.has('slow') ? slowDelayMs : 0),
          snapshot: () => library.snapshot(member.stream.clip().name),
        }
      );
    },
  });
  const discovery = createWsDiscovery({
    log,
    host,
    cameras: () =>
      [...members.values()]
        .filter(({ faults }) => !faults.has('disconnect'))
        .map(({ device }) => ({
          endpoint: `urn:uuid:${uuidOf(device.id)}`,
          scopes: scopesOf(device),
          address: (at) => `http://${at}:${ports.onvifPort}/onvif/${encodeURIComponent(device.id)}/device_service`,
        })),
  });

  function applyFaults({ camera, stream, faults }: Member): void {
    stream.setTrouble(
      faults.has('freeze') ? 'frozen' : faults.has('black') ? 'black' : faults.has('slow') ? 'slow' : 'none',
    );
    if (faults.has('disconnect') || faults.has('wrong-password')) rtsp.drop(camera.id);
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
        for (const { cancel } of faults.values()) cancel();
        faults.clear();
        device.events.close();
      }
      await Promise.all([discovery.stop(), onvif.stop(), rtsp.stop()]);
    },
    fault(cameraId, kind, seconds) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      member.faults.get(kind)?.cancel();
      const end = () => {
        member.faults.delete(kind);
        applyFaults(member);
        log.info({ cameraId, kind }, 'fault ended');
      };
      if (seconds > 0) {
        member.faults.set(kind, { untilMs: clock.now() + seconds * 1000, cancel: clock.after(seconds * 1000, end) });
        applyFaults(member);
        log.info({ cameraId, kind, seconds }, 'fault');
      } else if (member.faults.has(kind)) end();
      return 'done';
    },
    setClip(cameraId, name) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      if (!library.has(name)) return 'unknown-clip';
      const clip = library.clip(name);
      // Viewers were told of one set of parameters; the clips of one size are encoded so that they share them.
      if (!Buffer.from(clip.sps).equals(member.stream.clip().sps)) return 'other-size';
      member.stream.setClip(clip);
      return 'done';
    },
    setEvent(cameraId, property, value) {
      const member = members.get(cameraId);
      if (!member) return 'unknown-camera';
      member.device.events.set(property, value);
      return 'done';
    },
    list: () =>
      [...members.values()].map(({ camera, stream, device, faults }) => ({
        id: camera.id,
        number: camera.number,
        name: camera.name,
        clip: stream.clip().name,
        viewers: rtsp.viewers(camera.id),
        faults: [...faults].map(([kind, { untilMs }]) => ({ kind, untilMs })),
        ptz: device.ptz?.status() ?? null,
      })),
  };
}

/** The same for the same camera at every start (RFC 4122, shaped as version 5). */
function uuidOf(id: string): string {
  const hex = createHash('sha1').update(`kuzet camera ${id}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
