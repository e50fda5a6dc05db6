import type { PtzCommand } from '@kuzet/contracts/camera.ts';
import { type Clock, systemClock } from '@kuzet/lib/clock.ts';
import type { Credentials } from '../video/digest-auth.ts';
import { IntakeError } from '../video/intake-error.ts';
import type { CameraInformation, PtzPreset, PtzStatus } from './onvif/answers.ts';
import { chooseProfile, type MediaProfile, type StreamKind } from './onvif/media-profile.ts';
import { isNodeOnvifText, openNodeOnvif } from './onvif/node-onvif-connection.ts';
import type { OnvifConnection, OnvifLibrary, OpenConnection } from './onvif/onvif-connection.ts';
import { openOnvifLibrary } from './onvif/onvif-library-connection.ts';
import { askEventsAddress, type CameraProbe, probeCamera } from './onvif/probe-camera.ts';
import { createSoapClient, type SoapClient } from './onvif/soap-client.ts';

export type { CameraInformation, PtzPreset, PtzStatus } from './onvif/answers.ts';

/** What a pull point is asked with. */
export interface EventAccess {
  soap: SoapClient;
  /** As the camera named its event service. */
  address: string;
  /** The camera's clock minus ours; null when it does not say. */
  clockErrorMs: number | null;
}

/** Every call throws an IntakeError whose message may be shown. */
export interface OnvifClient {
  /**
   * The RTSP address of one of the camera's streams, asked anew: it may have changed since the last time. `sub`: the
   * smallest H.264 profile of at least 320 pixels in width, or the main one where there is no smaller; by the profiles
   * that the camera told last, so that it costs one question.
   */
  getStreamUri(stream?: StreamKind): Promise<string>;
  getProfiles(): Promise<readonly MediaProfile[]>;
  /** Null when the camera gives none. */
  getSnapshotUri(): Promise<string | null>;
  getInformation(): Promise<CameraInformation>;
  /** A move ends by itself after five seconds, should the stop get lost. */
  ptz(command: PtzCommand): Promise<void>;
  getPresets(): Promise<PtzPreset[]>;
  /** Where it looks now, under a name. @returns the preset's token. */
  setPreset(name: string): Promise<string>;
  getPtzStatus(): Promise<PtzStatus>;
  openEvents(): Promise<EventAccess>;
  /** The camera's clock minus ours when it was last asked, to about a second; null before, and when it does not say. */
  clockErrorMs(): number | null;
  /** Who talks to it; null before it was reached. */
  library(): OnvifLibrary | null;
}

export interface OnvifClientOptions {
  /** The device service, as in the site file: `http(s)://host[:port]/onvif/device_service`. */
  address: string;
  username?: string | undefined;
  password?: string | undefined;
  timeoutMs?: number;
  clock?: Clock;
  libraries?: Record<OnvifLibrary, OpenConnection>;
}

interface Session {
  connection: OnvifConnection;
  probe: CameraProbe;
}

const moveTimeoutS = 5;
/** Cameras lock an account after a handful of wrong passwords: whoever asks meanwhile gets the same answer from here. */
const refusedForMs = 25_000;

/**
 * A camera over ONVIF, by node-onvif where that serves and by `onvif` where it cannot (HTTP Digest, https, Media2,
 * passwords beyond ASCII). Which one is worked out from what the camera tells without a password, and remembered; a
 * password that was refused is never tried by the other.
 */
export function createOnvifClient(options: OnvifClientOptions): OnvifClient {
  const { address, username, password = '', timeoutMs = 15_000, clock = systemClock } = options;
  const libraries = options.libraries ?? { 'node-onvif': openNodeOnvif, onvif: openOnvifLibrary };
  const credentials: Credentials | null = username === undefined ? null : { username, password };
  const callTimeoutMs = Math.min(timeoutMs, 8_000);
  const probeTimeoutMs = Math.min(timeoutMs, 5_000);
  let current: Promise<Session> | null = null;
  let opening: Promise<Session> | null = null;
  let remembered: OnvifLibrary | null = null;
  let lastProbe: CameraProbe | null = null;
  let refusal: { error: IntakeError; untilMs: number } | null = null;

  async function probe(): Promise<CameraProbe> {
    lastProbe = await probeCamera({ address, credentials, timeoutMs: probeTimeoutMs, now: clock.now });
    return lastProbe;
  }

  async function open(): Promise<Session> {
    if (refusal && clock.now() < refusal.untilMs) throw refusal.error;
    try {
      const probed = await probe();
      const usable = usableLibraries(address, credentials, probed);
      const order =
        remembered && usable.includes(remembered) ? [remembered, ...usable.filter((l) => l !== remembered)] : usable;
      for (const [at, library] of order.entries()) {
        try {
          const connection = await libraries[library]({
            address,
            credentials,
            probe: probed,
            timeoutMs: callTimeoutMs,
          });
          remembered = library;
          refusal = null;
          return { connection, probe: probed };
        } catch (error) {
          if (at === order.length - 1 || !isMisunderstanding(error)) throw error;
        }
      }
      throw new IntakeError('refused', 'no ONVIF library serves this camera');
    } catch (error) {
      if (error instanceof IntakeError && error.kind === 'credentials') {
        refusal = { error, untilMs: clock.now() + refusedForMs };
      }
      throw error;
    }
  }

  /** A new session; who asks for one while one is being opened gets that. */
  function fresh(): Promise<Session> {
    opening ??= open().finally(() => {
      opening = null;
    });
    const own = opening;
    current = own;
    own.catch(() => {
      if (current === own) current = null;
    });
    return own;
  }

  const session = () => current ?? fresh();

  /** What fails here may have changed at the camera: the next call begins anew. */
  async function use<T>(work: (connection: OnvifConnection, profile: string) => Promise<T>): Promise<T> {
    const { connection } = await session();
    try {
      return await work(connection, mainProfile(connection));
    } catch (error) {
      current = null;
      throw error;
    }
  }

  async function streamUri(connection: OnvifConnection, stream: StreamKind): Promise<string> {
    const profile = chooseProfile(connection.profiles, stream);
    const uri = profile ? await connection.streamUri(profile.token) : '';
    if (!/^rtsp:\/\//i.test(uri)) throw new IntakeError('refused', 'camera gave no RTSP address over ONVIF');
    return uri;
  }

  return {
    getStreamUri: async (stream = 'main') =>
      stream === 'sub'
        ? use((connection) => streamUri(connection, 'sub'))
        : streamUri((await fresh()).connection, 'main'),
    getProfiles: async () => (await session()).connection.profiles,
    getSnapshotUri: () => use((connection, profile) => connection.snapshotUri(profile)),
    getInformation: async () => (await session()).connection.information,
    ptz: (command) =>
      use(async (connection, profile) => {
        if (command.action === 'move') await connection.move(profile, command, moveTimeoutS);
        else if (command.action === 'stop') await connection.stop(profile);
        else await connection.gotoPreset(profile, command.preset);
      }),
    getPresets: () => use((connection, profile) => connection.presets(profile)),
    setPreset: (name) => use((connection, profile) => connection.setPreset(profile, name)),
    getPtzStatus: () => use((connection, profile) => connection.ptzStatus(profile)),
    async openEvents() {
      const { signIn, clockErrorMs, eventsAddress: told } = (await fresh()).probe;
      const soap = createSoapClient({
        deviceAddress: address,
        credentials,
        signIn,
        cameraNowMs: () => clock.now() + (clockErrorMs ?? 0),
      });
      const eventsAddress = told ?? (await askEventsAddress(soap, address, probeTimeoutMs));
      if (eventsAddress === null) throw new IntakeError('not-found', 'camera has no ONVIF events');
      return { soap, address: eventsAddress, clockErrorMs };
    },
    clockErrorMs: () => lastProbe?.clockErrorMs ?? null,
    library: () => remembered,
  };
}

/** Best first. Only `onvif` does HTTP Digest, https, Media2, and what is not plain ASCII. */
function usableLibraries(address: string, credentials: Credentials | null, probe: CameraProbe): OnvifLibrary[] {
  const { protocol, search } = new URL(address);
  const plain = credentials === null || isNodeOnvifText(credentials.password + credentials.username);
  const nodeOnvifCan = protocol === 'http:' && search === '' && probe.signIn !== 'digest' && plain;
  if (!nodeOnvifCan) return ['onvif'];
  return probe.media2 ? ['onvif', 'node-onvif'] : ['node-onvif', 'onvif'];
}

/** The camera answered and the library made nothing of it. A refused password or a dead line is no misunderstanding. */
const isMisunderstanding = (error: unknown): boolean =>
  !(error instanceof IntakeError) || error.kind === 'refused' || error.kind === 'protocol';

function mainProfile({ profiles }: OnvifConnection): string {
  const profile = chooseProfile(profiles, 'main');
  if (!profile) throw new IntakeError('refused', 'camera has no media profile');
  return profile.token;
}
