export interface RtspRequest {
  method: string;
  url: string;
  headers: ReadonlyMap<string, string>;
}

export type RtspInput =
  | { type: 'request'; request: RtspRequest }
  /** A binary frame that a client sent on the same connection (its receiver reports). */
  | { type: 'interleaved'; channel: number; payload: Buffer }
  | { type: 'malformed'; reason: string };

const maxHeadBytes = 16_384;
const maxBodyBytes = 65_536;

/** Cuts a connection's bytes into requests and interleaved frames (RFC 2326). After `malformed` nothing more comes. */
export function createRtspParser(): (chunk: Buffer) => RtspInput[] {
  let pending: Buffer = Buffer.alloc(0);
  let broken = false;

  return (chunk) => {
    const inputs: RtspInput[] = [];
    const malformed = (reason: string) => {
      broken = true;
      inputs.push({ type: 'malformed', reason });
    };
    pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    while (!broken && pending.length > 0) {
      if (pending[0] === 0x24) {
        if (pending.length < 4) break;
        const end = 4 + pending.readUInt16BE(2);
        if (pending.length < end) break;
        inputs.push({ type: 'interleaved', channel: pending[1]!, payload: pending.subarray(4, end) });
        pending = pending.subarray(end);
        continue;
      }
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd < 0) {
        if (pending.length > maxHeadBytes) malformed('head too long');
        break;
      }
      const [first = '', ...lines] = pending.toString('utf8', 0, headEnd).replace(/^\s+/, '').split('\r\n');
      const start = /^([A-Z_]+) (\S+) RTSP\/1\.0$/.exec(first);
      if (!start || headEnd > maxHeadBytes) {
        malformed('not an RTSP/1.0 request');
        break;
      }
      const headers = new Map<string, string>();
      for (const line of lines) {
        const colon = line.indexOf(':');
        if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      }
      const bodyBytes = Number(headers.get('content-length') ?? 0);
      if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > maxBodyBytes) {
        malformed('content-length');
        break;
      }
      const end = headEnd + 4 + bodyBytes;
      if (pending.length < end) break;
      pending = pending.subarray(end);
      inputs.push({ type: 'request', request: { method: start[1]!, url: start[2]!, headers } });
    }
    return inputs;
  };
}

export type TransportChoice =
  | { kind: 'tcp'; rtpChannel: number; rtcpChannel: number }
  | { kind: 'udp'; rtpPort: number; rtcpPort: number };

/** The first transport of a Transport header (RFC 2326, 12.39) that can be served, or null. */
export function chooseTransport(header: string): TransportChoice | null {
  for (const spec of header.split(',')) {
    const [protocol = '', ...parameters] = spec.trim().split(';');
    const range = (name: string): [number, number] | null => {
      const found = parameters.map((p) => new RegExp(`^${name}=(\\d+)(?:-(\\d+))?$`).exec(p.trim())).find(Boolean);
      return found ? [Number(found[1]), Number(found[2] ?? Number(found[1]) + 1)] : null;
    };
    if (parameters.some((p) => p.trim() === 'multicast')) continue;
    if (/^RTP\/AVP\/TCP$/i.test(protocol)) {
      const [rtpChannel, rtcpChannel] = range('interleaved') ?? [0, 1];
      if (rtpChannel <= 255 && rtcpChannel <= 255) return { kind: 'tcp', rtpChannel, rtcpChannel };
    } else if (/^RTP\/AVP(\/UDP)?$/i.test(protocol)) {
      const ports = range('client_port');
      if (ports?.every((port) => port > 0 && port < 65_536))
        return { kind: 'udp', rtpPort: ports[0], rtcpPort: ports[1] };
    }
  }
  return null;
}
