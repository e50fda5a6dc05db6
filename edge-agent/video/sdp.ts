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

const maxMedia = 64;

/** The parts of RFC 8866 that RTSP needs; lines it does not know are passed over. */
export function parseSdp(text: string): Sdp {
  const sdp: Sdp = { control: null, media: [] };
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    const current = sdp.media.at(-1);
    const attribute = /^a=([a-z]+):/i.exec(line);
    const value = attribute ? line.slice(attribute[0].length).trim() : '';
    const name = attribute?.[1]?.toLowerCase();
    if (line.startsWith('m=')) {
      if (sdp.media.length >= maxMedia) break;
      const [type = '', , , ...formats] = line.slice(2).trim().split(/\s+/);
      const payloadTypes = formats.map(Number).filter((n) => Number.isInteger(n) && n >= 0 && n < 128);
      sdp.media.push({ type: type.toLowerCase(), payloadTypes, control: null, rtpmap: new Map(), fmtp: new Map() });
    } else if (name === 'control') {
      (current ?? sdp).control = value;
    } else if (current && name === 'rtpmap') {
      const match = /^(\d+)\s+([^/\s]+)\/(\d+)/.exec(value);
      if (match)
        current.rtpmap.set(Number(match[1]), { encoding: match[2]!.toUpperCase(), clockRateHz: Number(match[3]) });
    } else if (current && name === 'fmtp') {
      const match = /^(\d+)\s+(.*)$/.exec(value);
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
  if (/^rtsp[us]?:\/\//i.test(control)) return control;
  if (control.startsWith('?')) return `${base}${control}`;
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}

/**
 * What the tracks' controls are appended to: Content-Base or Content-Location, which may be relative to the address asked
 * for, else that address. What is no address is passed over.
 */
export function baseUrl(asked: string, given: string | undefined): string {
  if (!given || /\s/.test(given)) return asked;
  if (/^rtsp:\/\/[^/]/i.test(given)) return given;
  const [, authority = '', path = ''] = /^(rtsp:\/\/[^/?]+)([^?]*)/i.exec(asked) ?? [];
  if (/^[a-z]+:/i.test(given) || given.startsWith('//')) return asked;
  if (given.startsWith('/')) return `${authority}${given}`;
  return `${authority}${path.replace(/[^/]*$/, '') || '/'}${given}`;
}
