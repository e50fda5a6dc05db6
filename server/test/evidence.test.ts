import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvidenceItem, EvidenceList } from '@kuzet/contracts/evidence.ts';
import { systemClock } from '@kuzet/lib/clock.ts';
import { verifyEvidence } from '@kuzet/lib/evidence/verify-evidence.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { Value } from 'typebox/value';
import { afterEach, expect, test, vi } from 'vitest';
import { clipRoutes } from '../../edge-agent/cameras/clip-routes.ts';
import { createClipRecorder } from '../../edge-agent/video/clip-recorder.ts';
import { createEventRing, createRingBudget } from '../../edge-agent/video/event-ring.ts';
import { units } from '../../edge-agent/video/test-units.ts';
import { makeDataDir } from './open-test-database.ts';
import { agencyToken, connectTestEdge, startTestHub, type TestHub } from './test-hub.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(2_500_000, 0x5a), Buffer.from([0xff, 0xd9])]);

/** The clip recorder and routes of an edge agent over a camera that gives a picture every 40 ms. */
async function startVideo(port = 0): Promise<{ url: string; app: FastifyInstance; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-edge-clips-'));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  const ring = createEventRing({ ringMs: 20_000, maxBytes: 50_000_000, budget: createRingBudget(50_000_000) });
  const beganMs = Date.now() - 8_000;
  let count = 0;
  const push = () => {
    const due = Math.floor((Date.now() - beganMs) / 40);
    for (; count < due; count++)
      ring.push({ ...units(1, 1, count, undefined, beganMs)[0]!, keyFrame: count % 25 === 0 });
  };
  push();
  const timer = setInterval(push, 40);
  const clips = createClipRecorder({
    folder,
    clock: systemClock,
    log: silentLog,
    camera: (id) => (id === 'cam-1' ? { ring, whyLost: () => null } : null),
    keepMs: 3_600_000,
    maxBytes: 1_000_000_000,
  });
  await clips.start();
  const app = Fastify();
  await app.register(clipRoutes, {
    clips,
    knows: (id: string) => id === 'cam-1',
    refuse: (reply, code, detail) => reply.code(code === 'not-found' ? 404 : 409).send({ detail }),
  });
  app.get('/cameras/:id/snapshot.jpg', async (_request, reply) => reply.type('image/jpeg').send(jpeg));
  const url = await app.listen({ port, host: '127.0.0.1' });
  const close = async () => {
    clearInterval(timer);
    await clips.stop();
    await app.close();
  };
  stops.push(close);
  return { url, app, close };
}

const startHub = (dataDir?: string, keepDays = 365) =>
  startTestHub({
    dataDir,
    config: (config) => {
      config.evidence = { ...config.evidence, preS: 3, postS: 5, followS: 10, longestS: 5, keepDays };
    },
  });

async function openIncident(hub: TestHub, edgeUrl: string | null): Promise<string> {
  const edge = await connectTestEdge(hub.mqttPort!, edgeUrl);
  stops.push(() => edge.close());
  await edge.announce();
  await edge.smoke('smoke-1', true);
  const admin = await hub.signIn('supervisor');
  return vi.waitFor(async () => {
    const { body } = await hub.call('GET', '/api/v1/incidents', { token: admin });
    expect(body.items).toHaveLength(1);
    return body.items[0].id as string;
  }, 10_000);
}
const evidenceOf = async (hub: TestHub, id: string, token: string) => {
  const { body } = await hub.call('GET', `/api/v1/incidents/${id}/evidence`, { token });
  expect(Value.Check(EvidenceList, body)).toBe(true);
  return body as EvidenceList;
};
const of = (items: EvidenceItem[], kind: string) => items.find((item) => item.kind === kind && item.camera === 'cam-1');

test('[X4] [X5] [X8] an incident keeps clip and still, signed, for those who may see it', async () => {
  const video = await startVideo();
  const hub = await startHub();
  stops.push(() => hub.stop());
  const id = await openIncident(hub, video.url);
  const officer = await hub.signIn('officer');
  const list = await vi.waitFor(
    async () => {
      const found = await evidenceOf(hub, id, officer);
      expect(of(found.items, 'clip')).toMatchObject({ state: 'ready', reason: null });
      expect(of(found.items, 'still')).toMatchObject({ state: 'ready' });
      expect(found.manifest).not.toBeNull();
      return found;
    },
    { timeout: 15_000, interval: 50 },
  );
  const clip = of(list.items, 'clip')!;
  const lateMs = Date.now() - Date.parse(clip.to);
  expect(Date.parse(clip.to) - Date.parse(clip.from)).toBe(8_000);
  expect(lateMs).toBeLessThan(5_000);
  const [file] = clip.files;
  expect(file!.gaps).toEqual([]);
  expect(Date.parse(file!.from)).toBeLessThanOrEqual(Date.parse(clip.from));
  expect(Date.parse(clip.to) - Date.parse(file!.to)).toBeLessThan(100);

  const path = `/api/v1/incidents/${id}/evidence/${of(list.items, 'still')!.files[0]!.name}`;
  const get = (range?: string) =>
    fetch(hub.url + path, { headers: { authorization: `Bearer ${officer}`, ...(range && { range }) } });
  const whole = await get();
  expect(whole.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await whole.arrayBuffer()).equals(jpeg)).toBe(true);
  const part = await get('bytes=1000000-1000009');
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1000000-1000009/${jpeg.length}`]);
  expect((await part.arrayBuffer()).byteLength).toBe(10);
  expect((await get('bytes=-2')).headers.get('content-length')).toBe('2');
  expect((await get(`bytes=${jpeg.length}-`)).status).toBe(400);

  // A dispatcher whose agency has not been called sees nothing of it; nobody sees other files.
  const stranger = `${agencyToken}.104`;
  expect((await hub.call('GET', path, { token: stranger })).status).toBe(404);
  expect((await hub.call('GET', `/api/v1/incidents/${id}/evidence`, { token: stranger })).status).toBe(404);
  expect((await hub.call('GET', `/api/v1/incidents/${id}/evidence`, { token: `${agencyToken}.103` })).status).toBe(200);
  expect((await hub.call('GET', path)).status).toBe(401);
  expect((await hub.call('GET', `/api/v1/incidents/${id}/evidence/evidence-key.pem`, { token: officer })).status).toBe(
    404,
  );
  const supervisor = await hub.signIn('supervisor');
  const { body: audit } = await hub.call('GET', '/api/v1/audit?action=evidence.download', { token: supervisor });
  expect(audit.items.map((item: { actor: string; outcome: string }) => [item.actor, item.outcome])).toContainEqual([
    'officer',
    'ok',
  ]);
  expect(audit.items.map((item: { outcome: string }) => item.outcome)).toContain('not-found');

  const { body: pem } = await hub.call('GET', '/api/v1/evidence-key', { token: officer });
  const folder = join(hub.dataDir, 'evidence');
  const verdict = await verifyEvidence(folder, createPublicKey(pem));
  expect(verdict).toMatchObject({ ok: true, faults: [], checkedFiles: 2 });

  // The same by common tools.
  const { manifest } = list;
  const incident = join(folder, id);
  writeFileSync(join(folder, '..', 'key.pem'), pem);
  const openssl = ['pkeyutl', '-verify', '-pubin', '-inkey', join(folder, '..', 'key.pem'), '-rawin'];
  const told = execFileSync('openssl', [
    ...openssl,
    '-in',
    join(incident, manifest!.file),
    '-sigfile',
    join(incident, manifest!.signature),
  ]);
  expect(told.toString()).toMatch(/Verified Successfully/);
  expect(execFileSync('sha256sum', [join(incident, file!.name)]).toString()).toContain(file!.sha256);
  const fromFile = JSON.parse(readFileSync(join(incident, manifest!.file), 'utf8'));
  expect(fromFile.incident).toMatchObject({ id, drill: false });
}, 40_000);

test('[X4] [X6] over a restart of the hub the clip is fetched; an edge agent that is away is waited for, and said so', async () => {
  const dataDir = await makeDataDir();
  const probe = await startVideo();
  const port = Number(new URL(probe.url).port);
  await probe.close();
  const first = await startHub(dataDir);
  const id = await openIncident(first, `http://127.0.0.1:${port}`);
  const token = await first.signIn('officer');
  await vi.waitFor(async () => {
    const { items } = await evidenceOf(first, id, token);
    expect(of(items, 'clip')).toMatchObject({ state: 'waiting', reason: expect.stringMatching(/does not answer/) });
  }, 10_000);
  await startVideo(port);
  await vi.waitFor(async () => {
    const { items } = await evidenceOf(first, id, token);
    expect(of(items, 'clip')?.state).toBe('recording');
  }, 10_000);
  await first.stop();

  const second = await startHub(dataDir);
  stops.push(() => second.stop());
  const again = await second.signIn('officer');
  await vi.waitFor(
    async () => {
      const { items } = await evidenceOf(second, id, again);
      expect(items.map(({ state }) => state)).toEqual(items.map(() => 'ready'));
    },
    { timeout: 20_000, interval: 100 },
  );
  await vi.waitFor(async () => {
    const verdict = await verifyEvidence(join(dataDir, 'evidence'), null);
    expect(verdict).toMatchObject({ ok: true, checkedFiles: 2 });
  }, 10_000);
  expect(readdirSync(join(dataDir, 'evidence', id)).filter((name) => name.endsWith('.part'))).toEqual([]);

  // [X6] Its time of keeping is over: the files go, the chain stays whole, and the verifier says that it was on purpose.
  const act = (name: string, body: object = {}) =>
    second.call('POST', `/api/v1/incidents/${id}/${name}`, { token: again, body });
  await act('acknowledge');
  await act('resolve');
  expect((await act('close', { disposition: 'test' })).status).toBe(200);
  await second.stop();
  const third = await startHub(dataDir, 1 / 86_400_000);
  stops.push(() => third.stop());
  await vi.waitFor(async () => {
    const verdict = await verifyEvidence(join(dataDir, 'evidence'), null);
    expect(verdict).toMatchObject({ ok: true, checkedFiles: 0 });
    expect(verdict.notes.join()).toMatch(/clip-1\.mp4 was removed on .*its time of keeping is over/);
  }, 10_000);
  const kept = await evidenceOf(third, id, await third.signIn('officer'));
  expect(kept.items.map(({ state, files }) => [state, files])).toEqual(kept.items.map(() => ['unavailable', []]));
}, 60_000);
