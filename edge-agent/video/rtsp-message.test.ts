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
      const events: RtspEvent[] = [];
      for (let at = 0; at < wire.length; at += size)
        events.push(...parser.push(Buffer.from(wire.subarray(at, at + size))));
      expect(events.map(text)).toEqual(whole);
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
});
