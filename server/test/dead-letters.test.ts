import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeadLetterItem, ReadingItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIntake } from '../../edge-agent/intake/intake.ts';
import { replayRoutes } from '../../edge-agent/intake/replay-routes.ts';
import { profiles } from '../../edge-agent/profiles/index.ts';
import { testDevice } from '../../edge-agent/test-site.ts';
import { createReplay, type ReplayDeps } from '../ingest/dead-letter-replay.ts';
import { createPipeline, type Pipeline } from '../ingest/pipeline.ts';
import { createDeadLetterStore, type NewDeadLetter } from '../store/dead-letter-store.ts';
import { createDeviceStore } from '../store/device-store.ts';
import { createInventoryStore } from '../store/inventory-store.ts';
import { migrate } from '../store/migrate.ts';
import { storeKinds } from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';
import { connectTestEdge, startTestHub, type TestHub } from './test-hub.ts';

const startMs = Date.UTC(2026, 10, 22, 12);
const at = (afterS: number) => new Date(startMs + afterS * 1000).toISOString();

const newLetter = (over: Partial<NewDeadLetter> = {}): NewDeadLetter => {
  const payload = over.payload ?? Buffer.from('{"smoke":true}');
  return {
    edgeId: 'edge-1',
    at: new Date(startMs),
    topic: 'zigbee2mqtt/hall',
    reason: 'not JSON',
    payload,
    payloadBytes: payload.length,
    ...over,
  };
};

describe.each(storeKinds)('dead letters over %s', (_kind, open) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await open();
    await migrate(test.database, silentLog);
  });
  afterAll(() => test.remove());
  beforeEach(() =>
    test.database.script(`truncate kuzet.dead_letters, kuzet.edges, kuzet.edge_cursors, kuzet.sites, kuzet.zones,
      kuzet.devices, kuzet.latest_values, kuzet.cameras, kuzet.readings, kuzet.alarms`),
  );

  describe('reading and counting', () => {
    const reasons: [string, string, string][] = [
      ['kuzet/v1/mall/ghost/reading', 'unknown device ghost', 'unknown-device'],
      ['kuzet/v1/uplink/edge-1/alarm', 'unknown device g: not in the inventory of any edge', 'unknown-device'],
      ['tele/plug/SENSOR', 'no device in the site file has this topic', 'unknown-topic'],
      ['kuzet/v1/park/s/reading', 'device s belongs to site mall, not park', 'wrong-topic'],
      ['zigbee2mqtt/hall', 'not JSON', 'not-json'],
      ['zigbee2mqtt/hall', 'the payload has 40032 bytes; at most 1000 are read', 'too-large'],
      ['zigbee2mqtt/hall', 'temperature is a text; a number is expected', 'not-understood'],
      ['kuzet/v1/uplink/edge-1/alarm', 'gap: items 2 to 10 no longer exist', 'gap'],
      ['kuzet/v1/uplink/edge-1/alarm', 'not gzip', 'uplink'],
    ];
    it('[H19] each reason has its class, by which letters are listed and counted', async () => {
      const store = createDeadLetterStore(test.database);
      await store.add(
        test.database,
        reasons.map(([topic, reason], index) =>
          newLetter({ topic, reason, edgeId: `edge-${index % 2}`, at: new Date(startMs + index * 1_000) }),
        ),
      );
      const { items } = await store.list({});
      expect(items.map((item) => item.class).reverse()).toEqual(reasons.map(([, , expected]) => expected));
      const list = async (filter: object) => (await store.list(filter)).items.map(({ reason }) => reason);
      expect(await list({ reason: 'unknown-device' })).toEqual([reasons[1]?.[1], reasons[0]?.[1]]);
      expect(await list({ edgeId: 'edge-1', topic: 'zigbee2mqtt/' })).toEqual([reasons[5]?.[1]]);
      expect(await list({ from: at(2), to: at(4) })).toEqual([reasons[3]?.[1], reasons[2]?.[1]]);
      expect(await list({ topic: '%' })).toEqual([]);
      const page = await store.list({ topic: 'zigbee2mqtt', limit: 2 });
      expect(page.items).toHaveLength(2);
      expect(await list({ topic: 'zigbee2mqtt', limit: 2, cursor: page.nextCursor })).toEqual(['not JSON']);

      const counts = await store.counts({});
      expect(counts.total).toBe(9);
      expect(counts.byReason[0]).toEqual({ name: 'unknown-device', n: 2, replayed: 0 });
      expect(counts.byEdge).toEqual([
        { name: 'edge-0', n: 5, replayed: 0 },
        { name: 'edge-1', n: 4, replayed: 0 },
      ]);
      expect(counts.byTopic).toEqual([
        { name: 'kuzet/v1', n: 5, replayed: 0 },
        { name: 'zigbee2mqtt/hall', n: 3, replayed: 0 },
        { name: 'tele/plug', n: 1, replayed: 0 },
      ]);
      expect((await store.counts({ reason: 'gap', from: at(0) })).total).toBe(1);
    });
    it('[H19] what is kept is bounded by number and by age', async () => {
      const store = createDeadLetterStore(test.database, { keep: 5 });
      for (let n = 0; n < 9; n++) await store.add(test.database, [newLetter({ at: new Date(startMs + n * 1_000) })]);
      expect(await store.count()).toBeLessThanOrEqual(6);
      await store.prune(new Date(startMs + 7_000));
      expect((await store.list({})).items.map((letter) => letter.at)).toEqual([at(8), at(7)]);
    });
  });

  describe('replay', () => {
    function setUp(answer: (letters: { topic: string }[]) => object | { ok: false; detail: string; unsent: boolean }) {
      const store = createDeadLetterStore(test.database);
      const asked: { topic: string; receivedAt: string; payloadBase64: string }[][] = [];
      const ask: ReplayDeps['ask'] = async (_url, _path, { json }) => {
        const { letters } = json as { letters: { topic: string; receivedAt: string; payloadBase64: string }[] };
        asked.push(letters);
        const given = answer(letters);
        if ('ok' in given) return given as { ok: false; detail: string };
        const { Readable } = await import('node:stream');
        return { ok: true, status: 200, body: Readable.from([Buffer.from(JSON.stringify(given))]) };
      };
      const edgeHttpUrl = async (id: string) => (id === 'edge-1' ? 'http://127.0.0.1:9' : null);
      const clock = createTestClock(startMs + 60_000);
      const replay = createReplay({ store, edgeHttpUrl, ask, clock, onReplayed: () => undefined });
      const run = async (body: Parameters<typeof replay>[0]) => {
        const result = await replay(body);
        if (!result.ok) throw new Error(result.detail);
        return result.value;
      };
      return { store, asked, run };
    }
    const allTaken = (letters: unknown[]) => ({ outcomes: letters.map(() => ({ taken: true, reason: null })) });

    it('[H20] [H21] outcomes are written down; what was taken is sent again only by force', async () => {
      const { store, asked, run } = setUp((letters) => ({
        outcomes: letters.map(({ topic }) =>
          topic === 'bad' ? { taken: false, reason: 'not JSON' } : { taken: true, reason: null },
        ),
      }));
      await store.add(test.database, [newLetter(), newLetter({ topic: 'bad' })]);
      const [bad = '', good = ''] = (await store.list({})).items.map(({ id }) => id);
      expect(await run({ ids: [good, bad, '999'] })).toEqual({
        taken: [good],
        refused: [{ id: bad, reason: 'not JSON' }],
        left: [{ id: '999', reason: expect.stringContaining('no such') }],
        more: 0,
      });
      expect(asked).toEqual([
        [
          expect.objectContaining({ topic: 'zigbee2mqtt/hall', receivedAt: at(0) }),
          expect.objectContaining({ topic: 'bad' }),
        ],
      ]);
      expect(await store.get(good)).toMatchObject({ replayedAt: at(60), replay: 'taken', replayReason: null });
      expect(await store.get(bad)).toMatchObject({ replayedAt: at(60), replay: 'refused', replayReason: 'not JSON' });
      expect((await store.counts({})).byEdge).toEqual([{ name: 'edge-1', n: 2, replayed: 1 }]);

      expect(await run({ ids: [good] })).toMatchObject({ taken: [], left: [{ id: good }] });
      expect(await run({ filter: {} })).toMatchObject({ taken: [], refused: [{ id: bad }], left: [] });
      expect(asked).toHaveLength(2);
      expect(await run({ ids: [good], force: true })).toMatchObject({ taken: [good] });
    });
    it('[H21] two who press at once send a letter once', async () => {
      const { store, asked, run } = setUp(allTaken);
      await store.add(test.database, [newLetter(), newLetter()]);
      const results = await Promise.all([run({ filter: {} }), run({ filter: {} })]);
      expect(asked.flat()).toHaveLength(2);
      expect(results.flatMap(({ taken }) => taken).sort()).toEqual(
        (await store.list({})).items.map(({ id }) => id).sort(),
      );
    });
    it('[H22] a letter that was cut, or is not of a sensor, is left with the reason', async () => {
      const { store, asked, run } = setUp(allTaken);
      await store.add(test.database, [
        newLetter({ payloadBytes: 40_000 }),
        newLetter({ topic: 'kuzet/v1/uplink/edge-1/alarm', reason: 'gap: items 1 to 2' }),
      ]);
      const { items } = await store.list({});
      expect(items.map(({ replayObstacle }) => replayObstacle)).toEqual(['not-of-a-sensor', 'cut']);
      const result = await run({ ids: items.map(({ id }) => id) });
      expect(result.left.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('16 KiB'),
        expect.stringContaining('from the edge itself'),
      ]);
      expect(await run({ filter: {} })).toEqual({ taken: [], refused: [], left: [], more: 0 });
      expect(asked).toEqual([]);
    });
    it('[H21] an edge that is away, or did not hear, leaves the letter as it was; one that fell silent, in doubt', async () => {
      const away = { ok: false as const, detail: 'The edge does not answer.', unsent: true };
      let answer: typeof away = away;
      const { store, run } = setUp(() => answer);
      await store.add(test.database, [newLetter(), newLetter({ edgeId: 'edge-2' })]);
      expect((await run({ filter: {} })).left.map(({ reason }) => reason).sort()).toEqual([
        'The edge does not answer.',
        'The edge edge-2 is away, or has told no address (http.publicUrl).',
      ]);
      expect((await store.list({})).items.map(({ replayedAt }) => replayedAt)).toEqual([null, null]);
      answer = { ...away, unsent: false };
      expect((await run({ filter: { edgeId: 'edge-1' } })).left[0]?.reason).toContain('may have been taken');
      expect(await store.list({ edgeId: 'edge-1' })).toMatchObject({ items: [{ replayedAt: at(60), replay: null }] });
      expect(await run({ filter: { edgeId: 'edge-1' } })).toEqual({ taken: [], refused: [], left: [], more: 0 });
    });
    it('[H20] many go in portions, oldest first', async () => {
      const { store, asked, run } = setUp(allTaken);
      const letters = Array.from({ length: 510 }, (_, n) => newLetter({ topic: `t/${n}` }));
      await store.add(test.database, letters);
      expect(await run({ filter: {} })).toMatchObject({ taken: { length: 500 }, more: 10 });
      expect(asked.map((some) => some.length)).toEqual([100, 100, 100, 100, 100]);
      expect(asked[0]?.[0]?.topic).toBe('t/0');
      await store.add(
        test.database,
        Array.from({ length: 60 }, () => newLetter({ payload: Buffer.alloc(16_384) })),
      );
      asked.length = 0;
      await run({ filter: {} });
      expect(asked.length).toBeGreaterThan(1);
    });
  });

  describe('what a replay may do', () => {
    let pipeline: Pipeline;
    let seq: number;
    let raised: string[];
    const clock = createTestClock(startMs);
    const name = { kk: 'Атриум', ru: 'Атриум', en: 'Atrium' };
    const position = { lon: 71.4, lat: 51.1 };
    const send = async (...items: UplinkItem[]) => {
      pipeline.submit({ v: 1, edge: 'edge-1', epoch: 'e1', lane: 'telemetry', firstSeq: seq, items });
      seq += items.length;
      await pipeline.idle();
    };
    const reading = (afterS: number, values: ReadingItem['values'], replayed = false): ReadingItem => ({
      t: 'reading',
      device: 'smoke-1',
      observedAt: at(afterS),
      receivedAt: at(afterS),
      values,
      ...(replayed && { replayed: true as const }),
    });
    const rows = () =>
      test.database.query('select metric, value from kuzet.readings order by observed_at, metric, value');
    const device = () => createDeviceStore(test.database).get('smoke-1');

    beforeEach(async () => {
      seq = 1;
      raised = [];
      pipeline = createPipeline({
        database: test.database,
        inventory: createInventoryStore(test.database),
        deadLetters: createDeadLetterStore(test.database),
        book: {
          async applyAlarms(_tx, events) {
            raised.push(...events.map(({ kind, alarm }) => `${kind} ${alarm.condition}`));
            return { incidentIds: [], dispatchQueued: false };
          },
        },
        clock,
        log: silentLog,
        sendAck: async () => undefined,
        onCommitted: () => undefined,
      });
      const devices = [
        {
          id: 'smoke-1',
          siteId: 'mall',
          zoneId: null,
          kind: 'smoke-detector' as const,
          name,
          position,
          metrics: [],
          expectedIntervalS: 30,
        },
      ];
      const sites = [{ id: 'mall', name, kind: 'mall' as const, address: name, district: name, position }];
      await send({ t: 'inventory', at: at(0), inventory: { sites, zones: [], devices, cameras: [] } });
    });

    it('[A13] a replayed alarm raises and clears nothing, and is stored under its own time', async () => {
      await send(reading(-3_600, { smoke: true, temperature: 90 }, true));
      expect([raised, await rows()]).toEqual([
        [],
        [
          { metric: 'smoke', value: 1 },
          { metric: 'temperature', value: 90 },
        ],
      ]);
      await send(reading(0, { smoke: true }));
      expect(raised).toEqual(['raised smoke']);
      await send(reading(-1_800, { smoke: false }, true));
      expect(raised).toEqual(['raised smoke']);
      expect(await device()).toMatchObject({ latest: { smoke: { value: true, observedAt: at(0) } } });
    });
    it('[A13] it tells nothing of presence, test mode or fault as they are now', async () => {
      await send(reading(-3_600, { test: true, fault: true, temperature: 20 }, true));
      expect(await device()).toMatchObject({ state: 'unknown', lastSeenAt: null });
      await send(reading(0, { temperature: 21 }));
      await send(reading(0, { test: true, temperature: 22 }, true));
      expect(await device()).toMatchObject({ state: 'online', lastSeenAt: at(0) });
      await send(reading(1, { smoke: true }));
      expect(raised).toEqual(['raised smoke']);
    });
    it('[P26] what is stored already is not stored again, and two equal real readings both are', async () => {
      await send(reading(-60, { smoke: true }), reading(-60, { smoke: true }));
      await send(reading(-60, { smoke: true, temperature: 20 }, true));
      await send(reading(-60, { smoke: true, temperature: 20 }, true));
      expect(await rows()).toEqual([
        { metric: 'smoke', value: 1 },
        { metric: 'smoke', value: 1 },
        { metric: 'temperature', value: 20 },
      ]);
      await send(reading(-60, { mode: 'eco' }, true), reading(-60, { mode: 'eco' }));
      await send(reading(-60, { mode: 'eco' }, true));
      expect(await rows()).toHaveLength(5);
    });
    it('[P27] readings with an impossible time, and late ones, are counted by device', async () => {
      const odd = (observedS: number, receivedS: number): ReadingItem => ({
        ...reading(observedS, { temperature: 20 }),
        receivedAt: at(receivedS),
      });
      await send(odd(3_600, 0), odd(-90_000, 0), odd(-3_600, 0), odd(-59, 0), odd(59, 0));
      await send(odd(-61, 0), odd(3_600, 0));
      const [row] = await test.database.query('select clock_faults, late_readings from kuzet.devices');
      expect([Number(row?.clock_faults), Number(row?.late_readings)]).toEqual([3, 2]);
      expect(await createDeviceStore(test.database).detail('smoke-1')).toMatchObject({
        expectedIntervalS: 30,
        silentAfterS: 70,
        clockFaults: 3,
        lateReadings: 2,
      });
      expect(await rows()).toHaveLength(7);
    });
  });
});

describe('dead letters through hub and edge', () => {
  let hub: TestHub;
  let stopEdge: () => Promise<void>;
  const topic = 'kuzet/v1/mall/smoke-1/reading';
  const receivedAt = new Date(Date.now() - 3_600_000).toISOString();

  beforeAll(async () => {
    hub = await startTestHub();
    const app = fastify();
    let edge: Awaited<ReturnType<typeof connectTestEdge>>;
    const intake = createIntake({
      site: { devices: [testDevice({ id: 'smoke-1' })] },
      profiles,
      sink: { appendText: (_lane, text, done) => void edge.send(JSON.parse(text)).then(() => done(null), done) },
      clock: createTestClock(Date.now()),
      log: silentLog,
      maxPayloadBytes: 1_000,
    });
    await app.register(replayRoutes, { intake, refuse: (reply) => reply.code(400).send({}) });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    edge = await connectTestEdge(hub.mqttPort as number, url);
    await edge.announce();
    const letter = (reason: string, payload: string, over: Partial<DeadLetterItem> = {}): DeadLetterItem => ({
      t: 'dead-letter',
      at: receivedAt,
      topic,
      reason,
      payloadBase64: Buffer.from(payload).toString('base64'),
      payloadBytes: payload.length,
      ...over,
    });
    await edge.send(
      letter('smoke is a text; yes or no is expected', '{"values":{"smoke":true}}'),
      letter('not JSON', 'smoke!'),
      letter('the payload has 40000 bytes; at most 1000 are read', 'xxx', { payloadBytes: 40_000 }),
    );
    stopEdge = async () => {
      await edge.close();
      await app.close();
    };
  });
  afterAll(async () => {
    await stopEdge?.();
    await hub?.stop();
  });

  it('[H19] [H20] [A13] are counted, sent again after mending, and raise no incident', async () => {
    const token = await hub.signIn('engineer');
    const get = async (path: string) => (await hub.call('GET', `/api/v1${path}`, { token })).body;
    await vi.waitFor(async () => expect((await get('/dead-letters/counts')).total).toBe(3));
    expect((await get('/dead-letters/counts')).byReason.map(({ name }: { name: string }) => name).sort()).toEqual([
      'not-json',
      'not-understood',
      'too-large',
    ]);
    const replayed = await hub.call('POST', '/api/v1/dead-letters/replay', {
      token,
      body: { filter: { topic: 'kuzet/v1/mall' } },
    });
    expect(replayed).toMatchObject({ status: 200, body: { taken: [{}], refused: [{ reason: 'not JSON' }], more: 0 } });
    await vi.waitFor(async () => {
      const { items } = await get(`/readings?deviceId=smoke-1&metric=smoke&from=${receivedAt}`);
      expect(items).toMatchObject([{ observedAt: receivedAt, value: true, quality: 'good' }]);
    });
    expect((await get('/incidents')).items).toEqual([]);
    expect((await get('/alarms?incident=true')).items).toEqual([]);
    expect(await get('/dead-letters?reason=not-understood')).toMatchObject({
      items: [{ replay: 'taken', replayObstacle: null }],
    });
    expect(await get('/devices/smoke-1')).toMatchObject({ expectedIntervalS: 60, clockFaults: 0, lateReadings: 0 });
    const wrong = await hub.call('POST', '/api/v1/dead-letters/replay', { token, body: { ids: ['x'] } });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});

// The edge proxy must tell "never sent" from "no answer": one lets a letter be sent again, the other does not.
describe('[H21] what reached an edge', () => {
  it('a refused connection did not, a hang did', async () => {
    const { createEdgeProxy } = await import('../media/edge-proxy.ts');
    const proxy = createEdgeProxy({ token: null, connectTimeoutMs: 1_000, answerTimeoutMs: 50, log: silentLog });
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await proxy.ask(url, '/replay', { method: 'POST', json: {} })).toMatchObject({ ok: false, unsent: false });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await proxy.ask(url, '/replay', { method: 'POST', json: {} })).toMatchObject({ ok: false, unsent: true });
    await proxy.close();
  });
});
