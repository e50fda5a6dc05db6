export interface SdpMedia {
  /** `video`, `audio`, `application`. */
  type: string;
  payloadTypes: number[];
  control: string | null;
  /** By payload type; encoding names in upper case. */
  rtpmap: Map<number, { encoding: string; clockRateHz: number }>;
  /** By payload type; names in lower case. */
  fmtp: Map<number, Map<string, string>>;
}

export interface Sdp {
  control: string | null;
  media: SdpMedia[];
}

/** The parts of RFC 8866 that RTSP needs; lines it does not know are passed over. */
export function parseSdp(text: string): Sdp {
  const sdp: Sdp = { control: null, media: [] };
  for (const line of text.split(/\r?\n/)) {
    const current = sdp.media.at(-1);
    if (line.startsWith('m=')) {
      const [type = '', , , ...formats] = line.slice(2).trim().split(/\s+/);
      const payloadTypes = formats.map(Number).filter((n) => Number.isInteger(n) && n >= 0 && n < 128);
      sdp.media.push({ type, payloadTypes, control: null, rtpmap: new Map(), fmtp: new Map() });
    } else if (line.startsWith('a=control:')) {
      (current ?? sdp).control = line.slice('a=control:'.length).trim();
    } else if (current && line.startsWith('a=rtpmap:')) {
      const match = /^(\d+)\s+([^/\s]+)\/(\d+)/.exec(line.slice('a=rtpmap:'.length).trim());
      if (match)
        current.rtpmap.set(Number(match[1]), { encoding: match[2]!.toUpperCase(), clockRateHz: Number(match[3]) });
    } else if (current && line.startsWith('a=fmtp:')) {
      const match = /^(\d+)\s+(.*)$/.exec(line.slice('a=fmtp:'.length).trim());
      if (match) current.fmtp.set(Number(match[1]), parseParameters(match[2]!));
    }
  }
  return sdp;
}

function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';')) {
    // Base64 values end in "=": only the first one parts name from value.
    const equals = part.indexOf('=');
    if (equals > 0) parameters.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return parameters;
}

/** A track's or the presentation's own address, as cameras mean it: appended, not resolved as RFC 3986 would. */
export function controlUrl(base: string, control: string | null): string {
  if (control === null || control === '' || control === '*') return base;
  if (/^rtspu?:\/\//i.test(control)) return control;
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}
