import type { CameraStatusItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock, type TestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CameraWatch, createCameraWatch } from '../ingest/camera-watch.ts';
import { createPipeline, type Pipeline } from '../ingest/pipeline.ts';
import type { Effects } from '../ingest/ports.ts';
import { createSupervision, type Supervision } from '../ingest/supervision.ts';
import { createSystemState } from '../statistics/system-state.ts';
import { createAlarmStore } from '../store/alarm-store.ts';
import { createDeadLetterStore } from '../store/dead-letter-store.ts';
import { createEdgeStore } from '../store/edge-store.ts';
import { createInventoryStore } from '../store/inventory-store.ts';
import { migrate } from '../store/migrate.ts';
import { officer, storeKinds } from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';

const startMs = Date.UTC(2026, 10, 22, 12);
const at = (afterS: number) => new Date(startMs + afterS * 1_000).toISOString();
const name = { kk: 'Атриум', ru: 'Атриум', en: 'Atrium' };
const position = { lon: 71.4, lat: 51.1 };
const edge = 'edge-1';
const forty = Array.from({ length: 40 }, (_, n) => `K-${String(n).padStart(2, '0')}`);
const [k0 = '', k1 = '', k2 = ''] = forty;

const inventory = (enabled: (id: string) => boolean = () => true, ids: string[] = forty): UplinkItem => ({
  t: 'inventory',
  at: at(0),
  inventory: {
    sites: ['mall', 'park'].map((id) => ({ id, name, kind: 'mall' as const, address: name, district: name, position })),
    zones: [],
    devices: [],
    cameras: [...ids, 'P-0'].map((id) => ({
      id,
      siteId: id === 'P-0' ? 'park' : 'mall',
      zoneId: null,
      name: { ...name, en: id },
      position,
      bearingDeg: 0,
      fovDeg: 70,
      ptz: false,
      enabled: enabled(id),
    })),
  },
});

// Minutes of a city's life, a beat at a time: many transactions.
describe.each(storeKinds)('camera loss over %s', { timeout: 90_000 }, (_kind, open) => {
  let test: TestDatabase;
  let clock: TestClock;
  let pipeline: Pipeline;
  let watch: CameraWatch;
  let supervision: Supervision;
  let effects: Effects[];
  let hears: boolean;
  let seq: number;
  let ids = 0;

  beforeAll(async () => {
    test = await open();
    await migrate(test.database, silentLog);
  });
  afterAll(() => test.remove());
  beforeEach(async () => {
    await test.database.script(`truncate kuzet.edges, kuzet.edge_cursors, kuzet.sites, kuzet.zones, kuzet.devices,
      kuzet.latest_values, kuzet.cameras, kuzet.readings, kuzet.alarms, kuzet.alarm_cameras, kuzet.dead_letters`);
    clock = createTestClock(startMs);
    effects = [];
    hears = true;
    seq = 1;
    startHub();
    await edgeSays(true);
    await send(inventory());
    await say('live', forty);
    await pass(30);
  });
  afterEach(stopHub);

  const database = () => test.database;
  function startHub(): void {
    const onCommitted = (given: Effects) => void effects.push(given);
    const shared = { database: database(), clock, log: silentLog, onCommitted };
    pipeline = createPipeline({
      ...shared,
      inventory: createInventoryStore(database()),
      deadLetters: createDeadLetterStore(database()),
      book: { applyAlarms: async () => ({ incidentIds: [], dispatchQueued: false }) },
      sendAck: async () => undefined,
    });
    const supervised = { ...shared, newId: () => `alarm-${ids++}`, hearing: () => hears };
    supervision = createSupervision(supervised);
    watch = createCameraWatch(supervised);
  }
  async function stopHub(): Promise<void> {
    await watch.stop();
    await supervision.stop();
    await pipeline.stop();
  }
  /** Time goes by with the hub looking as often as it does, and ends with a look that is over. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 1) {
      clock.advance(Math.min(1, left) * 1_000);
      await look();
    }
  }
  async function look(): Promise<void> {
    for (let times = 0; times < 2; times++) {
      await supervision.look();
      await watch.look();
    }
  }
  const nowS = () => (clock.now() - startMs) / 1_000;
  async function send(...items: UplinkItem[]): Promise<void> {
    pipeline.submit({ v: 1, edge, epoch: 'e1', lane: 'alarm', firstSeq: seq, items });
    seq += items.length;
    await pipeline.idle();
  }
  const say = (state: CameraStatusItem['state'], cameras: string[], more: Partial<CameraStatusItem> = {}) =>
    send(
      ...cameras.map((camera): CameraStatusItem => {
        const word = { state, at: at(nowS()), lastFrameAt: at(nowS()), lastError: null, ...more };
        return { t: 'camera-status', camera, ...word };
      }),
    );
  const edgeSays = (online: boolean) =>
    createEdgeStore(database()).setStatus(
      { edge, online, at: at(nowS()), version: '1', httpUrl: null },
      new Date(clock.now()),
    );
  const store = () =>
    createAlarmStore({ database: database(), clock, onFaults: () => void effects.push({ faults: true }) });
  async function alarms(query = {}) {
    const answer = await store().list({ incident: false, ...query });
    if (!answer.ok) throw new Error(answer.detail);
    return answer.value.items.reverse();
  }
  /** `camera-lost 40 high active` */
  const faults = async () =>
    (await alarms()).map(({ condition, cameras, priority, state, edgeId }) =>
      [condition, cameras?.ids.length ?? edgeId, priority, state].join(' '),
    );

  it('[A20] a camera without picture raises one fault within 10 s of its last picture, and no incident', async () => {
    await pass(2);
    await say('stalled', [k0], { lastFrameAt: at(nowS() - 2), evidence: 'no-frames' });
    await pass(5);
    expect(await faults()).toEqual([]);
    await say('lost', [k0], { lastFrameAt: at(nowS() - 7), evidence: 'unreachable' });
    effects.length = 0;
    await pass(1);
    expect(await alarms()).toMatchObject([
      {
        condition: 'camera-lost',
        priority: 'routine',
        state: 'active',
        deviceId: null,
        deviceName: { en: k0 },
        siteId: 'mall',
        incidentId: null,
        value: 1,
        raisedAt: at(nowS()),
        cameras: { ids: [k0], siteIds: ['mall'], since: at(nowS() - 8), evidence: 'unreachable' },
      },
    ]);
    expect(effects).toEqual([{ faults: true }]);
    await pass(60);
    expect(await faults()).toEqual(['camera-lost 1 routine active']);
    expect(await alarms({ cameraId: k0 })).toHaveLength(1);
    expect(await alarms({ cameraId: k1 })).toEqual([]);
  });

  it('[A20] a glitch of 3 s raises nothing, also one that takes a while to come back from', async () => {
    await say('lost', forty);
    await pass(3);
    await say('live', forty);
    await pass(60);
    await say('stalled', forty);
    await pass(7);
    await say('live', forty);
    await pass(60);
    expect(await faults()).toEqual([]);
  });

  it('[A21] forty at once are one alarm, which grows and shrinks, and clears when the last is back', async () => {
    await say('lost', [k0]);
    await pass(60);
    const lostS = nowS();
    await say('lost', forty.slice(1, 30), { evidence: 'unreachable' });
    await pass(8);
    await say('lost', forty.slice(30), { evidence: 'unreachable' });
    await pass(2);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'camera-lost 29 high active']);
    await pass(6);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'camera-lost 39 high active']);
    expect((await alarms())[1]).toMatchObject({
      deviceName: null,
      siteId: 'mall',
      value: 29,
      peakValue: 39,
      cameras: { since: at(lostS), evidence: 'unreachable' },
    });
    const figures = createSystemState({ database: database(), clock, version: '1', demo: false });
    expect(await figures()).toMatchObject({ faults: 2, camerasInFault: 40 });

    await say('live', forty.slice(3));
    await pass(11);
    expect((await alarms())[1]?.cameras?.ids).toEqual([k1, k2]);
    await say('live', [k1, k2]);
    const backS = nowS();
    await pass(11);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'camera-lost 39 high cleared']);
    expect((await alarms())[1]).toMatchObject({ clearedAt: at(backS), peakValue: 39 });
    expect(await figures()).toMatchObject({ faults: 1, camerasInFault: 1 });
  });

  it('[A21] cameras of another site behind the edge join when they went in the same moment', async () => {
    await say('live', ['P-0']);
    await pass(20);
    await say('lost', [k0, k1]);
    await pass(2);
    await say('lost', ['P-0']);
    await pass(10);
    expect(await alarms()).toMatchObject([
      { siteId: null, cameras: { ids: [k0, k1, 'P-0'], siteIds: ['mall', 'park'] } },
    ]);
  });

  it('[A21] an acknowledged alarm is unacknowledged again when another camera joins, not when one returns to it', async () => {
    await say('lost', [k0, k1]);
    await pass(9);
    const [{ id = '' } = {}] = await alarms();
    expect(await store().acknowledge(id, officer)).toMatchObject({ ok: true, value: { acknowledged: true } });
    await say('live', [k1]);
    await pass(11);
    await say('lost', [k1]);
    await pass(9);
    expect(await alarms()).toMatchObject([{ acknowledged: true, cameras: { ids: [k0, k1] } }]);
    await say('lost', [k2]);
    await pass(9);
    expect(await alarms()).toMatchObject([
      { acknowledged: false, acknowledgedBy: null, cameras: { ids: [k0, k1, k2] } },
    ]);
  });

  it('[A22] a camera that goes on and off is one alarm, until it holds', async () => {
    for (let times = 0; times < 12; times++) {
      await say('lost', [k0]);
      await pass(15);
      await say('live', [k0]);
      await pass(9);
    }
    // Gone and back within one batch is a break like any other.
    const word = { t: 'camera-status' as const, camera: k0, at: at(nowS()), lastFrameAt: at(nowS()), lastError: null };
    await send({ ...word, state: 'lost' }, { ...word, state: 'live' });
    await pass(9);
    expect(await faults()).toEqual(['camera-lost 1 routine active']);
    await pass(1);
    expect(await faults()).toEqual(['camera-lost 1 routine cleared']);
    // Slower than that: the second time it must hold 20 s, the third 40.
    for (let times = 0; times < 6; times++) {
      await say('lost', [k0]);
      await pass(15);
      await say('live', [k0]);
      await pass(18);
    }
    expect(await faults()).toEqual(['camera-lost 1 routine cleared', 'camera-lost 1 routine active']);
  });

  it('[A23] out of service, never heard, gone from the inventory: no alarm, and the one there was clears', async () => {
    await send(inventory((id) => id !== k0));
    await say('lost', [k0, k1]);
    await pass(20);
    expect((await alarms())[0]?.cameras?.ids).toEqual([k1]);
    await send(inventory((id) => id !== k0 && id !== k1));
    await pass(1);
    expect(await faults()).toEqual(['camera-lost 1 routine cleared']);
    await say('lost', [k2]);
    await pass(9);
    expect(await faults()).toEqual(['camera-lost 1 routine cleared', 'camera-lost 1 routine active']);
    await send(inventory(() => true, [k0]));
    await pass(1);
    expect(await faults()).toEqual(['camera-lost 1 routine cleared', 'camera-lost 1 routine cleared']);
  });

  it('[A23] the alarm of an edge that is away covers its cameras; what stood before stands', async () => {
    await say('lost', [k0]);
    await pass(30);
    await say('lost', forty.slice(1));
    await pass(3);
    await edgeSays(false);
    await pass(60);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'edge-offline edge-1 high active']);
    await edgeSays(true);
    await say('live', forty.slice(2));
    await pass(6);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'edge-offline edge-1 high cleared']);
    await pass(3);
    expect(await faults()).toEqual([
      'camera-lost 1 routine active',
      'edge-offline edge-1 high cleared',
      'camera-lost 1 routine active',
    ]);
  });

  it('[A20] [P25] a hub that could not hear gives everybody their time; a killed one loses none of it', async () => {
    await say('lost', [k0]);
    hears = false;
    await pass(30);
    hears = true;
    await pass(7);
    expect(await faults()).toEqual([]);
    await pass(1);
    expect(await faults()).toEqual(['camera-lost 1 routine active']);
    await say('lost', [k1]);
    await stopHub();
    await test.reopen();
    clock.advance(3_000);
    startHub();
    await pass(9);
    expect(await faults()).toEqual(['camera-lost 1 routine active', 'camera-lost 1 routine active']);
  });

  it('[A20] a batch that comes twice, and two hubs that look at once, change nothing', async () => {
    await say('lost', forty);
    await pass(9);
    await say('live', forty.slice(1));
    pipeline.submit({
      v: 1,
      edge,
      epoch: 'e1',
      lane: 'alarm',
      firstSeq: 2,
      items: forty.map((camera) => {
        const word = { state: 'lost' as const, at: at(0), lastFrameAt: at(0), lastError: null };
        return { t: 'camera-status' as const, camera, ...word };
      }),
    });
    await pipeline.idle();
    const other = createCameraWatch({
      database: database(),
      clock,
      log: silentLog,
      newId: () => `other-${ids++}`,
      hearing: () => true,
      onCommitted: () => undefined,
    });
    for (let s = 0; s < 12; s++) {
      clock.advance(1_000);
      await Promise.all([watch.look(), other.look()]);
    }
    await other.stop();
    expect(await alarms()).toMatchObject([{ state: 'active', cameras: { ids: [k0] }, peakValue: 40 }]);
  });
});
