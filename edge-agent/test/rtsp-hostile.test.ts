import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { idr, slice } from '../video/test-units.ts';
import type { IntakeFailure } from '../video/video-intake.ts';
import { type Answer, bare, createScriptedCameras, ok, rtp, sdp } from './scripted-camera.ts';

const { scripted, start, servers, stopAll } = createScriptedCameras();
afterEach(stopAll);

test('a bare camera that sends pictures before and between its answers is understood', async () => {
  let sequence = 65_534;
  const { port, heads } = await scripted((request, socket) => {
    if (request.method === 'PLAY') {
      const early = [0, 1, 2].map((i) => rtp(sequence++ & 0xffff, i * 3600, i === 0 ? idr(i) : slice(i), 4));
      return Buffer.concat([
        ...early,
        Buffer.from('\r\n'),
        Buffer.from(ok(request.cseq)),
        rtp(sequence++ & 0xffff, 10_800, slice(3), 4),
      ]);
    }
    return bare(request, socket);
  });
  const { units, failures, onConnected, intake } = start(port);
  await vi.waitFor(() => expect(units.length).toBe(4));
  expect(units.map(({ ptsTicks, keyFrame }) => [ptsTicks, keyFrame])).toEqual([
    [0, true],
    [3600, false],
    [7200, false],
    [10_800, false],
  ]);
  expect(onConnected).toHaveBeenCalledTimes(1);
  await intake.stop();
  expect(failures).toEqual([]);
  await vi.waitFor(() =>
    expect(heads.at(-1)).toMatch(/^TEARDOWN rtsp:\/\/127\.0\.0\.1:\d+\/live RTSP\/1\.0\r\n[\s\S]*Session: 77/),
  );
  expect(heads.join()).not.toContain('hunter2');
});

test('a nonce that went stale is renewed, once more than a wrong password would be', async () => {
  let asked = 0;
  const { port, heads } = await scripted((request, socket) => {
    if (request.method === 'DESCRIBE' && ++asked < 3) {
      const stale = asked === 2 ? ', stale=true' : '';
      return `RTSP/1.0 401 Unauthorized\r\nCSeq: ${request.cseq}\r\nWWW-Authenticate: Digest realm="c", nonce="n${asked}"${stale}\r\n\r\n`;
    }
    return bare(request, socket);
  });
  const { onConnected } = start(port);
  await vi.waitFor(() => expect(onConnected).toHaveBeenCalled());
  expect(heads.find((head) => head.startsWith('SETUP'))).toContain('nonce="n2"');
});

test('a refused password is asked for no more than once', async () => {
  const { port, heads } = await scripted(
    ({ cseq }) => `RTSP/1.0 401 No\r\nCSeq: ${cseq}\r\nWWW-Authenticate: Basic realm="c"\r\n\r\n`,
  );
  const { failures } = start(port);
  await vi.waitFor(() =>
    expect(failures).toEqual([{ kind: 'credentials', detail: 'camera refused the sign-in (401)' }]),
  );
  expect(heads.length).toBe(2);
});

test.each<[string, Answer, Partial<IntakeFailure>]>([
  ['never answers', () => null, { kind: 'timeout', detail: 'it did not answer OPTIONS within 300 ms' }],
  ['answers rubbish', () => Buffer.from([1, 2, 3, 4]), { kind: 'protocol' }],
  ['answers HTTP', () => 'HTTP/1.1 200 OK\r\n\r\n', { kind: 'protocol' }],
  [
    'refuses',
    ({ cseq }) => `RTSP/1.0 503 Busy hunter2\r\nCSeq: ${cseq}\r\n\r\n`,
    { kind: 'refused', detail: 'camera answered OPTIONS with 503' },
  ],
  [
    'hangs up',
    (_, socket) => {
      socket.destroy();
      return null;
    },
    {},
  ],
  ['describes nothing', ({ cseq }) => ok(cseq), { kind: 'unsupported-codec', detail: 'its stream holds no video' }],
  [
    'sends H.266',
    ({ cseq }) => ok(cseq, '', sdp.replaceAll('H264', 'H266')),
    { kind: 'unsupported-codec', detail: 'codec H266 is not supported yet' },
  ],
  [
    'takes no TCP',
    (request, socket) =>
      request.method === 'SETUP'
        ? `RTSP/1.0 461 Unsupported transport\r\nCSeq: ${request.cseq}\r\n\r\n`
        : bare(request, socket),
    { kind: 'unsupported-transport' },
  ],
])('a camera that %s is one failure in time, without the password', async (_, answer, expected) => {
  const { port } = await scripted(answer);
  const { failures } = start(port);
  await vi.waitFor(() => expect(failures.length).toBe(1));
  expect(failures[0]).toMatchObject(expected);
  expect(JSON.stringify(failures)).not.toContain('hunter2');
});

test('nobody at the address, and an address that is none', async () => {
  const { port } = await scripted(() => null);
  servers[0]!.close();
  await once(servers[0]!, 'close');
  const gone = start(port);
  await vi.waitFor(() =>
    expect(gone.failures).toEqual([{ kind: 'unreachable', detail: 'the connection was refused' }]),
  );
  const none = start(0, { address: 'http://kuzet:hunter2@127.0.0.1/' });
  await vi.waitFor(() => expect(none.failures[0]?.kind).toBe('refused'));
});

test('mutated streams end or go on, but never hang, throw or repeat themselves', async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const mutate = (bytes: Buffer) => {
    const out = Buffer.from(bytes);
    for (let i = 0; i < 3; i++) out[random(out.length)] = random(256);
    return random(4) === 0 ? out.subarray(0, random(out.length)) : out;
  };
  const runs = Array.from({ length: 40 }, async (_, run) => {
    const { port } = await scripted((request, socket) => {
      const said = bare(request, socket);
      if (request.method === 'PLAY') {
        for (let i = 0; i < 200; i++) socket.write(mutate(rtp(i, i * 3600, i % 25 ? slice(i) : idr(i), 4)));
        socket.end();
      }
      return run % 2 && said !== null ? mutate(Buffer.from(said)) : said;
    });
    return start(port);
  });
  for (const { failures } of await Promise.all(runs)) {
    await vi.waitFor(() => expect(failures.length).toBe(1), 5_000);
  }
});

test('stop during the sign-in is quick and silent', async () => {
  const { port } = await scripted(() => null);
  const { failures, intake } = start(port);
  const startedAt = performance.now();
  await intake.stop();
  expect(performance.now() - startedAt).toBeLessThan(200);
  expect(failures).toEqual([]);
});
