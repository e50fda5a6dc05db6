import { children, numberOf, textOf, type XmlNode } from './xml.ts';

/** What is sent by one of a camera's streams, as Media1 or Media2 tells it. */
export interface MediaProfile {
  token: string;
  name: string;
  /** `H264`, `H265`, `JPEG`, … in capitals; empty when the profile has no encoder. */
  codec: string;
  /** Pixels; null where the camera does not say. */
  width: number | null;
  height: number | null;
  fps: number | null;
}

/** Profiles of a Media1 GetProfilesResponse (ver10/media/wsdl) or a Media2 one (ver20/media/wsdl). */
export function readProfiles(response: XmlNode | undefined): MediaProfile[] {
  return children(response, 'Profiles').flatMap((profile) => {
    const token = textOf(profile, '@token');
    if (token === '') return [];
    const media2 = children(children(profile, 'Configurations')[0], 'VideoEncoder')[0];
    const encoder = media2 ?? children(profile, 'VideoEncoderConfiguration')[0];
    return [
      {
        token,
        name: textOf(profile, 'Name'),
        codec: textOf(encoder, 'Encoding')
          .toUpperCase()
          .replace(/^HEVC$/, 'H265'),
        width: numberOf(encoder, 'Resolution', 'Width'),
        height: numberOf(encoder, 'Resolution', 'Height'),
        fps: numberOf(encoder, 'RateControl', 'FrameRateLimit'),
      },
    ];
  });
}

export type StreamKind = 'main' | 'sub';

const smallestSubWidth = 320;
const pixels = ({ width, height }: MediaProfile): number => (width ?? 0) * (height ?? 0);

/**
 * `main`: the first H.264 profile, else the first H.265, else the first there is: the order is the camera's own. `sub`:
 * the smallest H.264 profile of at least 320 pixels in width that is smaller than `main`; where there is none, `main`.
 * @returns null when there is no profile at all.
 */
export function chooseProfile(profiles: readonly MediaProfile[], kind: StreamKind): MediaProfile | null {
  const main =
    profiles.find(({ codec }) => codec === 'H264') ??
    profiles.find(({ codec }) => codec === 'H265') ??
    profiles[0] ??
    null;
  if (kind === 'main' || main === null) return main;
  const [smallest] = profiles
    .filter((profile) => profile.codec === 'H264' && (profile.width ?? 0) >= smallestSubWidth && pixels(profile) > 0)
    .sort((a, b) => pixels(a) - pixels(b));
  return smallest && (pixels(main) === 0 || pixels(smallest) < pixels(main)) ? smallest : main;
}
