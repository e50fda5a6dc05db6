import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import { IntakeError } from '../video/intake-error.ts';
import type { IntakeSource } from '../video/video-intake.ts';
import { chooseProfile } from './onvif/media-profile.ts';
import type { OnvifClient } from './onvif-client.ts';

/** What is known of the main stream that runs. */
export interface MainStream {
  address: string;
  /** Width times height of its pictures; null before the first. */
  pixels: number | null;
}

/**
 * Where a camera's main stream is: `rtsp.address` of the site file goes before what the camera says over ONVIF.
 * @throws IntakeError
 */
export async function resolveMainSource(camera: SiteCamera, onvif: OnvifClient | null): Promise<IntakeSource> {
  const address = camera.rtsp?.address ?? (await onvif?.getStreamUri());
  if (address === undefined) {
    throw new IntakeError('refused', 'the site file names neither onvif.address nor rtsp.address');
  }
  return sourceAt(address, camera);
}

/** The small stream that the site file names; null where it names none. */
export const subSourceOf = (camera: SiteCamera): IntakeSource | null =>
  camera.sub ? sourceAt(camera.sub.address, camera) : null;

/**
 * Where a camera's small stream is: `sub.address` of the site file goes before what the camera says over ONVIF.
 * @returns null for a camera that has one stream.
 * @throws IntakeError
 */
export async function resolveSubSource(
  camera: SiteCamera,
  onvif: OnvifClient | null,
  main: MainStream | null,
): Promise<IntakeSource | null> {
  const named = subSourceOf(camera);
  if (named !== null || onvif === null) return named;
  const address = await askSubAddress(onvif, main);
  return address === null ? null : sourceAt(address, camera);
}

/** Only what is smaller than the main stream, by the profiles and by its pictures: `rtsp.address` may name any. */
async function askSubAddress(onvif: OnvifClient, main: MainStream | null): Promise<string | null> {
  const profiles = await onvif.getProfiles();
  const sub = chooseProfile(profiles, 'sub');
  if (sub === null || sub === chooseProfile(profiles, 'main')) return null;
  const pixels = (sub.width ?? 0) * (sub.height ?? 0);
  if (main !== null && main.pixels !== null && pixels >= main.pixels) return null;
  const address = await onvif.getStreamUri('sub');
  return main !== null && withoutUser(address) === withoutUser(main.address) ? null : address;
}

/** The user, the usual port and capitals of the host make no other stream. */
const withoutUser = (address: string): string =>
  address
    .trim()
    .replace(
      /^rtsp:\/\/(?:[^/?#]*@)?([^/?#]*?)(?::554)?(?=[/?#]|$)/i,
      (_, host: string) => `rtsp://${host.toLowerCase()}`,
    );

const sourceAt = (address: string, { username, password, transport }: SiteCamera): IntakeSource => ({
  address,
  username,
  password,
  transport,
});
