import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KeepAliveMemory } from '../video/keep-alive.ts';
import { h265, idr, pps360, slice, sps360 } from '../video/test-units.ts';
import { type Answer, bare, createScriptedCameras, ok, rtp, sdp } from './scripted-camera.ts';

const { scripted, start, stopAll } = createScriptedCameras();
afterEach(stopAll);

const status = (cseq: string, line: string, headers = '') => `RTSP/1.0 ${line}\r\nCSeq: ${cseq}\r\n${headers}\r\n`;
/** Addresses of a method's requests; of the camera's own the path alone. */
const uriOf = (heads: string[], method: string) =>
  heads
    .filter((head) => head.startsWith(method))
    .map((head) => head.split(' ')[1]!.replace(/^rtsp:\/\/127\.0\.0\.1:\d+/, ''));
const pictures = (channel = 4) => [0, 1, 2].map((i) => rtp(i, i * 3600, i === 0 ? idr(i + 1) : slice(i + 1), channel));

/** As `bare`, and three pictures after PLAY; `own` goes first, undefined where it has nothing to say. */
const playing =
  (own: (...given: Parameters<Answer>) => ReturnType<Answer> | undefined, channel = 4): Answer =>
  (request, socket) => {
    const said = own(request, socket);
    if (said !== undefined) return said;
    if (request.method === 'PLAY') return Buffer.concat([Buffer.from(ok(request.cseq)), ...pictures(channel)]);
    return bare(request, socket);
  };

describe('addresses', () => {
  test.each([
    ['none', '', 'trackID=0', '/live', '/live/trackID=0'],
    [
      'with a slash',
      'Content-Base: rtsp://10.0.0.9/x/\r\n',
      'trackID=0',
      'rtsp://10.0.0.9/x/',
      'rtsp://10.0.0.9/x/trackID=0',
    ],
    [
      'without one',
      'content-base:rtsp://10.0.0.9/x\r\n',
      'trackID=0',
      'rtsp://10.0.0.9/x',
      'rtsp://10.0.0.9/x/trackID=0',
    ],
    ['a relative one', 'Content-Base: media/\r\n', 'track1?a=b', '/media/', '/media/track1?a=b'],
    ['a Content-Location', 'Content-Location: /loc/\r\n', 'track1', '/loc/', '/loc/track1'],
    ['an absolute control', '', 'rtsp://10.0.0.9/abs?x=1', '/live', 'rtsp://10.0.0.9/abs?x=1'],
    ['a star', '', '*', '/live', '/live'],
    ['an empty control', '', '', '/live', '/live'],
    ['a query', '', '?track=2', '/live', '/live?track=2'],
  ])('[V9] Content-Base and control: %s', async (_, header, control, play, setUp) => {
    const { port, heads } = await scripted((request, socket) =>
      request.method === 'DESCRIBE'
        ? ok(request.cseq, header, sdp.replace('trackID=0', control))
        : bare(request, socket),
    );
    const { onConnected } = start(port);
    await vi.waitFor(() => expect(onConnected).toHaveBeenCalled());
    expect(uriOf(heads, 'SETUP')).toEqual([setUp]);
    expect(uriOf(heads, 'PLAY')).toEqual([play]);
  });

  test('[V9] of several tracks the first video in a codec of ours is taken, its rtpmap told or not', async () => {
    const tracks = [
      'm=audio 0 RTP/AVP 0\r\na=control:audio\r\n',
      'm=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=control:jpeg\r\n',
      sdp.slice(sdp.indexOf('m=')).replace('trackID=0', 'main').replace('a=rtpmap:96 H264/90000\r\n', ''),
      sdp.slice(sdp.indexOf('m=')).replace('trackID=0', 'small'),
      'm=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\nk=?\r\n',
    ];
    const { port, heads } = await scripted(
      playing(({ method, cseq }) => (method === 'DESCRIBE' ? ok(cseq, '', tracks.join('')) : undefined)),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
    expect(uriOf(heads, 'SETUP')).toEqual(['/live/main']);
  });
});

describe('answers', () => {
  test('[V7] lower case, lines that end in LF alone, blanks in Session', async () => {
    const { port, heads } = await scripted(
      playing(({ method, cseq }) => {
        if (method === 'DESCRIBE') {
          const body = sdp.replaceAll('\r\n', '\n');
          return `RTSP/1.0 200 OK\ncseq:${cseq}\ncontent-length:${body.length}\n\n${body}`;
        }
        if (method !== 'SETUP') return undefined;
        return `RTSP/1.0 200\ncseq: ${cseq}\nsession:  a b9 ; timeout = 30 \ntransport: rtp/avp/tcp;interleaved=4-5\n\n`;
      }),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
    expect(heads.find((head) => head.startsWith('PLAY'))).toMatch(/\r\nSession: a b9\r\n/);
  });

  test.each([
    ['one channel is told', 'interleaved=8', 8],
    ['none is told', 'unicast', 0],
    ['another is told than used', 'interleaved=2-3', 6],
  ])('[V7] interleaved: %s', async (_, told, used) => {
    const answer = playing(
      ({ method, cseq }) =>
        method === 'SETUP' ? ok(cseq, `Session: 1\r\nTransport: RTP/AVP/TCP;${told}\r\n`) : undefined,
      used,
    );
    const { port } = await scripted(answer);
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
  });

  test('[V7] bytes too many between interleaved frames', async () => {
    const { port } = await scripted(
      playing(({ method, cseq }) => {
        if (method !== 'PLAY') return undefined;
        const between = Buffer.from([0, 1, 0x24, 0x24, 0x41, 0x42, 0x20]);
        return Buffer.concat([Buffer.from(ok(cseq)), ...pictures().flatMap((frame) => [frame, between])]);
      }),
    );
    const { units, failures } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
    expect(failures).toEqual([]);
  });

  test('[V6] parameter sets in the stream alone', async () => {
    const { port } = await scripted(
      playing(({ method, cseq }) => {
        if (method === 'DESCRIBE') return ok(cseq, '', sdp.replace(/a=fmtp.*\r\n/, ''));
        if (method !== 'PLAY') return undefined;
        const sets = [sps360, pps360].map((nal, i) => {
          const frame = rtp(100 + i, 0, nal, 4);
          frame[5] = 0x60; // No marker.
          return frame;
        });
        const rest = [idr(1), slice(2)].map((nal, i) => rtp(102 + i, i * 3600, nal, 4));
        return Buffer.concat([Buffer.from(ok(cseq)), ...sets, ...rest]);
      }),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.map(({ parameters }) => parameters.width)).toEqual([640, 640]));
  });

  test('[V3] H.265', async () => {
    const { vps, sps, pps } = h265.sets360;
    const [v, s, p] = [vps, sps, pps].map((nal) => nal.toString('base64'));
    const fmtp = `a=fmtp:96 sprop-vps=${v}; sprop-sps=${s};sprop-pps=${p}`;
    const described = sdp.replace('H264', 'H265').replace(/a=fmtp.*(?=\r\n)/, fmtp);
    const { port } = await scripted(
      playing(({ method, cseq }) => {
        if (method === 'DESCRIBE') return ok(cseq, '', described);
        if (method !== 'PLAY') return undefined;
        const { types } = h265;
        const sent = [types.idr, types.trail].map((type, i) => rtp(i, i * 3600, h265.slice(type, { tag: 1 }), 4));
        return Buffer.concat([Buffer.from(ok(cseq)), ...sent]);
      }),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(2));
    expect(units[0]).toMatchObject({ keyFrame: true, parameters: { codec: 'h265', codecString: 'hvc1.1.6.L63.90' } });
  });
});

describe('sign-in', () => {
  const challenge = (cseq: string, header: string) =>
    status(cseq, '401 Unauthorized', `WWW-Authenticate: ${header}\r\n`);

  test.each(['SETUP', 'PLAY'])('[V8] asked for at %s alone', async (at) => {
    const { port, heads } = await scripted(
      playing(({ method, cseq, head }) =>
        method === at && !head.includes('Authorization') ? challenge(cseq, 'Digest realm="c", nonce="n"') : undefined,
      ),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
    expect(heads.filter((head) => head.startsWith(at)).length).toBe(2);
  });

  test('[V8] Digest with SHA-256 and qop, checked as a camera does; Basic beside it is not used', async () => {
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');
    const offered = 'Digest realm="c", nonce="n", qop="auth", algorithm=SHA-256\r\nWWW-Authenticate: Basic realm="c"';
    const { port, heads } = await scripted(
      playing(({ method, cseq, head, uri }) => {
        const field = (name: string) => new RegExp(`${name}="?([^",\\r]+)`).exec(head)?.[1] ?? '';
        const a1 = sha('kuzet:c:hunter2');
        const a2 = sha(`${method}:${uri}`);
        const right = sha(`${a1}:n:${field('nc')}:${field('cnonce')}:auth:${a2}`);
        return field('response') === right ? undefined : challenge(cseq, offered);
      }),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
    expect(heads.join()).not.toContain('Basic');
  });

  test('[V8] Basic where nothing else is offered', async () => {
    const right = `Authorization: Basic ${Buffer.from('kuzet:hunter2').toString('base64')}`;
    const { port } = await scripted(
      playing(({ cseq, head }) => (head.includes(right) ? undefined : challenge(cseq, 'Basic realm="c"'))),
    );
    const { units } = start(port);
    await vi.waitFor(() => expect(units.length).toBe(3));
  });
});

describe('redirects', () => {
  test.each(['301 Moved Permanently', '302 Found', '305 Use Proxy'])(
    '[V12] %s to another port is followed',
    async (line) => {
      const real = await scripted(playing(() => undefined));
      const { port, heads } = await scripted(({ method, cseq }) =>
        method === 'DESCRIBE' ? status(cseq, line, `Location: rtsp://127.0.0.1:${real.port}/there\r\n`) : ok(cseq),
      );
      const { units, failures } = start(port);
      await vi.waitFor(() => expect(units.length).toBe(3));
      expect(uriOf(real.heads, 'DESCRIBE')).toEqual(['/there']);
      expect(heads.length).toBe(2);
      expect(failures).toEqual([]);
    },
  );

  test.each([
    ['another host', 'rtsp://192.0.2.1/there', 'camera redirects to another host'],
    ['itself', '/live', 'camera redirects to where it is'],
    ['nowhere', '', 'camera redirects to where it is'],
    ['again and again', '/there', 'camera redirects again and again'],
  ])('[V12] to %s is refused', async (_, location, detail) => {
    const { port, heads } = await scripted(({ method, cseq }) =>
      method === 'OPTIONS' ? ok(cseq) : status(cseq, '302 Found', `Location: ${location}\r\n`),
    );
    const { failures } = start(port);
    await vi.waitFor(() => expect(failures).toEqual([{ kind: 'refused', detail }]));
    expect(heads.length).toBeLessThanOrEqual(4);
  });
});

describe('keep-alive', () => {
  /** A session of two seconds: one each second. */
  const shortSession = (answer: Answer): Answer =>
    playing((request, socket) => {
      const { method, cseq, head } = request;
      if (method === 'OPTIONS' && !head.includes('Session'))
        return ok(cseq, 'Public: OPTIONS, GET_PARAMETER, PLAY\r\n');
      if (method === 'SETUP') return ok(cseq, 'Session: 77;timeout=2\r\nTransport: RTP/AVP/TCP;interleaved=4-5\r\n');
      if (head.includes('Session') && /^(OPTIONS|GET_PARAMETER)$/.test(method)) return answer(request, socket);
      return undefined;
    });
  const kept = (heads: string[]) =>
    heads
      .filter((head) => head.includes('Session: 77'))
      .map((head) => head.split(' ')[0])
      .filter((method) => !/PLAY|TEAR/.test(method!));

  test.each(['501 Not Implemented', '405 Method Not Allowed'])(
    '[V13] %s: the next one is sent, then none',
    async (line) => {
      const { port, heads } = await scripted(shortSession(({ cseq }) => status(cseq, line)));
      const keepAlives: KeepAliveMemory = new Map();
      const { failures } = start(port, {}, { keepAlives });
      await vi.waitFor(() => expect(kept(heads)).toEqual(['GET_PARAMETER', 'OPTIONS']), 4_000);
      await vi.waitFor(() => expect(keepAlives.get(`127.0.0.1:${port}`)).toBe('none'));
      expect(failures).toEqual([]);
    },
  );

  test('[V13] a camera that closes the connection on it is not sent it again', async () => {
    const { port, heads } = await scripted(
      shortSession(({ method, cseq }, socket) => {
        if (method === 'OPTIONS') return ok(cseq);
        socket.destroy();
        return null;
      }),
    );
    const keepAlives: KeepAliveMemory = new Map();
    const first = start(port, {}, { keepAlives });
    await vi.waitFor(() => expect(first.failures.map(({ kind }) => kind)).toEqual(['ended']), 4_000);
    const second = start(port, {}, { keepAlives });
    await vi.waitFor(() => expect(kept(heads)).toEqual(['GET_PARAMETER', 'OPTIONS']), 4_000);
    expect(second.failures).toEqual([]);
  });

  test('[V13] silence is no end', async () => {
    const { port, heads } = await scripted(shortSession(() => null));
    const { failures } = start(port, {}, { responseTimeoutMs: 200 });
    await vi.waitFor(() => expect(kept(heads).length).toBe(3), 6_000);
    expect(failures).toEqual([]);
  });

  test('[V13] 454 ends a session without pictures, and not one with them', async () => {
    const { port } = await scripted(shortSession(({ cseq }) => status(cseq, '454 Session Not Found')));
    const silent = start(port);
    const gone = { kind: 'ended', detail: 'the camera no longer knows the session (454)' };
    await vi.waitFor(() => expect(silent.failures).toEqual([gone]), 6_000);
    const busy = await scripted(
      shortSession(({ cseq }, socket) => {
        socket.write(rtp(3, 9_999, slice(9), 4));
        return status(cseq, '454 Session Not Found');
      }),
    );
    const { failures } = start(busy.port);
    await vi.waitFor(() => expect(kept(busy.heads).length).toBe(2), 6_000);
    expect(failures).toEqual([]);
  });
});

test('[V14] what the camera asks of us is answered, and its goodbye is the end', async () => {
  const asked = ['OPTIONS', 'SET_PARAMETER', 'ANNOUNCE', 'GET_PARAMETER', 'RECORD', 'TEARDOWN'];
  const answers: string[] = [];
  const { port } = await scripted(
    playing(({ method, cseq }, socket) => {
      if (method !== 'PLAY') return undefined;
      socket.on('data', (chunk) =>
        answers.push(...(chunk.toString('latin1').match(/RTSP\/1\.0 \d+.*\r\nCSeq: \d+/g) ?? [])),
      );
      const requests = asked.map(
        (name, i) => `${name} rtsp://c/ RTSP/1.0\r\nCSeq: ${i + 1}\r\nContent-Length: 2\r\n\r\nhi`,
      );
      return ok(cseq) + requests.join('');
    }),
  );
  const { failures } = start(port);
  await vi.waitFor(() => expect(failures).toEqual([{ kind: 'ended', detail: 'the camera ended the session' }]));
  await vi.waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(5));
  expect(answers.slice(0, 5).map((text) => text.replace(/ (OK|Not Implemented)\r\nCSeq:/, ''))).toEqual([
    ...['RTSP/1.0 200 1', 'RTSP/1.0 200 2', 'RTSP/1.0 200 3', 'RTSP/1.0 200 4', 'RTSP/1.0 501 5'],
  ]);
});
