import { describe, expect, test } from 'vitest';
import { createRtspParser, type RtspEvent, writeRtspRequest } from './rtsp-message.ts';

const text = (event: RtspEvent) => JSON.stringify(event, (_, value) => (value instanceof Map ? [...value] : value));

const wire = Buffer.concat([
  Buffer.from(
    'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\nWWW-Authenticate: Basic\r\nwww-authenticate: Digest\r\n\r\nhello',
  ),
  Buffer.from([0x24, 0, 0, 3, 1, 2, 3]),
  Buffer.from([0x24, 1, 0, 0]),
  Buffer.from('\r\nRTSP/1.0 454 Session Not Found\nCSeq: 3\n\n'),
  Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n'),
]);

describe('RTSP parser', () => {
  test('reads responses, interleaved frames and requests between each other', () => {
    const events = createRtspParser().push(wire);
    expect(events.map((event) => event.kind)).toEqual([
      'response',
      'interleaved',
      'interleaved',
      'response',
      'request',
    ]);
    const [first, frame, , second, request] = events;
    expect(first).toMatchObject({ status: 200, reason: 'OK', body: Buffer.from('hello') });
    expect(first?.kind === 'response' && first.headers.get('www-authenticate')).toEqual(['Basic', 'Digest']);
    expect(frame).toEqual({ kind: 'interleaved', channel: 0, payload: Buffer.from([1, 2, 3]) });
    expect(second).toMatchObject({ status: 454, reason: 'Session Not Found' });
    expect(request).toMatchObject({ method: 'OPTIONS' });
  });

  test('gives the same events however the bytes are cut', () => {
    const whole = createRtspParser().push(wire).map(text);
    for (const size of [1, 2, 3, 7, 50]) {
      const parser = createRtspParser();
      const events: string[] = [];
      for (let at = 0; at < wire.length; at += size)
        events.push(...parser.push(Buffer.from(wire.subarray(at, at + size))).map(text));
      expect(events).toEqual(whole);
    }
  });

  test.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a negative length', 'RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['an endless length', 'RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n'],
    ['binary', '\u0001\u0002\u0003'],
    ['an endless head', `RTSP/1.0 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ])('gives up on %s, and stays silent after', (_, sent) => {
    const parser = createRtspParser();
    expect(parser.push(Buffer.from(sent)).map((event) => event.kind)).toEqual(['broken']);
    expect(parser.push(wire)).toEqual([]);
  });

  test('writes a request', () => {
    expect(writeRtspRequest('PLAY', 'rtsp://a/b', { CSeq: '4', Session: '1' })).toBe(
      'PLAY rtsp://a/b RTSP/1.0\r\nCSeq: 4\r\nSession: 1\r\n\r\n',
    );
  });

  const frame = (channel: number, ...bytes: number[]) => Buffer.from([0x24, channel, 0, bytes.length, ...bytes]);
  const rtp = (tag: number) => frame(0, 0x80, 0x60, 0, tag, 0, 0, 0, 0, 0, 0, 0, 1, 0x41);

  test.each([
    ['zeros', Buffer.alloc(7)],
    ['text', Buffer.from('HELLO, $0 AND $1 ')],
    ['a dollar sign of no channel', frame(9, 0x80, 1, 2, 3, 4, 5, 6, 7)],
    ['a dollar sign of a channel, but no RTP', Buffer.from([0x24, 0, 0xff, 0xff, 0x00])],
    ['a head that is none', Buffer.from('GET / HTTP/1.1\r\nContent-Length: 10\r\n\r\n')],
  ])('[V7] %s between interleaved frames cost no frame', (what, between) => {
    const bytes = Buffer.concat([rtp(1), between, rtp(2), between, Buffer.from('RTSP/1.0 200 OK\r\n\r\n'), rtp(3)]);
    for (const size of [1, 5, bytes.length]) {
      const parser = createRtspParser();
      const seen: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        const events = parser.push(bytes.subarray(at, at + size));
        const ours = events.filter((event) => event.kind !== 'interleaved' || event.channel === 0);
        seen.push(...ours.map((event) => (event.kind === 'interleaved' ? event.payload[3] : event.kind)));
      }
      expect(seen, what).toEqual([1, 2, 'response', 3]);
    }
  });

  test('[V7] what never comes into step again is given up', () => {
    const parser = createRtspParser();
    parser.push(rtp(1));
    const kinds = new Set<string>();
    for (let i = 0; i < 300; i++) for (const event of parser.push(Buffer.alloc(1000, 7))) kinds.add(event.kind);
    expect([...kinds]).toEqual(['broken']);
  });

  test('[V7] folded headers, lines that end in LF alone or not all alike, and two spaces before the status', () => {
    const sent = 'RTSP/1.0  401 No\nwww-authenticate: Digest realm="a",\r\n\tnonce="b"\ncseq:7\n\r\n';
    const [event] = createRtspParser().push(Buffer.from(sent));
    expect(event).toMatchObject({ kind: 'response', status: 401 });
    const headers = event?.kind === 'response' ? event.headers : new Map();
    expect(headers.get('www-authenticate')).toEqual(['Digest realm="a", nonce="b"']);
    expect(headers.get('cseq')).toEqual(['7']);
  });
});
