/** Names in lower case; a header that comes twice has two values. */
export type RtspHeaders = ReadonlyMap<string, readonly string[]>;

export type RtspEvent =
  | { kind: 'response'; status: number; reason: string; headers: RtspHeaders; body: Buffer }
  | { kind: 'request'; method: string; headers: RtspHeaders; body: Buffer }
  | { kind: 'interleaved'; channel: number; payload: Buffer }
  | { kind: 'broken'; why: string };

export interface RtspParser {
  /** Whatever became whole with this chunk, in order. After `broken` nothing more comes. */
  push(chunk: Buffer): RtspEvent[];
}

const maxHeadBytes = 65_536;
const maxBodyBytes = 1_048_576;
const dollar = 0x24;
const headEnd = Buffer.from('\r\n\r\n');
const bareHeadEnd = Buffer.from('\n\n');

/** RFC 2326 messages and interleaved frames (section 10.12) out of a byte stream; memory is bounded. */
export function createRtspParser(): RtspParser {
  let pending: Buffer = Buffer.alloc(0);
  let broken = false;

  /** The next event and the bytes it took; null when more must come. */
  function next(at: number): { event: RtspEvent | null; end: number } | null {
    const first = pending[at];
    if (first === undefined) return null;
    if (first === dollar) {
      if (pending.length < at + 4) return null;
      const end = at + 4 + pending.readUInt16BE(at + 2);
      if (pending.length < end) return null;
      return { event: { kind: 'interleaved', channel: pending[at + 1]!, payload: pending.subarray(at + 4, end) }, end };
    }
    // Some cameras send empty lines between messages.
    if (first === 0x0d || first === 0x0a) return { event: null, end: at + 1 };

    const crlf = pending.indexOf(headEnd, at);
    const lf = pending.indexOf(bareHeadEnd, at);
    const bare = lf >= 0 && (crlf < 0 || lf < crlf);
    const headTo = bare ? lf : crlf;
    if (headTo < 0) {
      if (pending.length - at > maxHeadBytes) return brokenAt(at, 'a message head without an end');
      // Rubbish is told from a slow head by its first line's first byte: methods and "RTSP" begin with a capital.
      if (first < 0x41 || first > 0x5a) return brokenAt(at, 'bytes that are neither RTSP nor an interleaved frame');
      return null;
    }
    const lines = pending.toString('utf8', at, headTo).split(/\r?\n/);
    const bodyFrom = headTo + (bare ? 2 : 4);
    const headers = parseHeaders(lines.slice(1));
    const length = Number(headers.get('content-length')?.[0] ?? 0);
    if (!Number.isInteger(length) || length < 0 || length > maxBodyBytes) return brokenAt(at, 'a wrong Content-Length');
    if (pending.length < bodyFrom + length) return null;
    const end = bodyFrom + length;
    const body = pending.subarray(bodyFrom, end);
    const response = /^RTSP\/\d\.\d (\d{3})(?: (.*))?$/.exec(lines[0]!);
    if (response) {
      const event = {
        kind: 'response',
        status: Number(response[1]),
        reason: response[2] ?? '',
        headers,
        body,
      } as const;
      return { event, end };
    }
    const request = /^([A-Z_]+) \S+ RTSP\/\d\.\d$/.exec(lines[0]!);
    if (request) return { event: { kind: 'request', method: request[1]!, headers, body }, end };
    return brokenAt(at, 'a first line that is not RTSP/1.0');
  }

  function brokenAt(end: number, why: string): { event: RtspEvent; end: number } {
    broken = true;
    return { event: { kind: 'broken', why }, end };
  }

  return {
    push(chunk) {
      if (broken) return [];
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const events: RtspEvent[] = [];
      let at = 0;
      for (let found = next(at); found; found = broken ? null : next(at)) {
        if (found.event) events.push(found.event);
        at = found.end;
      }
      pending = broken ? Buffer.alloc(0) : pending.subarray(at);
      return events;
    },
  };
}

function parseHeaders(lines: readonly string[]): RtspHeaders {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  return headers;
}

/** A request as it goes over the wire; header values must hold no line break. */
export function writeRtspRequest(method: string, uri: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${uri} RTSP/1.0\r\n${lines.join('')}\r\n`;
}
