import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { openClipLibrary } from '../../simulators/camera/clip-library.ts';
import { createEventHub, type EventHub } from '../../simulators/camera/onvif/event-hub.ts';
import { createPtzHead } from '../../simulators/camera/onvif/ptz-head.ts';
import { selfSigned } from '../../simulators/camera/onvif/self-signed.ts';
import {
  createQuirks,
  type OnvifDevice,
  type OnvifQuirks,
  type SimulatedProfile,
} from '../../simulators/camera/onvif/service.ts';
import { createOnvifServer } from '../../simulators/camera/onvif-server.ts';

export interface SimulatedOnvif {
  address: string;
  device: OnvifDevice;
  events: EventHub;
  /** Settable: the camera's own password. */
  password: string;
  /** Settable: false while it is off the network. */
  reachable: boolean;
  /** Requests that came, refused ones too. */
  requests: number;
  stop(): Promise<void>;
}

export interface SimulatedOptions {
  quirks?: Partial<OnvifQuirks>;
  secure?: boolean;
  profiles?: SimulatedProfile[];
  username?: string;
  password?: string;
  ptz?: boolean;
}

export const simulatedUser = 'kuzet';
export const simulatedPassword = 'Str0ng-Pass.word';

/** The simulators' ONVIF server with one camera, on a port of its own. */
export async function startSimulatedOnvif(options: SimulatedOptions = {}): Promise<SimulatedOnvif> {
  const { quirks, secure = false, profiles, username = simulatedUser, ptz = true } = options;
  const clock = systemClock;
  const clip = openClipLibrary().clip('plaza');
  const events = createEventHub({ clock });
  const position = { pan: 0, tilt: 0, zoom: 0 };
  const device: OnvifDevice = {
    id: 'K-1',
    name: 'K-1',
    clip: () => clip,
    ptz: ptz ? createPtzHead({ clock }) : null,
    presets: new Map([
      ['007', { name: 'home', position }],
      ['2', { name: 'left & right', position: { pan: -0.5, tilt: 0, zoom: 0 } }],
    ]),
    events,
    quirks: createQuirks(quirks),
    ...(profiles && { profiles: () => profiles }),
  };
  const camera: SimulatedOnvif = {
    address: '',
    device,
    events,
    password: options.password ?? simulatedPassword,
    reachable: true,
    requests: 0,
    stop: () => server.stop(),
  };
  const server = createOnvifServer({
    host: '127.0.0.1',
    port: 0,
    rtspPort: () => 8554,
    clock,
    log: silentLog,
    ...(secure && { tls: selfSigned }),
    camera(id) {
      camera.requests++;
      if (id !== device.id) return undefined;
      return {
        device,
        credentials: () => ({ username, password: camera.password }),
        reachable: () => camera.reachable,
        delayMs: () => 0,
        snapshot: () => Buffer.from('ffd8ffd9', 'hex'),
      };
    },
  });
  const port = await server.start();
  camera.address = `${secure ? 'https' : 'http'}://127.0.0.1:${port}/onvif/K-1/device_service`;
  return camera;
}
