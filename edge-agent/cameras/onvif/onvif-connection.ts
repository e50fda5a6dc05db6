import type { Credentials } from '../../video/digest-auth.ts';
import { IntakeError } from '../../video/intake-error.ts';
import type { CameraInformation, PtzPreset, PtzStatus } from './answers.ts';
import type { MediaProfile } from './media-profile.ts';
import type { CameraProbe } from './probe-camera.ts';

export const onvifLibraries = ['node-onvif', 'onvif'] as const;
export type OnvifLibrary = (typeof onvifLibraries)[number];

/** A camera that was asked who it is with our credentials, and what it has. Every call throws an IntakeError. */
export interface OnvifConnection {
  readonly library: OnvifLibrary;
  readonly information: CameraInformation;
  /** In the camera's own order, never empty. */
  readonly profiles: readonly MediaProfile[];
  readonly hasPtz: boolean;
  streamUri(profile: string): Promise<string>;
  /** Null when the camera gives none. */
  snapshotUri(profile: string): Promise<string | null>;
  /** Velocities -1..1; ends by itself after `timeoutS` whole seconds. */
  move(profile: string, velocity: { pan: number; tilt: number; zoom: number }, timeoutS: number): Promise<void>;
  stop(profile: string): Promise<void>;
  presets(profile: string): Promise<PtzPreset[]>;
  gotoPreset(profile: string, preset: string): Promise<void>;
  /** Where it looks now, under a name. @returns the token of the preset. */
  setPreset(profile: string, name: string): Promise<string>;
  ptzStatus(profile: string): Promise<PtzStatus>;
}

export interface OpenOptions {
  /** The device service, as in the site file. */
  address: string;
  credentials: Credentials | null;
  probe: CameraProbe;
  /** For one call. */
  timeoutMs: number;
}

/**
 * Signs in and reads the profiles.
 * @throws IntakeError `credentials` only when the camera refused them: nobody tries the same ones again.
 */
export type OpenConnection = (options: OpenOptions) => Promise<OnvifConnection>;

/** Either library can be left hanging by an unusual answer. @throws IntakeError `timeout` */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
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
