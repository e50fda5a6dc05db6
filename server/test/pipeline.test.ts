import { randomBytes } from 'node:crypto';
import type { UplinkAck, UplinkBatch, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock, type TestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPipeline, type Pipeline } from '../ingest/pipeline.ts';
import type { AlarmEvent, Effects, IncidentBook } from '../ingest/ports.ts';
import { createSilenceWatch } from '../ingest/silence-watch.ts';
import { createCameraStore } from '../store/camera-store.ts';
import type { Database } from '../store/database.ts';
import { createDeadLetterStore } from '../store/dead-letter-store.ts';
import { createDeviceStore } from '../store/device-store.ts';
import { createEdgeStore } from '../store/edge-store.ts';
import { createGapStore } from '../store/gap-store.ts';
import { createInventoryStore } from '../store/inventory-store.ts';
import { migrate } from '../store/migrate.ts';
import { createReadingStore } from '../store/reading-store.ts';
import { openTestPglite, openTestPostgres, serverUrl, type TestDatabase } from './open-test-database.ts';

const kinds: [string, () => Promise<TestDatabase>][] = [['PGlite', openTestPglite]];
if (serverUrl) kinds.push(['PostgreSQL', () => openTestPostgres(serverUrl as string)]);

const startMs = Date.UTC(2026, 10, 22, 12);
const at = (afterS: number) => new Date(startMs + afterS * 1000).toISOString();
const name = { kk: 'Атриум', ru: 'Атриум', en: 'Atrium' };
const position = { lon: 71.4, lat: 51.1 };

const inventory = (without: string[] = []): UplinkItem => ({
  t: 'inventory',
  at: at(0),
  inventory: {
    sites: [{ id: 'mall', name, kind: 'mall', address: name, district: name, position }],
    zones: [{ id: 'atrium', siteId: 'mall', name, position }],
    devices: (['smoke-1 smoke-detector', 'heat-1 heat-detector', 'air-1 air-quality'] as const)
      .map((line) => line.split(' ') as [string, 'smoke-detector'])
      .filter(([id]) => !without.includes(id))
      .map(([id, kind]) => ({
        id,
        siteId: 'mall',
        zoneId: 'atrium',
        kind,
        name,
        position,
        metrics: [{ name: 'temperature', unit: 'Cel' }],
        expectedIntervalS: 30,
      })),
    cameras: ['cam-1', 'cam-off']
      .filter((id) => !without.includes(id))
      .map((id) => ({
        id,
        siteId: 'mall',
        zoneId: null,
        name,
        position,
        bearingDeg: 90,
        fovDeg: 70,
        ptz: false,
        enabled: id !== 'cam-off',
      })),
  },
});
const reading = (device: string, afterS: number, values: Record<string, number | boolean | string>): UplinkItem => ({
  t: 'reading',
  device,
  observedAt: at(afterS),
  receivedAt: at(afterS),
  values,
});

describe.each(kinds)('pipeline over %s', (kind, open) => {
  let test: TestDatabase;
  let database: Database;
  let edge: string;
  let clock: TestClock;
  let pipeline: Pipeline;
  let acks: UplinkAck[];
  let effects: Effects[];
  let events: AlarmEvent[];
  let bookFails: (() => void) | null;

  beforeAll(async () => {
    test = await open();
    database = test.database;
    await migrate(database, silentLog);
  });
  afterAll(() => test.remove());

  // Each test is an edge of its own, over empty tables.
  beforeEach(async () => {
    await database.script(`truncate kuzet.edges, kuzet.edge_cursors, kuzet.sites, kuzet.zones, kuzet.devices,
      kuzet.latest_values, kuzet.cameras, kuzet.readings, kuzet.alarms, kuzet.dead_letters`);
    edge = `edge-${randomBytes(4).toString('hex')}`;
    clock = createTestClock(startMs);
    acks = [];
    effects = [];
    events = [];
    bookFails = null;
    start(database);
  });

  function start(on: Pick<Database, 'query' | 'rows' | 'transaction'>): void {
    const book: IncidentBook = {
      async applyAlarms(tx, given) {
        for (const { kind, alarm } of given) {
          if (kind === 'raised')
            await tx.query('update kuzet.alarms set incident_id = $2 where id = $1', [alarm.id, 'INC-1']);
        }
        bookFails?.();
        events.push(...given);
        return { incidentIds: ['INC-1'], dispatchQueued: given.some(({ kind }) => kind === 'raised') };
      },
    };
    pipeline = createPipeline({
      database: on,
      inventory: createInventoryStore(database),
      deadLetters: createDeadLetterStore(database),
      book,
      clock,
      log: silentLog,
      sendAck: async (ack) => void acks.push(ack),
      onCommitted: (given) => void effects.push(given),
    });
  }

  const batch = (firstSeq: number, items: UplinkItem[], over: Partial<UplinkBatch> = {}): UplinkBatch => ({
    v: 1,
    edge,
    epoch: 'e1',
    lane: 'alarm',
    firstSeq,
    items,
    ...over,
  });
  async function send(...batches: UplinkBatch[]): Promise<void> {
    for (const each of batches) pipeline.submit(each);
    await pipeline.idle();
  }
  const seqs = () => acks.map(({ seq }) => seq);
  const rows = async () =>
    (await database.query('select value from kuzet.readings order by value')).map((row) => row.value);
  const alarmRows = () =>
    database.query('select condition, active, value, peak_value, cleared_at from kuzet.alarms order by raised_at, id');
  const told = () => events.map(({ kind, alarm }) => `${kind} ${alarm.condition}`);

  describe('cursor', () => {
    it('[U3] a replayed batch changes nothing and is acknowledged again', async () => {
      const smoke = batch(1, [inventory(), reading('smoke-1', 1, { smoke: true, temperature: 30 })]);
      await send(smoke);
      const before = await database.query('select * from kuzet.readings order by metric');
      await send(smoke);
      expect(seqs()).toEqual([1 + 1, 2]);
      expect(await database.query('select * from kuzet.readings order by metric')).toEqual(before);
      expect(told()).toEqual(['raised smoke']);
      expect(pipeline.figures()).toMatchObject({ replays: 1, batches: 1 });
    });

    it('[U3] of a batch that overlaps the cursor only the rest is applied', async () => {
      const one = (value: number) => reading('air-1', value, { co2: value });
      await send(batch(1, [inventory(), one(1), one(2)]), batch(2, [one(1), one(2), one(3), one(4)]));
      expect(await rows()).toEqual([1, 2, 3, 4]);
      expect(seqs().at(-1)).toBe(5);
    });

    it('[U4] a gap stores nothing and asks from the cursor again', async () => {
      await send(batch(1, [inventory()]));
      await send(batch(3, [reading('air-1', 2, { co2: 2 })]), batch(4, [reading('air-1', 3, { co2: 3 })]));
      expect(await rows()).toEqual([]);
      expect(seqs()).toEqual([1, 1]);
      await send(
        batch(
          2,
          [1, 2, 3].map((n) => reading('air-1', n, { co2: n })),
        ),
      );
      expect(await rows()).toEqual([1, 2, 3]);
      expect(seqs().at(-1)).toBe(4);
    });

    it('[U4] the first batch heard of an epoch is a gap unless it begins at 1', async () => {
      await send(batch(7, [inventory()]));
      expect(acks).toEqual([{ v: 1, edge, lane: 'alarm', epoch: 'e1', seq: 0 }]);
    });

    it('[U5] [U10] a gap that the edge can no longer fill is passed over and on record', async () => {
      await send(batch(1, [inventory()]));
      await send(batch(11, [reading('air-1', 1, { co2: 5 })], { oldestSeq: 11 }));
      expect(await rows()).toEqual([5]);
      expect(seqs()).toEqual([1, 11]);
      const gone = { fromAt: at(1), toAt: at(2), why: 'full' } as const;
      const lost = batch(21, [reading('air-1', 2, { co2: 6 })], { oldestSeq: 21, gone });
      await send(lost, lost);
      expect(pipeline.figures()).toMatchObject({ lostItems: 18 });
      const { items } = await createGapStore(database).list({ edgeId: edge });
      const common = { id: expect.any(String), edgeId: edge, lane: 'alarm', epoch: 'e1', notedAt: expect.any(String) };
      expect(items).toEqual([
        { ...common, fromSeq: 12, toSeq: 20, count: 9, fromAt: at(1), toAt: at(2), reason: 'full' },
        { ...common, fromSeq: 2, toSeq: 10, count: 9, fromAt: null, toAt: null, reason: 'unknown' },
      ]);
      expect((await createGapStore(database).list({ edgeId: 'another' })).items).toEqual([]);
    });

    it('[U6] a new epoch starts over, and what comes late of the old one changes nothing', async () => {
      const old = batch(1, [inventory(), reading('air-1', 1, { co2: 1 })]);
      await send(old);
      await send(batch(1, [reading('air-1', 2, { co2: 2 })], { epoch: 'e2' }));
      await send(old, batch(3, [reading('air-1', 1, { co2: 9 })]));
      expect(await rows()).toEqual([1, 2]);
      expect(acks.map(({ epoch, seq }) => `${epoch}:${seq}`)).toEqual(['e1:2', 'e2:1']);
      await send(batch(2, [reading('air-1', 3, { co2: 3 })], { epoch: 'e2' }));
      expect(await rows()).toEqual([1, 2, 3]);
    });

    it.runIf(kind === 'PostgreSQL')('[U12] two hubs that hear the same apply each batch once, in order', async () => {
      await send(batch(1, [inventory()]));
      const first = pipeline;
      start(database);
      const hubs = [first, pipeline];
      const batches = Array.from({ length: 40 }, (_, n) =>
        batch(
          2 + n * 5,
          Array.from({ length: 5 }, (_, i) => reading('smoke-1', n * 5 + i, { smoke: n % 2 === 1, co2: n * 5 + i })),
        ),
      );
      // One hears some later than the other, and some twice.
      await Promise.all(
        hubs.map(async (hub, which) => {
          for (const [n, each] of batches.entries()) {
            hub.submit(each);
            if (n % 3 === which) hub.submit(batches[Math.max(n - 1, 0)]!);
            if (n % 4 === which) await hub.idle();
          }
          await hub.idle();
        }),
      );
      const told = acks.at(-1)?.seq ?? 0;
      // What was a gap for both is sent again by the edge.
      await send(...batches.filter(({ firstSeq }) => firstSeq > told));
      expect(await database.query(`select value from kuzet.readings where metric = 'co2' order by value`)).toEqual(
        Array.from({ length: 200 }, (_, value) => ({ value })),
      );
      expect(acks.at(-1)?.seq).toBe(201);
      expect(events.map(({ kind }) => kind).filter((word) => word === 'raised')).toHaveLength(20);
      expect((await alarmRows()).filter(({ active }) => active)).toHaveLength(1);
    });

    it('[U2] lanes count apart, and what waits in the alarm lane goes first', async () => {
      await send(batch(1, [inventory()]));
      const order: string[] = [];
      start({
        ...database,
        transaction: (work) =>
          database.transaction(async (tx) =>
            work({
              ...tx,
              query: (sql, params) => {
                if (sql.includes('edge_cursors') && sql.includes('for update')) order.push(String(params?.[1]));
                return tx.query(sql, params);
              },
            }),
          ),
      });
      // The first is taken at once; of the two that wait meanwhile the alarm goes first.
      await send(
        batch(1, [reading('air-1', 1, { co2: 1 })], { lane: 'telemetry' }),
        batch(2, [reading('air-1', 2, { co2: 2 })], { lane: 'telemetry' }),
        batch(2, [reading('smoke-1', 2, { smoke: true })]),
      );
      expect(order).toEqual(['telemetry', 'alarm', 'telemetry']);
      expect(acks.map(({ lane, seq }) => `${lane}:${seq}`)).toEqual([
        'alarm:1',
        'telemetry:1',
        'alarm:2',
        'telemetry:2',
      ]);
    });

    it('[P4] batches that wait are applied in one transaction', async () => {
      await send(batch(1, [inventory()]));
      await send(
        ...Array.from({ length: 10 }, (_, index) => batch(2 + index, [reading('air-1', index, { co2: index })])),
      );
      expect(await rows()).toHaveLength(10);
      expect(seqs()).toEqual([1, 2, 11]);
    });
  });

  describe('one transaction', () => {
    it('[P5] when anything in it fails nothing is stored or acknowledged, and it is tried until it works', async () => {
      await send(batch(1, [inventory()]));
      effects.length = 0;
      bookFails = () => {
        throw new Error('the book is closed');
      };
      pipeline.submit(batch(2, [reading('smoke-1', 1, { smoke: true })]));
      await vi.waitFor(() => expect(pipeline.state().ok).toBe(false));
      expect(pipeline.state().detail).toContain('the book is closed');
      expect(await rows()).toEqual([]);
      expect(await alarmRows()).toEqual([]);
      expect(await database.query('select metric from kuzet.latest_values')).toEqual([]);
      expect(seqs()).toEqual([1]);
      expect(effects).toEqual([]);

      bookFails = null;
      clock.advance(100);
      await pipeline.idle();
      expect(await rows()).toEqual([1]);
      expect(seqs()).toEqual([1, 2]);
      expect(told()).toEqual(['raised smoke']);
      expect(pipeline.state()).toEqual({ ok: true });
    });

    it('[P29] a backlog of thousands is stored as it came: words, wrong clocks, strangers and all', async () => {
      await send(batch(1, [inventory()]));
      const items = Array.from({ length: 4_000 }, (_, i) =>
        i % 1_000 === 999
          ? reading('ghost', i, { co2: i })
          : {
              ...reading(i % 2 ? 'air-1' : 'heat-1', i, { co2: i, mode: 'қосулы' }),
              ...(i % 7 ? {} : { observedAt: at(1e7) }),
            },
      );
      await send(...[0, 1, 2, 3].map((n) => batch(2 + n * 1_000, items.slice(n * 1_000, (n + 1) * 1_000))));
      expect(seqs()).toEqual([1, 1_001, 4_001]);
      const stored = await database.query(
        `select device_id, metric, count(*)::int as n, sum(value)::int as sum, min(text_value) as word,
           count(*) filter (where quality = 'clock')::int as clock
         from kuzet.readings group by 1, 2 order by 1, 2`,
      );
      const sums = (device: string) => {
        const own = items.filter((item) => item.t === 'reading' && item.device === device);
        const sum = own.reduce((total, item) => total + Number(item.t === 'reading' && item.values.co2), 0);
        const clock = own.filter((item) => item.t === 'reading' && item.observedAt === at(1e7)).length;
        const common = { device_id: device, n: own.length, clock };
        return [
          { ...common, metric: 'co2', sum, word: null },
          { ...common, metric: 'mode', sum: null, word: 'қосулы' },
        ];
      };
      expect(stored).toEqual([...sums('air-1'), ...sums('heat-1')]);
      expect((await createDeadLetterStore(database).list({})).items).toHaveLength(4);
    });

    it('[P30] messages are read in their order, and not while a transaction is prepared', async () => {
      await send(batch(1, [inventory()]));
      const read: string[] = [];
      start({
        ...database,
        transaction: (work) =>
          database.transaction((tx) =>
            work({
              ...tx,
              async query(sql, params) {
                if (sql.includes('edge_cursors') && sql.includes('for update')) {
                  for (const n of [1, 2]) pipeline.whenSpare(() => void read.push(`while preparing ${n}`));
                  expect(read).toEqual([]);
                }
                // Sent with the writes: from here on there is time, but those that waited come first.
                if (sql.includes('insert into kuzet.edge_cursors'))
                  pipeline.whenSpare(() => void read.push('while writing'));
                return tx.query(sql, params);
              },
            }),
          ),
      });
      await send(batch(2, [reading('air-1', 1, { co2: 1 })]));
      pipeline.whenSpare(() => void read.push('afterwards'));
      expect(read).toEqual(['while preparing 1', 'while preparing 2', 'while writing', 'afterwards']);
    });

    it('[P31] after an alarm telemetry leaves room for the next, which waits for nothing', async () => {
      await send(batch(1, [inventory()]));
      start({
        ...database,
        async transaction(work) {
          const result = await database.transaction(work);
          clock.advance(20);
          return result;
        },
      });
      const telemetry = (seq: number) =>
        pipeline.submit(batch(seq, [reading('air-1', seq, { co2: seq })], { lane: 'telemetry' }));
      const isAcked = (...wanted: string[]) =>
        vi.waitFor(() => expect(acks.map(({ lane, seq }) => `${lane}:${seq}`)).toEqual(['alarm:1', ...wanted]));
      const turns = async () => {
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      };
      await send(batch(2, [reading('smoke-1', 1, { smoke: false })]));
      telemetry(1);
      await isAcked('alarm:2', 'telemetry:1');
      telemetry(2);
      await turns();
      await isAcked('alarm:2', 'telemetry:1');
      clock.advance(20);
      await isAcked('alarm:2', 'telemetry:1', 'telemetry:2');
      telemetry(3);
      pipeline.submit(batch(3, [reading('smoke-1', 2, { smoke: true })]));
      await isAcked('alarm:2', 'telemetry:1', 'telemetry:2', 'alarm:3', 'telemetry:3');
      // A second without one: the next does not wait.
      clock.advance(1_001);
      telemetry(4);
      await pipeline.idle();
      telemetry(5);
      await pipeline.idle();
      expect(seqs().at(-1)).toBe(5);
    });

    it('[P5] the acknowledgement and the word to the screens come after the commit', async () => {
      let committed = false;
      start({
        ...database,
        async transaction(work) {
          const result = await database.transaction(work);
          expect(acks).toEqual([]);
          expect(effects).toEqual([]);
          committed = true;
          return result;
        },
      });
      await send(batch(1, [inventory()]));
      expect(committed).toBe(true);
      expect(seqs()).toEqual([1]);
      expect(effects).toMatchObject([{ inventory: true }]);
    });

    it.runIf(kind === 'PostgreSQL')('[P5] a broken connection is replaced and the batch applied once', async () => {
      await send(batch(1, [inventory()]));
      const breaking = database.transaction(async (tx) => {
        await tx.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()');
      });
      await expect(breaking).rejects.toThrow();
      pipeline.submit(batch(2, [reading('air-1', 1, { co2: 1 })]));
      await vi.waitFor(() => {
        clock.advance(100);
        expect(seqs()).toEqual([1, 2]);
      });
      expect(await rows()).toEqual([1]);
    });

    it('[P6] an item that the database refuses becomes a dead letter and holds up nothing', async () => {
      const twice = inventory();
      if (twice.t === 'inventory') twice.inventory.devices.push(...twice.inventory.devices);
      const readings = Array.from({ length: 9 }, (_, index) => reading('air-1', index, { co2: index }));
      await send(batch(1, [inventory(), ...readings, twice, reading('air-1', 20, { co2: 20 })]));
      expect(await rows()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 20]);
      expect(seqs().at(-1)).toBe(12);
      const { items } = await createDeadLetterStore(database).list({});
      expect(items.map(({ reason }) => reason)).toEqual([expect.stringMatching(/second time/)]);
      expect(pipeline.state()).toEqual({ ok: true });
    });

    it('[P7] what an unknown device or camera sends is kept as a dead letter, the rest is stored', async () => {
      await send(
        batch(1, [
          inventory(),
          reading('ghost', 1, { smoke: true }),
          { t: 'camera-status', camera: 'ghost', state: 'live', at: at(1), lastFrameAt: null, lastError: null },
          reading('air-1', 1, { co2: 400 }),
        ]),
      );
      expect(await rows()).toEqual([400]);
      expect(told()).toEqual([]);
      const { items } = await createDeadLetterStore(database).list({});
      expect(items.map(({ reason }) => reason).sort()).toEqual([
        'unknown camera ghost: not in the inventory of any edge',
        'unknown device ghost: not in the inventory of any edge',
      ]);
      const payload = items
        .map(({ payloadBase64 }) => Buffer.from(payloadBase64, 'base64').toString())
        .find((text) => text.includes('smoke'));
      expect(JSON.parse(payload ?? '')).toMatchObject({ device: 'ghost', values: { smoke: true } });
    });

    it('[P7] dead letters of the edge keep their topic, reason and bytes', async () => {
      await send(
        batch(1, [
          {
            t: 'dead-letter',
            at: at(3),
            topic: 'zigbee2mqtt/x',
            reason: 'not JSON',
            payloadBase64: '//4=',
            payloadBytes: 99,
          },
        ]),
      );
      const { items } = await createDeadLetterStore(database).list({});
      expect(items).toEqual([
        expect.objectContaining({
          edgeId: edge,
          at: at(3),
          topic: 'zigbee2mqtt/x',
          reason: 'not JSON',
          payloadBase64: '//4=',
          payloadBytes: 99,
        }),
      ]);
    });
  });

  describe('devices', () => {
    const device = async (id: string) => createDeviceStore(database).get(id);

    it('[P8] a device never heard is unknown, not online', async () => {
      await send(batch(1, [inventory()]));
      expect(await device('air-1')).toMatchObject({ state: 'unknown', lastSeenAt: null, latest: {} });
    });
    it('[P8] follows hello, readings, test, fault and goodbye', async () => {
      const states: (string | undefined)[] = [];
      let seq = 1;
      for (const items of [
        [inventory(), reading('air-1', 0, { co2: 1 })],
        [reading('air-1', 0, { test: true })],
        [reading('air-1', 0, { test: false, fault: true })],
        [reading('air-1', 0, { fault: false })],
        [{ t: 'device-status', device: 'air-1', online: false, at: at(0) } as UplinkItem],
        [{ t: 'device-status', device: 'air-1', online: true, at: at(0) } as UplinkItem],
      ]) {
        await send(batch(seq, items));
        seq += items.length;
        states.push((await device('air-1'))?.state);
      }
      expect(states).toEqual(['online', 'test', 'fault', 'online', 'offline', 'online']);
    });
    it('[P8] readings from a backlog do not make a device look alive', async () => {
      clock.advance(3600_000);
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 })]));
      expect(await device('air-1')).toMatchObject({ state: 'silent', lastSeenAt: at(0) });
    });
    it('[P8] nobody is online at an edge that is gone', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 })]));
      const status = { edge, at: at(0), version: '1', httpUrl: 'http://127.0.0.1:8081' };
      await send(
        batch(3, [
          { t: 'camera-status', camera: 'cam-1', state: 'live', at: at(1), lastFrameAt: at(1), lastError: null },
        ]),
      );
      const edges = createEdgeStore(database);
      const cameras = createCameraStore(database);
      await edges.setStatus({ ...status, online: true }, new Date(clock.now()));
      expect(await cameras.get('cam-1')).toMatchObject({ state: 'live', lastFrameAt: at(1), lastError: null });
      expect(await cameras.edgeHttpUrl('cam-1')).toBe('http://127.0.0.1:8081');
      await edges.setStatus({ ...status, online: false }, new Date(clock.now()));
      expect(await cameras.get('cam-1')).toMatchObject({ state: 'lost', lastError: `edge agent ${edge} is offline` });
      expect(await device('air-1')).toMatchObject({ state: 'silent' });
      expect(await edges.all()).toEqual([{ id: edge, online: false, lastSeenAt: at(0), version: '1' }]);
    });
    it('[P20] a device that speaks often is written once a second; a goodbye from before its last word stays history', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 400 })]));
      await send(batch(3, [reading('air-1', 0.9, { co2: 500 })]));
      expect(await device('air-1')).toMatchObject({
        lastSeenAt: at(0),
        latest: { co2: { value: 500, observedAt: at(0.9) } },
      });
      await send(batch(4, [{ t: 'device-status', device: 'air-1', online: false, at: at(0.5) }]));
      expect(await device('air-1')).toMatchObject({ state: 'online' });
      await send(batch(5, [reading('air-1', 1, { co2: 600 })]));
      expect(await device('air-1')).toMatchObject({ state: 'online', lastSeenAt: at(1) });
      await send(batch(6, [{ t: 'device-status', device: 'air-1', online: false, at: at(1) }]));
      expect(await device('air-1')).toMatchObject({ state: 'offline' });
    });
    it('[P20] a device that somebody changes between its reading and its writing is read again, and nothing is lost', async () => {
      await send(batch(1, [inventory()]));
      let looks = 0;
      start({
        ...database,
        transaction: (work) =>
          database.transaction((tx) =>
            work({
              ...tx,
              async query(sql, params) {
                const rows = await tx.query(sql, params);
                if (/from kuzet\.devices where id = any/.test(sql) && ++looks === 1)
                  await tx.query(`update kuzet.devices set state = 'fault' where id = 'air-1'`);
                // biome-ignore lint/suspicious/noExplicitAny: what the caller asked for
                return rows as any;
              },
            }),
          ),
      });
      await send(batch(2, [reading('air-1', 0, { co2: 400 })]));
      expect(looks).toBe(2);
      expect(acks.at(-1)).toMatchObject({ seq: 2 });
      expect(await device('air-1')).toMatchObject({ state: 'online' });
      expect(await database.query('select value from kuzet.readings')).toEqual([{ value: 400 }]);
    });
    it('[P11] who falls quiet turns silent, is told of once, and is online again with the next word', async () => {
      const watch = createSilenceWatch({
        database,
        clock,
        log: silentLog,
        onCommitted: (given) => void effects.push(given),
      });
      try {
        await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 }), reading('heat-1', 0, { temperature: 20 })]));
        effects.length = 0;
        clock.advance(70_000);
        // The first is one of those that the clock began on its way; the second looks at its end.
        await watch.look();
        await watch.look();
        expect(await device('air-1')).toMatchObject({ state: 'online' });
        expect(effects).toEqual([]);

        clock.advance(4_999);
        expect(effects).toEqual([]);
        clock.advance(1);
        await vi.waitFor(() => expect(effects).toHaveLength(1));
        expect([...(effects[0]?.devices ?? [])].sort()).toEqual(['air-1', 'heat-1']);
        expect(await device('air-1')).toMatchObject({ state: 'silent', lastSeenAt: at(0) });
        clock.advance(60_000);
        await watch.look();
        await watch.look();
        expect(effects).toHaveLength(1);

        await send(batch(4, [reading('air-1', 135, { co2: 2 })]));
        expect(await device('air-1')).toMatchObject({ state: 'online', lastSeenAt: at(135) });
        expect(await device('heat-1')).toMatchObject({ state: 'silent' });
        expect(events).toEqual([]);
      } finally {
        await watch.stop();
      }
    });
    it('[P11] silence leaves every other state as it is', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 })]));
      for (const state of ['unknown', 'offline', 'fault', 'test', 'disabled']) {
        await database.query('update kuzet.devices set state = $1', [state]);
        clock.advance(3_600_000);
        const watch = createSilenceWatch({ database, clock, log: silentLog, onCommitted: () => undefined });
        await watch.look();
        await watch.stop();
        expect(await database.query('select distinct state from kuzet.devices')).toEqual([{ state }]);
      }
    });
    it('[P11] a hub that was down finds out at its first look', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 })]));
      await pipeline.stop();
      await test.reopen();
      database = test.database;
      start(database);
      const later = createTestClock(startMs + 70_001);
      const told: Effects[] = [];
      const watch = createSilenceWatch({
        database,
        clock: later,
        log: silentLog,
        onCommitted: (given) => void told.push(given),
      });
      later.advance(5_000);
      await vi.waitFor(() => expect(told).toEqual([{ devices: ['air-1'] }]));
      await watch.stop();
      expect(await device('air-1')).toMatchObject({ state: 'silent', lastSeenAt: at(0) });
    });
    it('[P11] a database that is away is told of once, and the watch goes on', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 1 })]));
      clock.advance(120_000);
      let away = true;
      const said: unknown[] = [];
      const watch = createSilenceWatch({
        database: { query: (sql, params) => (away ? Promise.reject(new Error('away')) : database.query(sql, params)) },
        clock,
        log: { ...silentLog, error: (...words: unknown[]) => void said.push(words) } as typeof silentLog,
        onCommitted: () => undefined,
      });
      await watch.look();
      await watch.look();
      expect(said).toHaveLength(1);
      away = false;
      await watch.look();
      await watch.stop();
      expect(await device('air-1')).toMatchObject({ state: 'silent' });
    });
    it('[P9] the latest value never goes back in time, and a clock in the future does not hold it there', async () => {
      await send(
        batch(1, [
          inventory(),
          { t: 'reading', device: 'air-1', observedAt: at(86_400), receivedAt: at(1), values: { co2: 1 } },
          reading('air-1', 10, { co2: 2 }),
          reading('air-1', 5, { co2: 3 }),
        ]),
      );
      await send(batch(5, [reading('air-1', 4, { co2: 4 })]));
      expect((await device('air-1'))?.latest).toEqual({ co2: { value: 2, observedAt: at(10) } });
      expect(await database.query("select value from kuzet.readings where quality = 'clock'")).toEqual([{ value: 1 }]);
    });
    it('[P10] what leaves the inventory leaves the lists and keeps its history', async () => {
      await send(batch(1, [inventory(), reading('air-1', 0, { co2: 7 })]));
      effects.length = 0;
      await send(batch(3, [inventory(['air-1', 'cam-1'])]));
      const devices = createDeviceStore(database);
      expect((await devices.list({})).items.map(({ id }) => id)).toEqual(['heat-1', 'smoke-1']);
      expect((await createCameraStore(database).all()).map(({ id }) => id)).toEqual(['cam-off']);
      expect([...(effects[0]?.devices ?? [])]).toContain('air-1');
      expect(effects[0]?.inventory).toBe(true);
      expect(await rows()).toEqual([7]);
      await send(batch(4, [inventory()]));
      expect((await devices.get('air-1'))?.latest.co2?.value).toBe(7);
      expect((await devices.all()).map(({ id }) => id)).toEqual(['air-1', 'heat-1', 'smoke-1']);
    });
    it('lists in pages', async () => {
      await send(batch(1, [inventory()]));
      const devices = createDeviceStore(database);
      const first = await devices.list({ limit: 2 });
      expect(first.items.map(({ id }) => id)).toEqual(['air-1', 'heat-1']);
      const second = await devices.list({ limit: 2, cursor: first.nextCursor ?? '' });
      expect(second).toMatchObject({ items: [{ id: 'smoke-1' }], nextCursor: null });
    });
    it('a camera out of service stays so whatever its edge says', async () => {
      await send(
        batch(1, [
          inventory(),
          { t: 'camera-status', camera: 'cam-off', state: 'live', at: at(1), lastFrameAt: at(1), lastError: null },
        ]),
      );
      expect(await createCameraStore(database).get('cam-off')).toMatchObject({ state: 'disabled' });
      expect(await createDeadLetterStore(database).count()).toBe(0);
    });
  });

  describe('alarms', () => {
    it('[A4] raises, updates the worst value, clears and raises again, in one batch or in many', async () => {
      const items = [60, 71, 55, 40, 58].map((temperature, index) => reading('heat-1', index, { temperature }));
      await send(batch(1, [inventory(), ...items]));
      const inOne = [await alarmRows(), told()];
      expect(inOne).toEqual([
        [
          { condition: 'heat', active: false, value: 60, peak_value: 71, cleared_at: new Date(at(3)) },
          { condition: 'heat', active: true, value: 58, peak_value: 58, cleared_at: null },
        ],
        ['raised heat', 'cleared heat', 'raised heat'],
      ]);
      await database.script('truncate kuzet.alarms, kuzet.edge_cursors');
      events.length = 0;
      let seq = 1;
      for (const item of [inventory(), ...items]) await send(batch(seq++, [item]));
      expect([await alarmRows(), told()]).toEqual(inOne);
    });
    it('[A4] an event carries place and incident type; screens hear of a worse value too', async () => {
      await send(batch(1, [inventory(), reading('heat-1', 0, { temperature: 60 })]));
      expect(events[0]).toMatchObject({ incidentType: 'fire', site: { id: 'mall' }, zone: { id: 'atrium' }, position });
      expect(effects.at(-1)).toMatchObject({ dispatchQueued: true });
      await send(batch(3, [reading('heat-1', 1, { temperature: 80 })]));
      expect([...(effects.at(-1)?.incidents ?? [])]).toEqual(['INC-1']);
      expect(told()).toEqual(['raised heat']);
    });
    it('[A7] test mode raises nothing; the first word after it does', async () => {
      await send(
        batch(1, [
          inventory(),
          reading('smoke-1', 0, { test: true, smoke: true }),
          reading('smoke-1', 1, { smoke: true }),
        ]),
      );
      expect([await alarmRows(), told()]).toEqual([[], []]);
      await send(batch(4, [reading('smoke-1', 2, { test: false, smoke: true })]));
      expect(told()).toEqual(['raised smoke']);
    });
    it('[A3] a device fault is an alarm without an incident type', async () => {
      await send(batch(1, [inventory(), reading('smoke-1', 0, { batteryLow: true })]));
      expect(events).toMatchObject([{ kind: 'raised', incidentType: null, alarm: { condition: 'device-fault' } }]);
    });
    it('[A10] alarms go by order of arrival, not by the clock of the device', async () => {
      const late = { t: 'reading', device: 'smoke-1', observedAt: '1970-01-01T00:00:10Z', receivedAt: at(5) } as const;
      await send(
        batch(1, [inventory(), reading('smoke-1', 4, { smoke: false }), { ...late, values: { smoke: true } }]),
      );
      expect(told()).toEqual(['raised smoke']);
      expect(events[0]?.alarm.raisedAt).toEqual(new Date(at(5)));
    });
  });

  describe('readings', () => {
    const read = (over: object) =>
      createReadingStore(database, clock, { minuteDays: null }).read({
        deviceId: 'air-1',
        metric: 'co2',
        from: at(0),
        to: at(86_400),
        ...over,
      });

    it('pages through raw readings, equal times included', async () => {
      const times = [1, 2, 2, 2, 2, 3, 4];
      await send(batch(1, [inventory(), ...times.map((afterS, index) => reading('air-1', afterS, { co2: index }))]));
      const values: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await read({ bucket: 'raw', limit: 2, cursor });
        values.push(...page.items.map((item) => ('value' in item ? item.value : null)));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(values).toEqual([0, 1, 2, 3, 4, 5, 6]);
    });
    it('gives words and yes/no as they came', async () => {
      await send(batch(1, [inventory(), reading('air-1', 1, { on: true, mode: 'eco' })]));
      expect((await read({ metric: 'on' })).items).toEqual([{ observedAt: at(1), value: true, quality: 'good' }]);
      expect((await read({ metric: 'mode' })).items).toEqual([{ observedAt: at(1), value: 'eco', quality: 'good' }]);
    });
    it('makes buckets that agree with the views for reports', async () => {
      const items = [0, 20, 40, 60, 80].map((afterS) => reading('air-1', afterS, { co2: afterS }));
      await send(batch(1, [inventory(), ...items]));
      const first = await read({ bucket: '1m', limit: 1 });
      expect(first.items).toEqual([{ bucket: at(0), n: 3, avg: 20, min: 0, max: 40, last: 40 }]);
      const second = await read({ bucket: '1m', limit: 1, cursor: first.nextCursor ?? '' });
      expect(second).toEqual({
        bucket: '1m',
        stepS: 60,
        items: [{ bucket: at(60), n: 2, avg: 70, min: 60, max: 80, last: 80 }],
        nextCursor: null,
      });
      expect((await read({ bucket: '1h' })).items).toEqual([
        { bucket: at(0), n: 5, avg: 40, min: 0, max: 80, last: 80 },
      ]);
      const view = await database.query('select * from kuzet.readings_1h');
      expect(view).toEqual([
        {
          bucket: new Date(at(0)),
          device_id: 'air-1',
          metric: 'co2',
          n: '5',
          avg: 40,
          min: 0,
          max: 80,
          last: 80,
          sum: 200,
        },
      ]);
    });
  });
});
