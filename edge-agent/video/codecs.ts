import type { Depacketiser } from './depacketiser.ts';
import { createH264Depacketiser } from './h264-depacketiser.ts';
import { createH264Units } from './h264-units.ts';
import { createH265Depacketiser } from './h265-depacketiser.ts';
import { createH265Units } from './h265-units.ts';
import type { PictureUnits } from './picture-units.ts';

type Fmtp = ReadonlyMap<string, string>;

/** By RTP encoding name (SDP's rtpmap). Another codec is another entry here, and its VideoParameters. */
export const depacketisers: Readonly<Record<string, (fmtp: Fmtp | undefined) => Depacketiser>> = {
  H264: (fmtp) => createH264Depacketiser(fmtp?.get('sprop-parameter-sets')),
  H265: createH265Depacketiser,
};

/** By sample entry type (ISO/IEC 14496-15). */
export const unitsOfSampleEntry: Readonly<Record<string, () => PictureUnits>> = {
  avc1: createH264Units,
  avc3: createH264Units,
  hvc1: createH265Units,
  hev1: createH265Units,
};
