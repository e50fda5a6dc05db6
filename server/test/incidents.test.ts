import { Incident } from '@kuzet/contracts/incident.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AlarmEvent } from '../incidents/incident-book.ts';
import { migrate } from '../store/migrate.ts';
import { agency, createHub, crew, type Hub, officer, storeKinds } from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';

describe.each(storeKinds)('%s', (_kind, openStore) => {
  let store: TestDatabase;
  let hub: Hub;
  const text = (en: string) => ({ kk: `${en} kk`, ru: `${en} ru`, en });
  const site = {
    id: 'mall',
    name: text('Mall'),
    kind: 'mall' as const,
    address: text('Turan 37'),
    district: text('Yesil'),
    position: { lon: 71.4, lat: 51.13 },
  };
  const zone = { id: 'mall-f2', siteId: 'mall', name: text('Floor 2'), position: { lon: 71.4, lat: 51.13, floor: 2 } };
  const farZone = { id: 'mall-p', siteId: 'mall', name: text('Car park'), position: { lon: 71.41, lat: 51.13 } };

  beforeAll(async () => {
    store = await openStore();
    await migrate(store.database, silentLog);
    const db = store.database;
    await db.query('insert into kuzet.sites (id, edge_id, doc) values ($1, $2, $3::jsonb)', [
      'mall',
      'edge',
      JSON.stringify(site),
    ]);
    for (const { id, ...rest } of [zone, farZone])
      await db.query(`insert into kuzet.zones (id, edge_id, site_id, doc) values ($1, 'edge', 'mall', $2::jsonb)`, [
        id,
        JSON.stringify({ id, ...rest }),
      ]);
    for (let n = 1; n <= 5; n++) {
      const doc = { siteId: 'mall', zoneId: 'mall-f2', name: text(`Smoke ${n}`), position: zone.position };
      await db.query(
        `insert into kuzet.devices (id, edge_id, site_id, zone_id, kind, expected_interval_s, doc)
       values ($1, 'edge', 'mall', 'mall-f2', 'smoke-detector', 60, $2::jsonb)`,
        [`smoke-${n}`, JSON.stringify(doc)],
      );
    }
    // Eight cameras, each 20 m or so further east; the nearest is out of service.
    for (let n = 0; n < 8; n++)
      await db.query(
        `insert into kuzet.cameras (id, edge_id, site_id, lon, lat, doc, state) values ($1, 'edge', 'mall', $2, 51.13, $3::jsonb, $4)`,
        [`cam-${n}`, 71.4 + n * 0.0003, JSON.stringify({ position: {} }), n === 0 ? 'disabled' : 'live'],
      );
  });
  afterAll(() => store.remove());
  beforeEach(async () => {
    await store.database.script(
      `truncate kuzet.evidence, kuzet.evidence_manifests, kuzet.outbox, kuzet.dispatches, kuzet.agencies, kuzet.incident_timeline, kuzet.alarms, kuzet.incidents,
       kuzet.incident_numbers`,
    );
    hub = createHub(store.database);
  });

  const value = <T>(result: { ok: true; value: T } | { ok: false; code: string; detail: string }): T => {
    if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
    return result.value;
  };

  let alarmCount = 0;
  /** Writes an alarm's row as the pipeline does and gives its event. */
  async function raise(device: string, over: Partial<AlarmEvent> & { priority?: 'critical' | 'high' } = {}) {
    const id = `alm-${++alarmCount}`;
    const raisedAt = new Date(hub.clock.now());
    await store.database.query(
      `insert into kuzet.alarms (id, device_id, condition, priority, active, metric, value, peak_value, raised_at)
     values ($1, $2, 'smoke', $3, true, 'smoke', 'true', 'true', $4)`,
      [id, device, over.priority ?? 'critical', raisedAt.toISOString()],
    );
    const event: AlarmEvent = {
      kind: 'raised',
      incidentType: 'fire',
      site,
      zone,
      position: zone.position,
      ...over,
      alarm: {
        id,
        deviceId: device,
        condition: 'smoke',
        priority: over.priority ?? 'critical',
        metric: 'smoke',
        value: true,
        peakValue: true,
        raisedAt,
        clearedAt: null,
        incidentId: null,
      },
    };
    return event;
  }
  const apply = (...events: AlarmEvent[]) => store.database.transaction((tx) => hub.book.applyAlarms(tx, events));
  const clearedOf = (event: AlarmEvent): AlarmEvent => ({ ...event, kind: 'cleared' });
  const kinds = async (id: string) => (await hub.incident(id)).timeline.map((entry) => entry.kind);
  const openOne = async (...devices: string[]) => {
    const events: AlarmEvent[] = [];
    for (const device of devices) events.push(await raise(device));
    const { incidentIds } = await apply(...events);
    return { id: incidentIds[0] as string, alarmIds: events.map((event) => event.alarm.id) };
  };

  describe('incident book', () => {
    test('[I1] alarms of one fire become one numbered incident, whole and fit for its schema', async () => {
      const first = await apply(await raise('smoke-1'), await raise('smoke-2'));
      const year = new Date(hub.clock.now()).getUTCFullYear();
      expect(first).toEqual({ incidentIds: [`INC-${year}-000001`], dispatchQueued: false });
      const second = await apply(await raise('smoke-3'));
      expect(second.incidentIds).toEqual(first.incidentIds);
      const incident = await hub.incident(first.incidentIds[0] as string);
      const check = Compile(Incident);
      expect([...check.Errors(incident)]).toEqual([]);
      expect(incident).toMatchObject({
        type: 'fire',
        priority: 'critical',
        severity: 'extreme',
        state: 'new',
        version: 2,
        siteName: site.name,
        zoneName: zone.name,
        address: site.address,
        source: 'alarm',
      });
      expect(incident.alarms.map((alarm) => alarm.deviceId)).toEqual(['smoke-1', 'smoke-2', 'smoke-3']);
      expect(incident.timeline.map((entry) => entry.kind)).toEqual([
        'opened',
        'alarm-raised',
        'alarm-raised',
        'alarm-raised',
      ]);
      expect(incident.steps[0]).toMatchObject({ id: 'confirm-by-camera', doneAt: null });
    });

    test('[I1] two edges that see one fire in the same moment open one incident', async () => {
      // The year's counter exists by then, as it does on all but one day of the year.
      const before = await openOne('smoke-5');
      value(await hub.incidents.close(before.id, { disposition: 'test' }, officer));
      const events = await Promise.all([raise('smoke-1'), raise('smoke-2'), raise('smoke-3'), raise('smoke-4')]);
      const answers = await Promise.all(events.map((event) => apply(event)));
      expect(new Set(answers.flatMap((answer) => answer.incidentIds)).size).toBe(1);
      expect((await hub.incident(answers[0]!.incidentIds[0] as string)).alarms).toHaveLength(4);
    });

    test('[I4] it brings the nearest cameras in service, at most six, nearest first', async () => {
      const { id } = await openOne('smoke-1');
      const { cameras } = await hub.incident(id);
      expect(cameras.map((camera) => camera.id)).toEqual(['cam-1', 'cam-2', 'cam-3', 'cam-4', 'cam-5', 'cam-6']);
      expect(cameras[0]!.distanceM).toBeCloseTo(20.9, 0);
      expect(cameras[0]!.bearingDeg).toBeCloseTo(90, 0);
    });

    test('[I5] no alarm is absorbed by a closed or resolved incident, nor a real one by a drill', async () => {
      const closed = await openOne('smoke-1');
      value(await hub.incidents.close(closed.id, { disposition: 'false-alarm' }, officer));
      const again = await openOne('smoke-2');
      expect(again.id).not.toBe(closed.id);
      value(await hub.incidents.resolve(again.id, {}, officer));
      const third = await openOne('smoke-3');
      expect([closed.id, again.id]).not.toContain(third.id);
      value(await hub.incidents.close(third.id, { disposition: 'test' }, officer));
      const drill = value(await hub.incidents.open({ type: 'fire', zoneId: 'mall-f2', drill: true }, officer));
      const real = await openOne('smoke-4');
      expect(real.id).not.toBe(drill.id);
      expect((await hub.incident(real.id)).drill).toBe(false);
    });

    test('[I1] raise and clear in one batch, elsewhere and without an incident', async () => {
      const here = await raise('smoke-1');
      const there = await raise('smoke-2', { zone: farZone, position: farZone.position });
      const fault = await raise('smoke-3', { incidentType: null });
      const { incidentIds } = await apply(here, there, fault, clearedOf(here), clearedOf(fault));
      expect(incidentIds).toHaveLength(2);
      expect(await kinds(incidentIds[0] as string)).toEqual(['opened', 'alarm-raised', 'alarm-cleared']);
      const later = await apply(clearedOf(there));
      expect(later.incidentIds).toEqual([incidentIds[1]]);
    });

    test('[I1] a transaction that rolls back leaves no incident and no hole in the numbers', async () => {
      const event = await raise('smoke-1');
      await expect(
        store.database.transaction(async (tx) => {
          await hub.book.applyAlarms(tx, [event]);
          throw new Error('crash');
        }),
      ).rejects.toThrow('crash');
      expect(value(await hub.incidents.list({}, officer)).items).toEqual([]);
      expect((await openOne('smoke-2')).id).toMatch(/-000001$/);
    });

    test('[I6] only a critical incident calls its agencies by itself; rising to critical does too', async () => {
      value(await hub.agencies.create(agency('fire', { autoDispatch: ['fire'] })));
      value(await hub.agencies.create(agency('water', { autoDispatch: ['water'] })));
      value(await hub.agencies.create(agency('off', { autoDispatch: ['fire'], enabled: false })));
      const calm = await apply(await raise('smoke-1', { priority: 'high' }));
      expect(calm.dispatchQueued).toBe(false);
      const worse = await apply(await raise('smoke-2'));
      expect(worse).toEqual({ incidentIds: calm.incidentIds, dispatchQueued: true });
      const incident = await hub.incident(calm.incidentIds[0] as string);
      expect(incident).toMatchObject({ priority: 'critical', state: 'new' });
      expect(incident.dispatches.map((dispatch) => [dispatch.agencyId, dispatch.state])).toEqual([['fire', 'queued']]);
      const more = await apply(await raise('smoke-3'));
      expect((await hub.incident(more.incidentIds[0] as string)).dispatches).toHaveLength(1);
    });
  });

  describe('what people do', () => {
    test('[I3] acknowledging acknowledges the alarms too; twice is once, and nothing later takes it back', async () => {
      const { id } = await openOne('smoke-1', 'smoke-2');
      const done = value(await hub.incidents.acknowledge(id, { note: 'looking' }, officer));
      expect(done).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Aigerim', version: 2 });
      expect(done.alarms.every((alarm) => alarm.acknowledged)).toBe(true);
      const other = { ...officer, name: 'Dana' };
      const twice = value(await hub.incidents.acknowledge(id, {}, other));
      expect(twice).toMatchObject({ acknowledgedBy: 'Aigerim', acknowledgedAt: done.acknowledgedAt, version: 2 });
      await apply(await raise('smoke-3'));
      expect(await hub.incident(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Aigerim' });
      const again = value(await hub.incidents.acknowledge(id, {}, other));
      expect(again.alarms.every((alarm) => alarm.acknowledged)).toBe(true);
      expect(again.acknowledgedBy).toBe('Aigerim');
    });

    test('[I8] closing takes a disposition and happens once', async () => {
      const { id } = await openOne('smoke-1');
      const closed = value(await hub.incidents.close(id, { disposition: 'confirmed', note: 'put out' }, officer));
      expect(closed).toMatchObject({ state: 'closed', disposition: 'confirmed', closedAt: expect.any(String) });
      expect(value(await hub.incidents.close(id, { disposition: 'confirmed' }, officer)).version).toBe(closed.version);
      expect(await hub.incidents.close(id, { disposition: 'test' }, officer)).toMatchObject({ code: 'conflict' });
      expect(await hub.incidents.acknowledge(id, {}, officer)).toMatchObject({ ok: false, code: 'conflict' });
      expect(await hub.incidents.setStep(id, 'evacuate', { done: true }, officer)).toMatchObject({ code: 'conflict' });
      expect(await hub.incidents.close('INC-1', { disposition: 'test' }, officer)).toMatchObject({ code: 'not-found' });
    });

    test('[I2] every change is one version and one entry that says who', async () => {
      const { id } = await openOne('smoke-1');
      value(await hub.incidents.assign(id, { assignee: 'Dana' }, officer));
      value(await hub.incidents.assign(id, { assignee: 'Dana' }, officer));
      value(await hub.incidents.setStep(id, 'evacuate', { done: true }, officer));
      value(await hub.incidents.setStep(id, 'evacuate', { done: true }, officer));
      value(await hub.incidents.setStep(id, 'evacuate', { done: false }, officer));
      value(await hub.incidents.setPriority(id, { priority: 'high', reason: 'toast' }, officer));
      value(await hub.incidents.resolve(id, {}, officer));
      const incident = await hub.incident(id);
      expect(incident).toMatchObject({ version: 6, assignee: 'Dana', priority: 'high', severity: 'severe' });
      expect(incident.timeline.map((entry) => entry.kind)).toEqual([
        'opened',
        'alarm-raised',
        'assigned',
        'step-done',
        'step-undone',
        'priority-changed',
        'acknowledged',
        'resolved',
      ]);
      expect(incident.timeline.slice(2).every((entry) => entry.actor === 'Aigerim')).toBe(true);
      expect(await hub.incidents.setStep(id, 'fly', { done: true }, officer)).toMatchObject({ code: 'not-found' });
    });

    test('[I9] merging moves the alarms, keeps the history, and brings working agencies along', async () => {
      value(await hub.agencies.create(agency('desk')));
      const a = await openOne('smoke-1');
      const there = await raise('smoke-2', { zone: farZone, position: farZone.position });
      const b = (await apply(there)).incidentIds[0] as string;
      value(await hub.incidents.dispatch(b, { agencyIds: ['desk'] }, officer));
      const merged = value(await hub.incidents.merge(b, { into: a.id }, officer));
      expect(merged.id).toBe(a.id);
      expect(merged.alarms.map((alarm) => alarm.deviceId).sort()).toEqual(['smoke-1', 'smoke-2']);
      expect(merged.dispatches.map((dispatch) => dispatch.agencyId)).toEqual(['desk']);
      expect(await hub.incident(b)).toMatchObject({ state: 'closed', disposition: 'merged', alarms: [] });
      expect(value(await hub.incidents.merge(b, { into: a.id }, officer)).version).toBe(merged.version);
      expect(await hub.incidents.merge(a.id, { into: a.id }, officer)).toMatchObject({ code: 'invalid-request' });
      const drill = value(await hub.incidents.open({ type: 'fire', drill: true }, officer));
      expect(await hub.incidents.merge(drill.id, { into: a.id }, officer)).toMatchObject({ code: 'conflict' });
    });

    test('[I9] splitting takes some of the alarms to a new incident, never all', async () => {
      const { id, alarmIds } = await openOne('smoke-1', 'smoke-2');
      expect(await hub.incidents.split(id, { alarmIds }, officer)).toMatchObject({ code: 'invalid-request' });
      expect(await hub.incidents.split(id, { alarmIds: ['alm-x'] }, officer)).toMatchObject({ code: 'conflict' });
      const created = value(await hub.incidents.split(id, { alarmIds: [alarmIds[1] as string] }, officer));
      expect(created.id).not.toBe(id);
      expect(created).toMatchObject({ state: 'acknowledged', type: 'fire', priority: 'critical', version: 1 });
      expect(created.alarms.map((alarm) => alarm.id)).toEqual([alarmIds[1]]);
      expect((await hub.incident(id)).alarms.map((alarm) => alarm.id)).toEqual([alarmIds[0]]);
      expect(await kinds(id)).toContain('split');
    });

    test('[I10] the list pages without gaps, filters, and shows an agency its own only', async () => {
      value(await hub.agencies.create(agency('desk')));
      const ids: string[] = [];
      for (let n = 0; n < 7; n++) {
        ids.unshift(value(await hub.incidents.open({ type: n % 2 ? 'fire' : 'water', drill: n === 6 }, officer)).id);
        if (n % 3 === 0) hub.clock.advance(1_000);
      }
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = value(await hub.incidents.list({ limit: 3, cursor }, officer));
        seen.push(...page.items.map((incident) => incident.id));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(ids);
      const fires = value(await hub.incidents.list({ type: 'fire', state: 'open', drill: false }, officer));
      expect(fires.items).toHaveLength(3);
      expect(await hub.incidents.list({ cursor: 'x' }, officer)).toMatchObject({ code: 'invalid-request' });
      expect(await hub.incidents.list({ state: 'lost' }, officer)).toMatchObject({ code: 'invalid-request' });
      value(await hub.incidents.dispatch(ids[2] as string, { agencyIds: ['desk'] }, officer));
      const own = value(await hub.incidents.list({}, crew('desk')));
      expect(own.items.map((incident) => incident.id)).toEqual([ids[2]]);
      expect(await hub.incidents.get(ids[0] as string, crew('desk'))).toMatchObject({ code: 'not-found' });
    });

    test('[I11] a person opens an incident at a zone, and a place that does not exist is refused', async () => {
      const incident = value(
        await hub.incidents.open({ type: 'intrusion', zoneId: 'mall-p', description: 'ladder' }, officer),
      );
      expect(incident).toMatchObject({ state: 'new', source: 'person', siteId: 'mall', priority: 'high', version: 1 });
      expect(incident.position).toEqual(farZone.position);
      expect(await hub.incidents.open({ type: 'fire', zoneId: 'moon' }, officer)).toMatchObject({
        code: 'invalid-request',
      });
      expect(await hub.incidents.dispatch(incident.id, { agencyIds: ['nobody'] }, officer)).toMatchObject({
        code: 'invalid-request',
      });
    });
  });
});
