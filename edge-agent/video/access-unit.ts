/** RTP's clock for every video codec, and the timescale of our fMP4: ticks a second. */
export const videoTicksPerS = 90_000;

/**
 * How a stream is decoded. A codec is one of these plus a depacketiser: fMP4 and HLS know nothing more of it.
 * The same object stands in every access unit until the camera changes something.
 */
export interface VideoParameters {
  codec: 'h264' | 'h265';
  /** RFC 6381, as MSE and HLS want it: `avc1.64001f`, `hvc1.1.6.L93.B0`. */
  codecString: string;
  width: number;
  height: number;
  /** ISO/IEC 14496-15 sample entry and its configuration box, both four-character codes. */
  sampleEntryType: string;
  configurationType: string;
  configuration: Buffer;
}

/** One coded picture in decoding order. */
export interface AccessUnit {
  /** Presentation time in 1/90000 s, unwrapped: it grows past 2³². */
  ptsTicks: number;
  /** When the camera took it, epoch ms: the camera's word (RTCP) where it can be believed, else by arrival. */
  captureTimeMs: number;
  keyFrame: boolean;
  /** NAL units without start codes or lengths; parameter sets are left out, they stand in `parameters`. */
  nals: readonly Buffer[];
  parameters: VideoParameters;
}
