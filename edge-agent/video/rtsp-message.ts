/** Names in lower case; a header that comes twice has two values. */
export type RtspHeaders = ReadonlyMap<string, readonly string[]>;

export type RtspEvent =
  | { kind: 'response'; status: number; reason: string; headers: RtspHeaders; body: Buffer }
  | { kind: 'request'; method: string; headers: RtspHeaders; body: Buffer }
  | { kind: 'interleaved'; channel: number; payload: Buffer }
  | { kind: 'broken'; why: string };

export interface RtspParser {
  /**
   * Whatever became whole with this chunk, in order; interleaved payloads hold until the next one. After `broken` nothing
   * more comes.
   */
  push(chunk: Buffer): RtspEvent[];
  /** What waits for its rest. */
  heldBytes(): number;
}

const maxHeadBytes = 65_536;
const maxBodyBytes = 1_048_576;
const maxMethodBytes = 24;
/** Bytes between messages that are neither; more than one lost interleaved frame can be. */
const maxSkippedBytes = 131_072;
const usualBytes = 65_536;
const dollar = 0x24;
const responseBegin = 'RTSP/';

/**
 * RFC 2326 messages and interleaved frames (section 10.12) out of a byte stream; memory is bounded. Some cameras send
 * bytes too many between interleaved frames: from there on the next frame of a channel seen before, or the next
 * response, is looked for. Before the first frame rubbish is the end.
 */
export function createRtspParser(): RtspParser {
  /** Used again and again: what has come and is not whole stands at its beginning. */
  let memory = Buffer.allocUnsafeSlow(usualBytes);
  let held = 0;
  /** Of these so much was given out; it is overwritten with the next chunk. */
  let done = 0;
  let pending: Buffer = memory.subarray(0, 0);
  let wanted = 0;
  /** A head whose end has not come: without a line end in it a chunk changes nothing. */
  let headOpen = false;
  let broken = false;
  const channels = new Set<number>();
  let skipped = 0;

  type Found = { event: RtspEvent | null; end: number };

  /** The next event and the bytes it took; null when more must come. */
  function next(at: number): Found | null {
    const first = pending[at];
    if (first === undefined) return null;
    if (first === dollar) return nextFrame(at);
    // Some cameras send empty lines between messages.
    if (first === 0x0d || first === 0x0a) return { event: null, end: at + 1 };
    const head = beginsHead(at);
    if (head === null) return null;
    if (!head) return outOfStep(at, 'bytes that are neither RTSP nor an interleaved frame');

    const end = headEnd(at);
    if (end === null) {
      if (pending.length - at > maxHeadBytes) return outOfStep(at, 'a message head without an end');
      headOpen = true;
      return null;
    }
    const lines = pending.toString('utf8', at, end.from).trimEnd().split(/\r?\n/);
    const headers = parseHeaders(lines.slice(1));
    const length = Number(headers.get('content-length')?.[0] ?? 0);
    if (!Number.isInteger(length) || length < 0 || length > maxBodyBytes) {
      return outOfStep(at, 'a wrong Content-Length');
    }
    const to = end.to + length;
    const response = /^RTSP\/\d\.\d +(\d{3})(?: (.*))?$/.exec(lines[0]!);
    const request = response ? null : /^([A-Z_]+) \S+ RTSP\/\d\.\d$/.exec(lines[0]!);
    if (!response && !request) return outOfStep(at, 'a first line that is not RTSP/1.0');
    if (pending.length < to) return waitFor(to - at);
    skipped = 0;
    const body = Buffer.from(pending.subarray(end.to, to));
    if (request) return { event: { kind: 'request', method: request[1]!, headers, body }, end: to };
    const [, status, reason = ''] = response!;
    return { event: { kind: 'response', status: Number(status), reason, headers, body }, end: to };
  }

  function nextFrame(at: number): Found | null {
    if (pending.length < at + 4) return null;
    const channel = pending[at + 1]!;
    const length = pending.readUInt16BE(at + 2);
    const end = at + 4 + length;
    // A dollar sign may be anything: a frame holds RTP or RTCP version 2, and is of a known channel when out of step.
    if (skipped > 0 && (!channels.has(channel) || length < 8)) return outOfStep(at);
    if (channels.size > 0 && length > 0) {
      if (pending.length < at + 5) return null;
      if (pending[at + 4]! >> 6 !== 2) return outOfStep(at);
    }
    if (pending.length < end) return waitFor(end - at);
    skipped = 0;
    channels.add(channel);
    return { event: { kind: 'interleaved', channel, payload: pending.subarray(at + 4, end) }, end };
  }

  function waitFor(bytes: number): null {
    wanted = bytes;
    return null;
  }

  /** A method or "RTSP/": capitals before a space or slash; out of step "RTSP/" alone. Null when more must come. */
  function beginsHead(at: number): boolean | null {
    if (skipped > 0) {
      const begin = pending.toString('latin1', at, at + responseBegin.length);
      return responseBegin.startsWith(begin) && (begin.length === responseBegin.length || null);
    }
    for (let i = at; i < at + maxMethodBytes; i++) {
      const byte = pending[i];
      if (byte === undefined) return null;
      if (byte === 0x20 || byte === 0x2f) return i > at;
      if (byte !== 0x5f && (byte < 0x41 || byte > 0x5a)) return false;
    }
    return false;
  }

  /** The empty line, with CRLF or LF alone. */
  function headEnd(at: number): { from: number; to: number } | null {
    const limit = Math.min(pending.length, at + maxHeadBytes);
    for (let lf = pending.indexOf(0x0a, at); lf >= 0 && lf < limit; lf = pending.indexOf(0x0a, lf + 1)) {
      if (pending[lf + 1] === 0x0a) return { from: lf, to: lf + 2 };
      if (pending[lf + 1] === 0x0d && pending[lf + 2] === 0x0a) return { from: lf, to: lf + 3 };
    }
    return null;
  }

  function outOfStep(at: number, why = 'bytes that are neither RTSP nor a frame'): Found {
    if (channels.size === 0 || ++skipped > maxSkippedBytes) {
      broken = true;
      return { event: { kind: 'broken', why }, end: at };
    }
    return { event: null, end: at + 1 };
  }

  function takeIn(chunk: Buffer): void {
    held -= done;
    const needed = held + chunk.length;
    if (needed > memory.length || (needed <= usualBytes && memory.length > usualBytes)) {
      const other = Buffer.allocUnsafeSlow(Math.max(usualBytes, 2 * needed));
      memory.copy(other, 0, done, done + held);
      memory = other;
    } else if (done > 0) memory.copyWithin(0, done, done + held);
    done = 0;
    held += chunk.copy(memory, held);
  }

  return {
    push(chunk) {
      if (broken) return [];
      takeIn(chunk);
      if (held < wanted || (headOpen && held <= maxHeadBytes && !chunk.includes(0x0a))) return [];
      pending = memory.subarray(0, held);
      wanted = 0;
      headOpen = false;
      const events: RtspEvent[] = [];
      let at = 0;
      for (let found = next(at); found; found = broken ? null : next(at)) {
        if (found.event) events.push(found.event);
        at = found.end;
      }
      done = broken ? held : at;
      return events;
    },
    heldBytes: () => held - done,
  };
}

function parseHeaders(lines: readonly string[]): RtspHeaders {
  const headers = new Map<string, string[]>();
  let last: string[] | null = null;
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && last) last.push(`${last.pop()} ${line.trim()}`);
    else if (colon > 0) {
      const name = line.slice(0, colon).trim().toLowerCase();
      last = headers.get(name) ?? [];
      last.push(line.slice(colon + 1).trim());
      headers.set(name, last);
    }
  }
  return headers;
}

/** A request as it goes over the wire; header values must hold no line break. */
export function writeRtspRequest(method: string, uri: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${uri} RTSP/1.0\r\n${lines.join('')}\r\n`;
}
