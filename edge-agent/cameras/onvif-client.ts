import type { PtzCommand } from '@kuzet/contracts/camera.ts';
import onvif, { type DeviceInformation, type OnvifDevice, type Profile } from 'node-onvif';
import { IntakeError } from '../video/intake-error.ts';

export interface CameraInformation {
  manufacturer: string;
  model: string;
  firmware: string;
  serial: string;
}

/** Every call throws an IntakeError whose message may be shown. */
export interface OnvifClient {
  /** The RTSP address of the camera's first H.264 profile, asked anew: it may have changed since the last time. */
  getStreamUri(): Promise<string>;
  /** Null when the camera gives none. */
  getSnapshotUri(): Promise<string | null>;
  getInformation(): Promise<CameraInformation>;
  /** A move ends by itself after five seconds, should the stop get lost. */
  ptz(command: PtzCommand): Promise<void>;
}

export interface OnvifClientOptions {
  /** The device service, as in the site file: `http://host[:port]/onvif/device_service`. */
  address: string;
  username?: string | undefined;
  password?: string | undefined;
  timeoutMs?: number;
}

interface Session {
  device: OnvifDevice;
  information: DeviceInformation;
  profile: Profile;
}

const moveTimeoutS = 5;

/**
 * node-onvif behind our own interface: WS-UsernameToken over http, profile S. A camera that takes only HTTP Digest or
 * https for ONVIF needs its `rtsp.address` in the site file.
 */
export function createOnvifClient({
  address,
  username,
  password,
  timeoutMs = 15_000,
}: OnvifClientOptions): OnvifClient {
  let current: Promise<Session> | null = null;

  async function open(): Promise<Session> {
    try {
      // Always xaddr: with `address` node-onvif rewrites the camera's addresses and gets them wrong.
      const device = new onvif.OnvifDevice({ xaddr: address, user: escapeXml(username ?? ''), pass: password ?? '' });
      const information = await within(timeoutMs, device.init());
      const profiles = device.getProfileList();
      const chosen = profiles.find((profile) => profile.video.encoder?.encoding === 'H264') ?? profiles[0];
      const profile = chosen && device.changeProfile(chosen.token);
      if (!profile) throw new IntakeError('refused', 'camera has no media profile');
      return { device, information, profile };
    } catch (error) {
      throw toOnvifError(error, password);
    }
  }

  function fresh(): Promise<Session> {
    const opening = open();
    current = opening;
    opening.catch(() => {
      if (current === opening) current = null;
    });
    return opening;
  }

  const session = () => current ?? fresh();

  return {
    async getStreamUri() {
      const { profile } = await fresh();
      const uri = profile.stream.rtsp || profile.stream.udp;
      if (!/^rtsp:\/\//i.test(uri)) throw new IntakeError('refused', 'camera gave no RTSP address over ONVIF');
      return uri;
    },
    async getSnapshotUri() {
      const { profile } = await session();
      return profile.snapshot || null;
    },
    async getInformation() {
      const { information } = await session();
      return {
        manufacturer: information.Manufacturer ?? '',
        model: information.Model ?? '',
        firmware: information.FirmwareVersion ?? '',
        serial: information.SerialNumber ?? '',
      };
    },
    async ptz(command) {
      const { device, profile } = await session();
      const { ptz } = device.services;
      if (!ptz) throw new IntakeError('refused', 'camera has no PTZ service');
      try {
        if (command.action === 'move') {
          const speed = { x: command.pan, y: command.tilt, z: command.zoom };
          await within(timeoutMs, device.ptzMove({ speed, timeout: moveTimeoutS }));
        } else if (command.action === 'stop') {
          await within(timeoutMs, device.ptzStop());
        } else {
          const preset = { ProfileToken: profile.token, PresetToken: command.preset };
          await within(timeoutMs, ptz.gotoPreset(preset));
        }
      } catch (error) {
        current = null;
        throw toOnvifError(error, password);
      }
    },
  };
}

/** node-onvif writes the user name into its SOAP as it is; the password goes in hashed. */
const escapeXml = (text: string): string =>
  text.replace(/[<>&]/g, (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[sign] ?? sign);

/** node-onvif answers with bare texts; a camera's own words are kept short and printable. */
function toOnvifError(error: unknown, password: string | undefined): IntakeError {
  if (error instanceof IntakeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/\b401\b|not\s?authorized|unauthorized|Failed to authenticate/i.test(text)) {
    return new IntakeError('credentials', 'camera refused the ONVIF sign-in');
  }
  if (/"pass"|"user"|ascii characters|Invalid characters/i.test(text)) {
    return new IntakeError('credentials', 'ONVIF sign-in takes printable ASCII without < and > only');
  }
  if (/ERR_INVALID_PROTOCOL|Protocol "https:" not supported/i.test(text)) {
    return new IntakeError('refused', 'ONVIF over https is not supported yet (write its rtsp.address instead)');
  }
  const code = /\b(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT)\b/.exec(text)?.[1];
  if (code || /Network Error|socket hang up/i.test(text)) {
    return new IntakeError('unreachable', `its ONVIF service does not answer${code ? ` (${code})` : ''}`);
  }
  const said = text.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
  return new IntakeError('refused', `ONVIF said "${password ? said.replaceAll(password, '•') : said}"`);
}

/** node-onvif can be left hanging by an unusual answer. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new IntakeError('timeout', `no ONVIF answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
