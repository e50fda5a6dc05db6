import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import Fastify from 'fastify';
import { chromium } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { createCameraFleet } from '../cameras/camera-fleet.ts';
import { mediaRoutes } from '../cameras/media-routes.ts';
import { testCamera } from '../cameras/test-camera.ts';
import { findGstreamer, startGstreamerRtsp } from './gstreamer-rtsp.ts';

const executablePath = [process.env.CHROME_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
const found = findGstreamer();
const missing = 'missing' in found ? found.missing : executablePath ? null : 'no Chromium (set CHROME_PATH)';
if (missing) console.warn(`SKIPPED: hls.js playing a GStreamer camera, because ${missing}.`);

const token = 'token-of-the-hub';
/** A player a second behind has nothing to play while the camera is away: that it says so, and goes on, is right. */
const waits = ['bufferStalledError', 'bufferSeekOverHole', 'bufferNudgeOnStall'];
const others = (errors: string[]) => errors.filter((error) => !waits.includes(error));
const page = `<!doctype html><video muted autoplay></video><script src="/hls.js"></script><script>
  window.seen = { errors: [], frames: 0, latencyMs: null };
  const video = document.querySelector('video');
  const hls = new Hls({ xhrSetup: (xhr) => xhr.setRequestHeader('authorization', 'Bearer ${token}') });
  hls.on(Hls.Events.ERROR, (_, data) => window.seen.errors.push(data.details));
  hls.loadSource('/edge/cameras/K-1/live/index.m3u8');
  hls.attachMedia(video);
  const onFrame = () => {
    window.seen.frames++;
    window.seen.latencyMs = hls.playingDate ? Date.now() - hls.playingDate.getTime() : null;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
</script>`;

interface Seen {
  errors: string[];
  frames: number;
  latencyMs: number | null;
}

describe.skipIf(missing !== null)('the packager in a real player', () => {
  test('[V60] hls.js in Chromium plays a camera, with its capture time, over a reconnect', async () => {
    const server = await startGstreamerRtsp((found as { python: string }).python);
    const cameras = createCameraFleet({
      cameras: [testCamera({ id: 'K-1', rtsp: { address: `rtsp://127.0.0.1:${server.ports.open}/h264` } })],
      clock: systemClock,
      log: silentLog,
      onStateChange: () => undefined,
    });
    const fastify = Fastify();
    const hlsFile = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');
    fastify.get('/', (_request, reply) => reply.type('text/html').send(page));
    fastify.get('/hls.js', async (_request, reply) => reply.type('text/javascript').send(await readFile(hlsFile)));
    await fastify.register(async (edge) => mediaRoutes(edge, { cameras, token }), { prefix: '/edge' });
    const address = await fastify.listen({ port: 0, host: '127.0.0.1' });
    const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    try {
      cameras.start();
      await vi.waitFor(() => expect(cameras.get('K-1')!.session.packager.playlist()).not.toBeNull(), 10_000);
      const tab = await browser.newPage();
      await tab.goto(address);
      const seen = () => tab.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
      await vi.waitFor(async () => expect((await seen()).frames).toBeGreaterThan(60), 20_000);
      const first = await seen();
      expect(others(first.errors)).toEqual([]);
      expect(first.latencyMs).toBeGreaterThan(0);
      expect(first.latencyMs).toBeLessThan(3_000);

      // The camera goes away and comes back: a discontinuity, which a player must step over.
      const { session } = cameras.get('K-1')!;
      await session.stop();
      session.start();
      await vi.waitFor(() => expect(session.packager.playlist()).toContain('#EXT-X-DISCONTINUITY\n'), 10_000);
      const before = (await seen()).frames;
      await vi.waitFor(async () => expect((await seen()).frames).toBeGreaterThan(before + 150), 20_000);
      expect(others((await seen()).errors)).toEqual([]);
    } finally {
      await browser.close();
      await fastify.close();
      await cameras.stop();
      await server.stop();
    }
  }, 60_000);
});
