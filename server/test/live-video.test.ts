/** Live sockets of cameras: who may watch, one stream from the edge agent for all who do, and what they are told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeVideoMessage, encodeVideoHeader, type VideoFrameHeader } from '@kuzet/contracts/live-video.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { agencyToken, connectTestEdge, edgeToken, startTestHub, type TestHub } from './test-hub.ts';

const stream = { t: 'stream', stream: 'main', codec: 'avc1.42c01e', width: 640, height: 360, description: 'AQ==' };
const init = Buffer.concat([encodeVideoHeader({ kind: 'init' }), Buffer.from('init')]);

function picture(number: number, bytes = 40): Buffer {
  const header: VideoFrameHeader = {
    kind: 'frame',
    keyFrame: number % 10 === 0,
    cached: false,
    discontinuity: false,
    number,
    capturedAtMs: 1_000 + number,
    ptsTicks: number * 3_600,
  };
  return Buffer.concat([encodeVideoHeader(header), Buffer.alloc(bytes, number)]);
}

/** An edge agent's live sockets, fed by the test. */
async function startEdge(port = 0, token = edgeToken) {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const asked: string[] = [];
  server.on('upgrade', (request, socket, head) => {
    asked.push(request.url ?? '');
    if (request.headers.authorization !== `Bearer ${token}`) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.send(JSON.stringify(stream));
      ws.send(init);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    connected: () => sockets.clients.size,
    send(data: string | Buffer) {
      for (const ws of sockets.clients) ws.send(data);
    },
    async stop() {
      for (const ws of sockets.clients) ws.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('live video at the hub', () => {
  let hub: TestHub;
  let edge: Awaited<ReturnType<typeof startEdge>>;
  let site: Awaited<ReturnType<typeof connectTestEdge>>;
  let officer: string;
  const open: WebSocket[] = [];

  beforeEach(async () => {
    hub = await startTestHub({
      config(config) {
        config.edge.connectTimeoutMs = 1_000;
      },
    });
    edge = await startEdge();
    site = await connectTestEdge(hub.mqttPort ?? 0, `http://127.0.0.1:${edge.port}`);
    await site.announce();
    officer = await hub.signIn('officer');
    await vi.waitFor(async () => {
      const { body } = await hub.call('GET', '/api/v1/cameras', { token: officer });
      expect(body.items).toHaveLength(2);
    });
  });
  afterEach(async () => {
    for (const ws of open.splice(0)) ws.terminate();
    await site.close();
    await edge.stop();
    await hub.stop();
  });

  function watch(camera: string, token: string | null, headers: Record<string, string> = {}) {
    const url = `${hub.url.replace('http', 'ws')}/api/v1/cameras/${camera}/live`;
    const ws = new WebSocket(url, { headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers } });
    open.push(ws);
    const got: (string | number)[] = [];
    const raw: Buffer[] = [];
    let end: number | string | null = null;
    ws.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        const message = JSON.parse(data.toString());
        got.push(message.t === 'waiting' ? `waiting: ${message.detail}` : message.t);
        return;
      }
      raw.push(data);
      const { header } = decodeVideoMessage(data)!;
      got.push(header.kind === 'init' ? 'init' : header.number);
    });
    ws.on('error', () => undefined);
    ws.on('unexpected-response', (_request, response) => {
      end = `HTTP ${response.statusCode}`;
      ws.terminate();
    });
    ws.on('close', (code) => {
      end ??= code;
    });
    return { ws, got, raw, end: () => end };
  }
  const seen = (one: ReturnType<typeof watch>, ...expected: (string | number)[]) =>
    vi.waitFor(() => expect(one.got).toEqual(expected), { timeout: 10_000 });
  const connected = () => vi.waitFor(() => expect(edge.connected()).toBe(1), { timeout: 10_000 });

  it('[V20] fetches a stream once for all who watch, and passes its bytes on as they are', async () => {
    const first = watch('cam-1', officer);
    await seen(first, 'stream', 'init');
    const sent = [0, 1, 2].map((number) => picture(number));
    for (const one of sent) edge.send(one);
    await seen(first, 'stream', 'init', 0, 1, 2);
    expect(first.raw.slice(1)).toEqual(sent);
    const second = watch('cam-1', officer);
    await seen(second, 'stream', 'init', 0, 1, 2);
    expect(second.raw.slice(1).map((data) => decodeVideoMessage(data)!.header)).toMatchObject(
      [0, 1, 2].map((number) => ({ number, cached: true })),
    );
    edge.send(picture(3));
    await seen(second, 'stream', 'init', 0, 1, 2, 3);
    expect(edge.asked).toEqual(['/cameras/cam-1/live?stream=main']);
    const metrics = await hub.call('GET', '/metrics', { token: officer });
    if (metrics.status === 200) expect(metrics.body).toContain('kuzet_video_viewers 2');
  });

  it('[V24] lets in who may see the camera, and tells all others what the screens are told', async () => {
    const police = `${agencyToken}.102`;
    const [stranger, page, foreign, unknown, theirs] = [
      watch('cam-1', null),
      watch('cam-1', null, { origin: hub.url }),
      watch('cam-1', officer, { origin: 'http://elsewhere.example' }),
      watch('cam-9', officer),
      watch('cam-1', police),
    ];
    await vi.waitFor(
      () =>
        expect([stranger, page, foreign, unknown, theirs].map((one) => one.end())).toEqual([
          'HTTP 401',
          4401,
          'HTTP 403',
          4404,
          4404,
        ]),
      { timeout: 10_000 },
    );
    await site.smoke('smoke-1', true);
    const fire = await vi.waitFor(
      async () => {
        const { body } = await hub.call('GET', '/api/v1/incidents', { token: officer });
        expect(body.items).toHaveLength(1);
        return body.items[0];
      },
      { timeout: 10_000 },
    );
    // Which dispatches it to the police, too.
    await hub.call('POST', `/api/v1/incidents/${fire.id}/acknowledge`, { token: officer });
    const now = watch('cam-1', police);
    await seen(now, 'stream', 'init');
    const never = watch('cam-far', police);
    await vi.waitFor(() => expect(never.end()).toBe(4404));
  });

  it('[V24] ends with the session', async () => {
    const one = watch('cam-1', officer);
    await seen(one, 'stream', 'init');
    await hub.call('DELETE', '/api/v1/session', { token: officer });
    await vi.waitFor(() => expect(one.end()).toBe(4401), { timeout: 5_000 });
  });

  it('[V25] says why nothing comes while the edge agent is away, and goes on when it is back', async () => {
    const one = watch('cam-1', officer);
    await seen(one, 'stream', 'init');
    edge.send(picture(0));
    await seen(one, 'stream', 'init', 0);
    const { port } = edge;
    await edge.stop();
    await vi.waitFor(() => expect(one.got.at(-1)).toContain('waiting: the edge agent at 127.0.0.1'), 10_000);
    expect(one.end()).toBeNull();
    const late = watch('cam-1', officer);
    await vi.waitFor(() => expect(late.got.at(-1)).toContain('waiting: '), 10_000);
    expect(late.got).not.toContain(0);
    edge = await startEdge(port);
    await connected();
    edge.send(picture(10));
    await vi.waitFor(() => expect([one.got.at(-1), late.got.at(-1)]).toEqual([10, 10]), 10_000);
  });

  it('[V25] names an edge agent that refuses the hub, and asks it again', async () => {
    const { port } = edge;
    await edge.stop();
    edge = await startEdge(port, 'another token');
    const one = watch('cam-1', officer);
    await vi.waitFor(() => expect(one.got.at(-1)).toContain('refuses the hub: edge.token differs'), 10_000);
    await edge.stop();
    edge = await startEdge(port);
    await connected();
    await vi.waitFor(() => expect(one.got.slice(-2)).toEqual(['stream', 'init']), 10_000);
  });

  it('[V25] passes on what the edge agent says, and takes no rubbish from it', async () => {
    const one = watch('cam-1', officer);
    await seen(one, 'stream', 'init');
    edge.send(picture(0));
    edge.send('not JSON');
    edge.send(JSON.stringify({ t: 'later-word' }));
    edge.send(Buffer.from('short'));
    edge.send(JSON.stringify({ t: 'lost', frames: 8 }));
    edge.send(picture(9));
    edge.send(picture(10));
    edge.send(JSON.stringify({ t: 'waiting', detail: 'the camera is away' }));
    await seen(one, 'stream', 'init', 0, 'lost', 10, 'waiting: the camera is away');
  });

  it('[V22] one who reads nothing slows nobody, and is told what was left out', async () => {
    const [slow, quick] = [watch('cam-1', officer), watch('cam-1', officer)];
    await seen(slow, 'stream', 'init');
    await seen(quick, 'stream', 'init');
    slow.ws.pause();
    for (let number = 0; number < 60; number++) {
      edge.send(picture(number, 500_000));
      await vi.waitFor(() => expect(quick.got.at(-1)).toBe(number), { timeout: 5_000, interval: 2 });
    }
    slow.ws.resume();
    await vi.waitFor(() => expect(slow.got.length).toBeGreaterThan(2));
    for (let number = 60; number < 90; number++) edge.send(picture(number));
    await vi.waitFor(() => expect([slow.got.at(-1), quick.got.at(-1)]).toEqual([89, 89]), { timeout: 10_000 });
    const lostAt = slow.got.indexOf('lost');
    expect(lostAt).toBeGreaterThan(2);
    expect((slow.got[lostAt + 1] as number) % 10).toBe(0);
    expect(quick.got).not.toContain('lost');
  });

  it('lets go of the edge agent when nobody watches', async () => {
    const one = watch('cam-1', officer);
    await seen(one, 'stream', 'init');
    one.ws.close();
    await vi.waitFor(() => expect(edge.connected()).toBe(0), { timeout: 10_000 });
  });
});
