import type { DeviceStatusItem, ReadingItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock, type TestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPipeline, type Pipeline } from '../ingest/pipeline.ts';
import type { Effects } from '../ingest/ports.ts';
import { createSilenceWatch, type SilenceWatch } from '../ingest/silence-watch.ts';
import { createSupervision, type Supervision } from '../ingest/supervision.ts';
import { createAlarmStore } from '../store/alarm-store.ts';
import { createDeadLetterStore } from '../store/dead-letter-store.ts';
import { createDeviceStore } from '../store/device-store.ts';
import { createEdgeStore } from '../store/edge-store.ts';
import { createInventoryStore } from '../store/inventory-store.ts';
import { migrate } from '../store/migrate.ts';
import { officer, storeKinds } from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';

const startMs = Date.UTC(2026, 10, 22, 12);
const at = (afterS: number) => new Date(startMs + afterS * 1000).toISOString();
const name = { kk: 'Атриум', ru: 'Атриум', en: 'Atrium' };
const position = { lon: 71.4, lat: 51.1 };
const edge = 'edge-1';
/** 2 × 30 s + 10 s. */
const allowanceS = 70;

const inventory = (
  ids: Record<string, string> = { 'smoke-1': 'smoke-detector', 'air-1': 'air-quality' },
): UplinkItem => ({
  t: 'inventory',
  at: at(0),
  inventory: {
    sites: [{ id: 'mall', name, kind: 'mall', address: name, district: name, position }],
    zones: [],
    devices: Object.entries(ids).map(([id, kind]) => ({
      id,
      siteId: 'mall',
      zoneId: null,
      kind: kind as 'smoke-detector',
      name,
      position,
      metrics: [{ name: 'temperature', unit: 'Cel' }],
      expectedIntervalS: 30,
    })),
    cameras: [],
  },
});
const reading = (device: string, afterS: number, values: ReadingItem['values'] = { temperature: 20 }): ReadingItem => ({
  t: 'reading',
  device,
  observedAt: at(afterS),
  receivedAt: at(afterS),
  values,
});
const presence = (device: string, online: boolean, afterS: number): DeviceStatusItem => ({
  t: 'device-status',
  device,
  online,
  at: at(afterS),
});

describe.each(storeKinds)('supervision over %s', (_kind, open) => {
  let test: TestDatabase;
  let clock: TestClock;
  let pipeline: Pipeline;
  let watch: SilenceWatch;
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
      kuzet.latest_values, kuzet.cameras, kuzet.readings, kuzet.alarms, kuzet.dead_letters`);
    clock = createTestClock(startMs);
    effects = [];
    hears = true;
    seq = 1;
    startHub();
    await edgeSays(true);
    await send(inventory());
  });
  afterEach(stopHub);

  const database = () => test.database;
  function startHub(): void {
    const onCommitted = (given: Effects) => void effects.push(given);
    const shared = { database: database(), clock, log: silentLog, onCommitted };
    const book = { applyAlarms: async () => ({ incidentIds: ['INC-1'], dispatchQueued: false }) };
    pipeline = createPipeline({
      ...shared,
      inventory: createInventoryStore(database()),
      deadLetters: createDeadLetterStore(database()),
      book,
      sendAck: async () => undefined,
    });
    watch = createSilenceWatch(shared);
    supervision = createSupervision({ ...shared, newId: () => `alarm-${ids++}`, hearing: () => hears });
  }
  async function stopHub(): Promise<void> {
    await watch.stop();
    await supervision.stop();
    await pipeline.stop();
  }
  /** Time goes by with the hub looking as often as it does, and ends with a look that is over. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 10) {
      clock.advance(Math.min(10, left) * 1_000);
      await look();
    }
  }
  async function look(): Promise<void> {
    // Twice: the first may be the one that the clock began with what was known before.
    for (let times = 0; times < 2; times++) {
      await watch.look();
      await supervision.look();
    }
  }
  const nowS = () => (clock.now() - startMs) / 1_000;
  async function send(...items: UplinkItem[]): Promise<void> {
    pipeline.submit({ v: 1, edge, epoch: 'e1', lane: 'alarm', firstSeq: seq, items });
    seq += items.length;
    await pipeline.idle();
  }
  const edgeSays = (online: boolean) =>
    createEdgeStore(database()).setStatus(
      { edge, online, at: at(nowS()), version: '1', httpUrl: null },
      new Date(clock.now()),
    );
  const alarms = () =>
    createAlarmStore({ database: database(), clock, onFaults: () => void effects.push({ faults: true }) });
  async function faults(): Promise<string[]> {
    const answer = await alarms().list({ incident: false });
    if (!answer.ok) throw new Error(answer.detail);
    return answer.value.items
      .map((alarm) => `${alarm.condition} ${alarm.deviceId ?? alarm.edgeId} ${alarm.priority} ${alarm.state}`)
      .sort();
  }
  const stateOf = async (id: string) => (await createDeviceStore(database()).get(id))?.state;
  const smokeSilent = 'device-silent smoke-1 high active';
  const airSilent = 'device-silent air-1 routine active';

  it('[A11] [A12] who falls quiet raises one alarm without an incident, cleared at the time of its next word', async () => {
    await send(reading('smoke-1', 0), reading('air-1', 0));
    await pass(allowanceS);
    expect(await faults()).toEqual([]);
    effects.length = 0;
    await pass(5);
    expect(await faults()).toEqual([airSilent, smokeSilent]);
    expect(await stateOf('smoke-1')).toBe('silent');
    expect(effects).toContainEqual({ faults: true });
    effects.length = 0;
    await pass(150);
    expect(await faults()).toEqual([airSilent, smokeSilent]);
    expect(effects).toEqual([]);

    await send(reading('smoke-1', nowS() - 1));
    await look();
    expect(await faults()).toEqual([airSilent, 'device-silent smoke-1 high cleared']);
    const cleared = await alarms().list({ deviceId: 'smoke-1' });
    expect(cleared).toMatchObject({
      value: { items: [{ clearedAt: at(nowS() - 1), incidentId: null, value: 'silent' }] },
    });
    expect(effects).toContainEqual({ faults: true });
    await send(reading('air-1', nowS()), reading('smoke-1', nowS()));
    await pass(allowanceS + 5);
    expect(await faults()).toEqual([
      airSilent,
      'device-silent air-1 routine cleared',
      smokeSilent,
      'device-silent smoke-1 high cleared',
    ]);
  });

  it('[A11] a goodbye raises the same alarm at once, a hello clears it', async () => {
    await send(reading('smoke-1', 0), reading('air-1', 0), presence('smoke-1', false, 1));
    await pass(5);
    expect(await faults()).toEqual([smokeSilent]);
    expect((await alarms().list({})) as object).toMatchObject({
      value: { items: [{ value: 'offline', metric: 'state' }] },
    });
    await send(presence('smoke-1', true, 6));
    await look();
    expect(await faults()).toEqual(['device-silent smoke-1 high cleared']);
  });

  it('[A11] one that was never heard, or fell quiet in fault, raises it too and keeps its state', async () => {
    await send(reading('smoke-1', 0, { fault: true }));
    await pass(allowanceS + 5);
    expect(await faults()).toEqual(['device-fault smoke-1 routine active', airSilent, smokeSilent]);
    expect([await stateOf('smoke-1'), await stateOf('air-1')]).toEqual(['fault', 'unknown']);
  });

  it('[A7] [A11] test and disablement raise nothing; who is disabled or leaves the inventory has its alarm cleared', async () => {
    await send(reading('smoke-1', 0, { test: true }), reading('air-1', 0));
    await database().query(`update kuzet.devices set state = 'disabled' where id = 'air-1'`);
    await pass(150);
    expect(await faults()).toEqual([]);
    await database().query(`update kuzet.devices set state = 'silent'`);
    await look();
    expect(await faults()).toEqual([airSilent, smokeSilent]);
    await database().query(`update kuzet.devices set state = 'disabled' where id = 'air-1'`);
    await send(inventory({ 'air-1': 'air-quality' }));
    await look();
    expect(await faults()).toEqual(['device-silent air-1 routine cleared', 'device-silent smoke-1 high cleared']);
  });

  it('[A14] an edge that is away raises one alarm in place of its devices', async () => {
    await send(reading('smoke-1', 0), reading('air-1', 0));
    await edgeSays(false);
    await pass(5);
    expect(await faults()).toEqual([]);
    await pass(150);
    expect(await faults()).toEqual(['edge-offline edge-1 high active']);
    expect(await stateOf('smoke-1')).toBe('silent');

    await edgeSays(true);
    await look();
    expect(await faults()).toEqual(['edge-offline edge-1 high cleared']);
    // Devices have their time from the return on.
    await pass(allowanceS);
    expect(await faults()).toEqual(['edge-offline edge-1 high cleared']);
    await send(reading('smoke-1', nowS()));
    await pass(5);
    expect(await faults()).toEqual([airSilent, 'edge-offline edge-1 high cleared']);
  });

  it('[A14] a return within 10 s is no alarm, nor within 30 s of the start of the hub', async () => {
    await createEdgeStore(database()).markAllOffline(new Date(clock.now()));
    await pass(25);
    await edgeSays(true);
    await pass(15);
    expect(await faults()).toEqual([]);
    await edgeSays(false);
    await pass(9);
    await edgeSays(true);
    await pass(15);
    expect(await faults()).toEqual([]);
  });

  it('[P25] while a backlog drains nobody is judged by it; an edge with a slow clock is no excuse', async () => {
    await send(reading('smoke-1', 0), reading('air-1', 0));
    clock.advance(3_600_000);
    // Nothing of the hour was lost, and it comes in over two minutes.
    for (let afterS = 60; afterS <= 3_600; afterS += 60) {
      await send(reading('smoke-1', afterS), reading('air-1', afterS));
      await pass(2);
    }
    await send(reading('smoke-1', nowS()));
    expect(await faults()).toEqual([]);
    await pass(allowanceS + 5);
    expect(await faults()).toEqual([airSilent, smokeSilent]);

    await database().script('truncate kuzet.alarms');
    for (let times = 0; times < 20; times++) {
      await send(reading('smoke-1', nowS() - 300));
      await pass(5);
    }
    expect(await faults()).toContain(airSilent);
  });

  it('[P25] a hub that could not hear, was stopped, or whose database was away judges from its own return on', async () => {
    await send(reading('smoke-1', 0), reading('air-1', 0));
    hears = false;
    await pass(150);
    hears = true;
    await pass(allowanceS);
    expect(await faults()).toEqual([]);
    await send(reading('smoke-1', nowS()), reading('air-1', nowS()));

    // Stopped like a sleeping machine: no look for an hour.
    await supervision.stop();
    const asleep = createSupervision({
      database: database(),
      clock,
      log: silentLog,
      newId: () => `alarm-${ids++}`,
      hearing: () => true,
      onCommitted: () => undefined,
    });
    await asleep.stop();
    clock.advance(3_600_000);
    await asleep.look();
    expect(await faults()).toEqual([]);
    await send(reading('smoke-1', nowS()), reading('air-1', nowS()));

    let away = true;
    const broken = createSupervision({
      database: {
        ...database(),
        transaction: (work) => (away ? Promise.reject(new Error('away')) : database().transaction(work)),
      },
      clock,
      log: silentLog,
      newId: () => `alarm-${ids++}`,
      hearing: () => true,
      onCommitted: () => undefined,
    });
    await broken.stop();
    for (let times = 0; times < 40; times++) {
      clock.advance(5_000);
      await broken.look();
    }
    away = false;
    await broken.look();
    expect(await faults()).toEqual([]);
  });

  it('[P25] over a restart alarms stay as they are, and the new hub gives everybody their time', async () => {
    await send(reading('smoke-1', 0));
    await pass(allowanceS + 5);
    expect(await faults()).toEqual([airSilent, smokeSilent]);
    await send(reading('air-1', nowS()));
    await look();
    await stopHub();
    await test.reopen();
    clock.advance(86_400_000);
    startHub();
    await createEdgeStore(database()).markAllOffline(new Date(clock.now()));
    await pass(5);
    await edgeSays(true);
    await pass(60);
    expect(await faults()).toEqual(['device-silent air-1 routine cleared', smokeSilent]);
    expect(await stateOf('air-1')).toBe('silent');
    await send(reading('smoke-1', nowS()));
    await pass(20);
    expect(await faults()).toEqual([
      airSilent,
      'device-silent air-1 routine cleared',
      'device-silent smoke-1 high cleared',
    ]);
  });

  it('[A12] is acknowledged by name, once, active or cleared; an alarm of an incident is not', async () => {
    await send(reading('smoke-1', 0), presence('smoke-1', false, 1));
    await pass(5);
    const listed = await alarms().list({ state: 'active', acknowledged: false, condition: 'device-silent' });
    const id = (listed.ok && listed.value.items[0]?.id) || '';
    effects.length = 0;
    const first = await alarms().acknowledge(id, officer);
    expect(first).toMatchObject({
      ok: true,
      value: { state: 'active', acknowledged: true, acknowledgedBy: 'Aigerim', acknowledgedAt: at(nowS()) },
    });
    expect(effects).toEqual([{ faults: true }]);
    clock.advance(60_000);
    expect(await alarms().acknowledge(id, { ...officer, name: 'Another' })).toEqual(first);
    expect(await alarms().list({ acknowledged: false })).toMatchObject({ value: { items: [] } });

    await database().query(`update kuzet.alarms set incident_id = 'INC-1', acknowledged = false`);
    expect(await alarms().acknowledge(id, officer)).toMatchObject({ ok: false, code: 'not-possible-now' });
    expect(await alarms().acknowledge('nothing', officer)).toMatchObject({ ok: false, code: 'not-found' });
  });

  it('alarms are listed in pages, newest first', async () => {
    await send(inventory(Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`air-${n}`, 'air-quality']))));
    await pass(allowanceS + 10);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await alarms().list({ limit: 2, cursor });
      if (!page.ok) throw new Error(page.detail);
      seen.push(...page.value.items.map(({ deviceId }) => deviceId ?? ''));
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor);
    expect(seen.sort()).toEqual(['air-0', 'air-1', 'air-2', 'air-3', 'air-4']);
    expect(await alarms().list({ cursor: 'x' })).toMatchObject({ ok: false, code: 'invalid-request' });
  });
});
