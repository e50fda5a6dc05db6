import { depacketisers } from './codecs.ts';
import type { Depacketiser } from './depacketiser.ts';
import { IntakeError } from './intake-error.ts';
import type { Sdp, SdpMedia } from './sdp.ts';

export interface ChosenTrack {
  track: SdpMedia;
  payloadType: number;
  createDepacketiser: () => Depacketiser;
}

/**
 * The first video track in a codec of ours.
 * @throws IntakeError when there is none; it names the codecs that were offered.
 */
export function chooseTrack(sdp: Sdp): ChosenTrack {
  const videos = sdp.media.filter((media) => media.type === 'video');
  for (const track of videos) {
    for (const payloadType of track.payloadTypes) {
      const fmtp = track.fmtp.get(payloadType);
      const encoding = track.rtpmap.get(payloadType)?.encoding ?? guessEncoding(fmtp);
      const create = Object.hasOwn(depacketisers, encoding) ? depacketisers[encoding] : undefined;
      if (create) return { track, payloadType, createDepacketiser: () => create(fmtp) };
    }
  }
  const found = videos.flatMap((track) => [...track.rtpmap.values()].map((map) => map.encoding));
  const named = found.map((name) => name.replace(/[^A-Z0-9.-]/g, '').slice(0, 20)).join(', ');
  if (videos.length === 0) throw new IntakeError('unsupported-codec', 'its stream holds no video');
  throw new IntakeError('unsupported-codec', `codec ${named.slice(0, 100) || 'of its video'} is not supported yet`);
}

/** Some cameras leave the rtpmap out: their parameters still tell. */
function guessEncoding(fmtp: ReadonlyMap<string, string> | undefined): string {
  if (fmtp?.has('sprop-parameter-sets')) return 'H264';
  return fmtp?.has('sprop-sps') ? 'H265' : '';
}
