import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it } from 'vitest';
import type { PacketGroup } from './camera-track.ts';
import { createDigestAuth } from './digest-auth.ts';
import { createRtpPacketizer, rtpTimeOf, senderReport } from './rtp.ts';
import { chooseTransport, createRtspParser } from './rtsp-message.ts';
import { openRtspSession } from './rtsp-session.ts';

describe('RTSP input', () => {
  const text = 'OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n';
  const frame = Buffer.from([0x24, 1, 0, 3, 9, 9, 9]);
  const body = 'SET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nbody';

  it('is cut the same however it arrives', () => {
    const bytes = Buffer.concat([Buffer.from(text), frame, Buffer.from(body), frame]);
    for (const size of [1, 2, 7, bytes.length]) {
      const parse = createRtspParser();
      const inputs = [];
      for (let at = 0; at < bytes.length; at += size) inputs.push(...parse(bytes.subarray(at, at + size)));
      expect(inputs.map((input) => (input.type === 'request' ? input.request.method : input.type))).toEqual([
        'OPTIONS',
        'interleaved',
        'SET_PARAMETER',
        'interleaved',
      ]);
    }
  });

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    '\u0000\u0001\r\n\r\n',
    'PLAY rtsp://h/a RTSP/1.0\r\nContent-Length: -1\r\n\r\n',
    'a'.repeat(17_000),
  ])('is refused when malformed: %#', (bad) => {
    const parse = createRtspParser();
    expect(parse(Buffer.from(bad)).map((input) => input.type)).toEqual(['malformed']);
    expect(parse(Buffer.from(text))).toEqual([]);
  });

  it('transport: the first that can be served', () => {
    expect(chooseTransport('RTP/AVP/TCP;unicast;interleaved=2-3')).toEqual({
      kind: 'tcp',
      rtpChannel: 2,
      rtcpChannel: 3,
    });
    expect(chooseTransport('RTP/AVP;multicast,RTP/AVP;unicast;client_port=5000-5001')).toEqual({
      kind: 'udp',
      rtpPort: 5000,
      rtcpPort: 5001,
    });
    expect(chooseTransport('RTP/AVP;unicast;client_port=0-1')).toBeNull();
    expect(chooseTransport('RAW/RAW/UDP')).toBeNull();
  });
});

describe('Digest', () => {
  const clock = createTestClock();
  const auth = createDigestAuth({ clock, realm: 'r' });
  const credentials = { username: 'u', password: 'п:"w' };
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const nonceOf = () => /nonce="(\w+)"/.exec(auth.challenges('missing')[0]!)![1]!;
  const answer = (nonce: string, password = credentials.password, qop = '') => {
    const ha = [md5(`u:r:${password}`), md5('DESCRIBE:rtsp://h/a')];
    const response = md5(qop ? `${ha[0]}:${nonce}:00000001:c:auth:${ha[1]}` : `${ha[0]}:${nonce}:${ha[1]}`);
    return `Digest username="u", realm="r", nonce="${nonce}", uri="rtsp://h/a", response="${response}"${qop}`;
  };
  const qop = ', qop=auth, nc=00000001, cnonce="c"';

  it('takes the right password with and without qop, and Basic', () => {
    expect(auth.check(answer(nonceOf()), 'DESCRIBE', credentials)).toBe('ok');
    expect(auth.check(answer(nonceOf(), credentials.password, qop), 'DESCRIBE', credentials)).toBe('ok');
    expect(auth.check(`Basic ${Buffer.from('u:п:"w').toString('base64')}`, 'DESCRIBE', credentials)).toBe('ok');
  });

  it('refuses another password, method, nonce, or none', () => {
    expect(auth.check(undefined, 'DESCRIBE', credentials)).toBe('missing');
    expect(auth.check(answer(nonceOf(), 'x'), 'DESCRIBE', credentials)).toBe('wrong');
    expect(auth.check(answer(nonceOf()), 'PLAY', credentials)).toBe('wrong');
    expect(auth.check(answer(`${nonceOf().slice(0, -1)}0x`), 'DESCRIBE', credentials)).toBe('wrong');
    expect(auth.check('Bearer x', 'DESCRIBE', credentials)).toBe('wrong');
    expect(auth.check('Basic', 'DESCRIBE', credentials)).toBe('wrong');
  });

  it('says stale when only the nonce is old', () => {
    const old = answer(nonceOf());
    clock.advance(301_000);
    expect(auth.check(old, 'DESCRIBE', credentials)).toBe('stale');
    expect(auth.challenges('stale')[0]).toContain('stale=TRUE');
  });
});

describe('RTP', () => {
  it('splits large NAL units and marks the last packet of a frame', () => {
    const packetizer = createRtpPacketizer(() => 0.99999);
    const small = Uint8Array.from([0x67, 1, 2]);
    const large = new Uint8Array(3_000).fill(7);
    large[0] = 0x65;
    const packets = packetizer.packetize([small, large], 123);
    expect(packets.map((packet) => packet[1]! >> 7)).toEqual([0, 0, 0, 1]);
    expect(packets.map((packet) => packet.readUInt16BE(2))).toEqual([0xffff, 0, 1, 2]);
    expect(packets.slice(1).map((packet) => packet[13]! >> 6)).toEqual([2, 0, 1]);
    const whole = Buffer.concat([Buffer.from([0x65]), ...packets.slice(1).map((packet) => packet.subarray(14))]);
    expect(whole.equals(Buffer.from(large))).toBe(true);
    for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(1_412);
  });

  it('a sender report ties the stream to true time', () => {
    const atMs = Date.UTC(2026, 10, 22, 18, 32, 7, 500);
    const report = senderReport({ ssrc: 5, cname: 'K@h', packets: 3, octets: 9 }, atMs, 777);
    expect(report.readUInt32BE(8) - 2_208_988_800).toBe(Math.floor(atMs / 1000));
    expect(report.readUInt32BE(12)).toBe(2 ** 31);
    expect(report.readUInt32BE(16)).toBe(777);
    expect(report.length % 4).toBe(0);
    expect(report.readUInt16BE(30) * 4 + 4 + 28).toBe(report.length);
  });

  it('timestamps wrap at 32 bits', () => {
    expect(rtpTimeOf(1_000, 0, 2 ** 32 - 1)).toBe(89_999);
  });
});

describe('a viewer', () => {
  async function setUp(transport: 'tcp') {
    const clock = createTestClock();
    const written: Buffer[] = [];
    const socket = Object.assign(new EventEmitter(), {
      writable: true,
      writableLength: 0,
      write: (chunk: Buffer) => void written.push(chunk),
    });
    let emit: (group: PacketGroup) => void = () => undefined;
    const dropped: string[] = [];
    const track = {
      ssrc: 1,
      subscribe(sink: (group: PacketGroup) => void) {
        emit = sink;
        return () => {
          emit = () => undefined;
        };
      },
      rtpTimeNow: () => 1,
      describe: () => '',
      setTimestamps: () => undefined,
    };
    const session = await openRtspSession(
      {
        clock,
        cameraId: 'K',
        track,
        socket: socket as unknown as Socket,
        host: 'h',
        drop: (reason) => void dropped.push(reason),
      },
      { kind: transport, rtpChannel: 0, rtcpChannel: 1 },
    );
    const group = { packets: [Buffer.alloc(20)], rtpTime: 1 };
    return { clock, socket, session, written, dropped, send: () => emit(group) };
  }

  it('gets a sender report first, then one every five seconds, and a goodbye', async () => {
    const { clock, session, written, send } = await setUp('tcp');
    session.play();
    send();
    clock.advance(10_000);
    session.close();
    expect(written.map((chunk) => [chunk[1], chunk[5]])).toEqual([
      [1, 200],
      [0, 0],
      [1, 200],
      [1, 200],
      [1, 203],
    ]);
    clock.advance(10_000);
    expect(written).toHaveLength(5);
  });

  it('is dropped when it does not keep up', async () => {
    const { socket, session, dropped, send } = await setUp('tcp');
    session.play();
    send();
    expect(dropped).toEqual([]);
    socket.writableLength = 1_000_001;
    send();
    expect(dropped).toEqual(['slow viewer']);
  });
});
