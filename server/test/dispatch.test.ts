import type { NewAgency } from '@kuzet/contracts/api.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { claimDue } from '../dispatch/outbox.ts';
import { migrate } from '../store/migrate.ts';
import {
  agency,
  createHub,
  crew,
  type Hub,
  officer,
  openReceiver,
  type Receiver,
  secretA,
  secretB,
  storeKinds,
} from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';

describe.each(storeKinds)('%s', (_kind, openStore) => {
  let store: TestDatabase;
  let receiver: Receiver;
  let hub: Hub;
  const others: Receiver[] = [];

  beforeAll(async () => {
    store = await openStore();
    await migrate(store.database, silentLog);
  });
  afterAll(() => store.remove());
  beforeEach(async () => {
    await store.database.script(
      'truncate kuzet.evidence, kuzet.evidence_manifests, kuzet.outbox, kuzet.dispatches, kuzet.agencies, kuzet.incident_timeline, kuzet.alarms, kuzet.incidents',
    );
    receiver = await openReceiver();
    hub = createHub(store.database);
    hub.worker.start();
  });
  afterEach(async () => {
    await hub?.worker.stop();
    await receiver?.close();
    for (const other of others.splice(0)) await other.close();
  });

  const value = <T>(result: { ok: true; value: T } | { ok: false; code: string; detail: string }): T => {
    if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
    return result.value;
  };
  const addWebhook = async (id: string, at: Receiver, over = {}) =>
    value(
      await hub.agencies.create(
        agency(id, {
          channel: 'webhook',
          endpoint: `${at.url}/real/${id}`,
          drillEndpoint: `${at.url}/drill/${id}`,
          secret: secretA,
          ...over,
        }),
      ),
    );
  const openFire = async (over = {}) =>
    value(await hub.incidents.open({ type: 'fire', position: { lon: 71.43, lat: 51.13 }, ...over }, officer));
  /** Turns the clock, a little at each look, until `check` passes. */
  const turnUntil = (check: () => void | Promise<void>, stepMs = 200) =>
    vi.waitFor(
      async () => {
        hub.clock.advance(stepMs);
        await check();
      },
      { timeout: 15_000, interval: 20 },
    );
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 10 });
  const only = async (incidentId: string) => {
    const [dispatch] = (await hub.incident(incidentId)).dispatches;
    if (!dispatch) throw new Error('no dispatch');
    return dispatch;
  };
  const expectState = (incidentId: string, state: string) => async () =>
    expect((await only(incidentId)).state).toBe(state);

  describe('delivery', () => {
    test('[D3] a call is signed as Standard Webhooks asks; 2xx makes it delivered and never accepted', async () => {
      await addWebhook('fire', receiver, { autoDispatch: ['fire'] });
      const incident = await openFire();
      await until(expectState(incident.id, 'delivered'));
      const [request] = receiver.requests;
      expect(new Webhook(secretA).verify(request!.body, request!.headers)).toMatchObject({
        type: 'incident.raised',
        data: { dispatchId: (await only(incident.id)).id, sequence: 1, incident: { id: incident.id, type: 'fire' } },
      });
      expect(() => new Webhook(secretB).verify(request!.body, request!.headers)).toThrow();
      const after = await hub.incident(incident.id);
      expect(after).toMatchObject({ state: 'new', dispatchedAt: null });
      expect(after.dispatches[0]).toMatchObject({ acceptedAt: null, attempts: 1, lastError: null });
      expect(after.timeline.map((entry) => entry.kind)).toEqual(['opened', 'dispatch-queued', 'dispatch-delivered']);
    });

    test('[D5] it is tried again after 500, after a redirect and after silence, always with the same webhook-id', async () => {
      const elsewhere = await openReceiver();
      others.push(elsewhere);
      await addWebhook('fire', receiver);
      receiver.headers = { location: elsewhere.url };
      receiver.plan = [500, 302, null, 200];
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(async () => expect((await only(incident.id)).lastError).toBe('answered HTTP 500'));
      expect((await only(incident.id)).state).toBe('sent');
      await turnUntil(expectState(incident.id, 'delivered'), 500);
      expect(receiver.requests).toHaveLength(4);
      expect(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size).toBe(1);
      expect(elsewhere.requests).toEqual([]);
      expect((await only(incident.id)).attempts).toBe(4);
    });

    test('[D5] a receiver that refuses connections leaves the call queued, with the reason', async () => {
      const dead = await openReceiver();
      await dead.close();
      await addWebhook('fire', dead);
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(async () => expect((await only(incident.id)).lastError).toMatch(/ECONNREFUSED/));
      expect(await only(incident.id)).toMatchObject({ state: 'queued', sentAt: null, deliveredAt: null });
    });

    test('[D5] Retry-After is honoured', async () => {
      await addWebhook('fire', receiver);
      receiver.headers = { 'retry-after': '20' };
      receiver.plan = [503];
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(async () => expect((await only(incident.id)).lastError).toBe('answered HTTP 503'));
      const { nextAttemptAt } = await only(incident.id);
      expect(Date.parse(nextAttemptAt!) - hub.clock.now()).toBe(20_000);

      // News that waits behind the call is due already, and has no turn before it.
      value(await hub.incidents.note(incident.id, { text: 'stairs blocked' }, officer));
      value(await hub.incidents.setPriority(incident.id, { priority: 'routine', reason: 'small' }, officer));
      const waiting = await store.database.query('select 1 from kuzet.outbox where done_at is null');
      expect(waiting.length).toBeGreaterThan(1);
      expect((await only(incident.id)).nextAttemptAt).toBe(nextAttemptAt);
    });

    test('[D6] an endpoint that is gone (410) fails the call at once, and an officer can send it again', async () => {
      await addWebhook('fire', receiver);
      receiver.plan = [410];
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(expectState(incident.id, 'failed'));
      const failed = await only(incident.id);
      expect(failed.reason).toMatch(/410/);
      expect(await hub.dispatches.redeliver(failed.id, crew('fire'))).toMatchObject({ ok: false, code: 'forbidden' });
      expect(value(await hub.dispatches.redeliver(failed.id, officer)).state).toBe('queued');
      await until(expectState(incident.id, 'delivered'));
      expect(receiver.requests.map((request) => request.type)).toEqual(['incident.raised', 'incident.raised']);
    });

    test('[D7] never a later state before an earlier one; news that waits gives way to newer news', async () => {
      await addWebhook('fire', receiver);
      receiver.plan = [500];
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(async () => expect((await only(incident.id)).lastError).toBe('answered HTTP 500'));
      for (const text of ['one', 'two', 'three']) await hub.incidents.note(incident.id, { text }, officer);
      await turnUntil(() => expect(receiver.requests).toHaveLength(3));
      const [first, second, third] = receiver.requests;
      expect([first!.type, second!.type, third!.type]).toEqual([
        'incident.raised',
        'incident.raised',
        'incident.updated',
      ]);
      expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
      expect(third!.sequence).toBeGreaterThan(second!.sequence);
      expect(third!.incident.timeline.some((entry) => entry.data.text === 'three')).toBe(true);
      await turnUntil(async () => {
        const waiting = await store.database.query('select id from kuzet.outbox where done_at is null');
        expect(waiting).toEqual([]);
      });
      expect(receiver.requests).toHaveLength(3);
    });

    test('[D7] while one message is under way, later ones of the same dispatch wait', async () => {
      await addWebhook('fire', receiver);
      receiver.status = null;
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(() => expect(receiver.requests).toHaveLength(1));
      await hub.incidents.note(incident.id, { text: 'later' }, officer);
      // A second agency's call goes through the same looks at the outbox: when it has arrived, they have been made.
      const other = await openReceiver();
      others.push(other);
      await addWebhook('police', other);
      await hub.incidents.dispatch(incident.id, { agencyIds: ['police'] }, officer);
      await until(() => expect(other.requests).toHaveLength(1));
      expect(receiver.requests).toHaveLength(1);
      receiver.status = 200;
      receiver.requests[0]!.respond(200);
      await until(() => expect(receiver.requests).toHaveLength(2));
      expect(receiver.requests[1]!.sequence).toBeGreaterThan(receiver.requests[0]!.sequence);
    });

    test('[D8] a receiver that hangs holds up no other', async () => {
      const quick = await openReceiver();
      others.push(quick);
      await addWebhook('slow', receiver, { autoDispatch: ['fire'] });
      await addWebhook('quick', quick, { autoDispatch: ['fire'] });
      receiver.status = null;
      // More calls than the slow one has places; the clock stands still, so none of them times out.
      for (let n = 0; n < 7; n++) await openFire();
      await until(() => expect(quick.requests).toHaveLength(7));
      expect(receiver.requests.length).toBeLessThanOrEqual(4);
    });

    test('[D9] a hub that stops in mid-retry goes on after the restart, with the same webhook-id', async () => {
      await addWebhook('fire', receiver);
      receiver.plan = [500, null];
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await turnUntil(() => expect(receiver.requests).toHaveLength(2));
      await hub.worker.stop();
      expect((await only(incident.id)).state).toBe('sent');
      const { clock } = hub;
      hub = createHub(await store.reopen(), clock);
      hub.worker.start();
      await turnUntil(expectState(incident.id, 'delivered'));
      expect(receiver.requests).toHaveLength(3);
      expect(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size).toBe(1);
    });

    test('[D9] a hub that dies with a request under way sends it again when its claim has run out', async () => {
      await addWebhook('fire', receiver);
      await hub.worker.stop();
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      const claim = { nowMs: hub.clock.now(), leaseMs: 12_000, underWay: [], room: () => 4 };
      const [lost] = await claimDue(store.database, claim);
      expect(lost).toBeDefined();
      expect(await claimDue(store.database, claim)).toEqual([]);
      hub = createHub(store.database, hub.clock);
      hub.worker.start();
      await turnUntil(expectState(incident.id, 'delivered'), 1_000);
      expect(receiver.requests.map((request) => request.headers['webhook-id'])).toEqual([lost!.id]);
    });

    test('[D10] while a secret is being rotated both verify, and then only the new one', async () => {
      await addWebhook('fire', receiver, { autoDispatch: ['fire'] });
      value(await hub.agencies.patch('fire', { secret: secretB }));
      await openFire();
      await until(() => expect(receiver.requests).toHaveLength(1));
      const [both] = receiver.requests;
      for (const secret of [secretA, secretB])
        expect(() => new Webhook(secret).verify(both!.body, both!.headers)).not.toThrow();

      // The day of both passes; the receivers' own clock is the real one, so the signature is made again for it.
      hub.clock.advance(25 * 3_600_000);
      await openFire();
      await until(() => expect(receiver.requests).toHaveLength(2));
      const last = receiver.requests[1]!;
      const sign = (secret: string) =>
        new Webhook(secret).sign(
          last.headers['webhook-id']!,
          new Date(Number(last.headers['webhook-timestamp']) * 1000),
          last.body,
        );
      expect(last.headers['webhook-signature']).toBe(sign(secretB));
      expect(JSON.stringify(await hub.agencies.list())).not.toContain('whsec_');
    });

    test('[D11] a drill never reaches the address for real incidents', async () => {
      await addWebhook('fire', receiver, { autoDispatch: ['fire'] });
      await addWebhook('no-drills', receiver, { drillEndpoint: null, autoDispatch: ['fire'] });
      const drills: string[] = [];
      for (let n = 0; n < 12; n++) {
        const incident = await openFire({ drill: n % 2 === 0 });
        if (incident.drill) drills.push(incident.id);
        await hub.incidents.note(incident.id, { text: 'news' }, officer);
      }
      // A row that was changed behind the hub's back: the message says drill, the dispatch does not.
      const tampered = await openFire({ drill: true });
      await hub.worker.stop();
      await store.database.query('update kuzet.dispatches set drill = false where incident_id = $1', [tampered.id]);
      hub = createHub(store.database, hub.clock);
      hub.worker.start();
      await turnUntil(async () => {
        expect(
          await store.database.query('select id from kuzet.outbox where done_at is null and given_up_at is null'),
        ).toEqual([]);
      });
      const kinds = receiver.requests.map(({ url, incident }) => `${url.split('/')[1]} ${incident.drill}`);
      expect(new Set(kinds)).toEqual(new Set(['real false', 'drill true']));
      for (const id of drills) {
        const refused = (await hub.incident(id)).dispatches.find((dispatch) => dispatch.agencyId === 'no-drills');
        expect(refused).toMatchObject({ state: 'failed', drill: true, attempts: 0 });
      }
    });

    test('[D12] a desk has a call when it says so itself, not when the hub published it', async () => {
      value(await hub.agencies.create(agency('desk')));
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['desk'] }, officer);
      await until(expectState(incident.id, 'sent'));
      const { id } = await only(incident.id);
      expect(await hub.dispatches.markDelivered(id, 'other')).toMatchObject({ ok: false, code: 'forbidden' });
      expect(value(await hub.dispatches.markDelivered(id, 'desk')).state).toBe('delivered');
      const { version } = await hub.incident(incident.id);
      value(await hub.dispatches.markDelivered(id, 'desk'));
      expect((await hub.incident(incident.id)).version).toBe(version);
    });
  });

  describe('answers', () => {
    const deskCall = async (id = 'desk') => {
      value(await hub.agencies.create(agency(id)));
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: [id] }, officer);
      return { incident, dispatch: await only(incident.id) };
    };

    test('[D1] only the agency itself answers its dispatch', async () => {
      const { dispatch } = await deskCall();
      for (const actor of [officer, crew('other')]) {
        expect(await hub.dispatches.accept(dispatch.id, {}, actor)).toMatchObject({ ok: false, code: 'forbidden' });
        expect(await hub.dispatches.reject(dispatch.id, { reason: 'no' }, actor)).toMatchObject({ code: 'forbidden' });
        expect(await hub.dispatches.complete(dispatch.id, {}, actor)).toMatchObject({ ok: false, code: 'forbidden' });
      }
      expect(value(await hub.dispatches.list({}, crew('other'))).items).toEqual([]);
      expect(value(await hub.dispatches.list({}, crew('desk'))).items).toHaveLength(1);
    });

    test('[D13] accepting moves the incident to dispatched, arriving to on-scene; pressed twice it changes nothing', async () => {
      const { incident, dispatch } = await deskCall();
      const accepted = value(await hub.dispatches.accept(dispatch.id, { by: 'Serik', unit: '21' }, crew('desk')));
      expect(accepted).toMatchObject({ state: 'accepted', acceptedBy: 'Serik', unit: '21', overdue: false });
      const after = await hub.incident(incident.id);
      expect(after).toMatchObject({ state: 'dispatched', dispatchedAt: accepted.acceptedAt });
      value(await hub.dispatches.accept(dispatch.id, { by: 'Someone else' }, crew('desk')));
      expect((await hub.incident(incident.id)).version).toBe(after.version);
      const conflict = await hub.dispatches.reject(dispatch.id, { reason: 'busy' }, crew('desk'));
      expect(conflict).toMatchObject({ ok: false, code: 'conflict' });
      expect(conflict.ok ? '' : conflict.detail).toContain('by Serik');
      value(await hub.dispatches.update(dispatch.id, { progress: 'on-scene' }, crew('desk')));
      expect(await hub.incident(incident.id)).toMatchObject({ state: 'on-scene', onSceneAt: expect.any(String) });
      value(await hub.dispatches.complete(dispatch.id, {}, crew('desk')));
      expect(await hub.incident(incident.id)).toMatchObject({ state: 'on-scene' });
    });

    test('[D13] a rejection comes back with its reason at once, and the call can be made again', async () => {
      const { incident, dispatch } = await deskCall();
      hub.effects.length = 0;
      value(await hub.dispatches.reject(dispatch.id, { reason: 'no crew free' }, crew('desk')));
      expect(hub.effects.some((effect) => [...(effect.incidents ?? [])].includes(incident.id))).toBe(true);
      expect(await hub.incident(incident.id)).toMatchObject({ state: 'acknowledged', dispatchedAt: null });
      expect(await hub.dispatches.accept(dispatch.id, {}, crew('desk'))).toMatchObject({ ok: false, code: 'conflict' });
      value(await hub.incidents.dispatch(incident.id, { agencyIds: ['desk'] }, officer));
      expect(await only(incident.id)).toMatchObject({ id: dispatch.id, rejectedAt: null, reason: null });
      await until(expectState(incident.id, 'sent'));
    });

    test('[D2] a 2xx that comes after the acceptance does not move it back', async () => {
      await addWebhook('fire', receiver);
      receiver.status = null;
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(() => expect(receiver.requests).toHaveLength(1));
      value(await hub.dispatches.accept((await only(incident.id)).id, {}, crew('fire')));
      receiver.requests[0]!.respond(200);
      await until(async () => expect((await only(incident.id)).deliveredAt).not.toBeNull());
      expect((await only(incident.id)).state).toBe('accepted');
    });

    test('[D14] a dispatch without an answer turns overdue once, also when the hub was down at the time', async () => {
      const { incident, dispatch } = await deskCall();
      await until(expectState(incident.id, 'sent'));
      await hub.worker.stop();
      const clock = createTestClock(Date.parse(dispatch.acceptBy) + 1);
      hub = createHub(store.database, clock);
      hub.worker.start();
      await until(async () => expect((await only(incident.id)).overdue).toBe(true));
      expect(hub.effects.some((effect) => [...(effect.incidents ?? [])].includes(incident.id))).toBe(true);
      await hub.worker.stop();
      hub = createHub(store.database, clock);
      hub.worker.start();
      const late = await openFire();
      await hub.incidents.dispatch(late.id, { agencyIds: ['desk'] }, officer);
      await turnUntil(async () => expect((await only(late.id)).overdue).toBe(true), 1_000);
      const said = (await hub.incident(incident.id)).timeline.filter((entry) => entry.kind === 'dispatch-overdue');
      expect(said).toHaveLength(1);
      expect(value(await hub.dispatches.accept(dispatch.id, {}, crew('desk'))).overdue).toBe(false);
    });

    test('[D15] closing as a false alarm calls the agencies off; after it nobody can accept', async () => {
      await addWebhook('fire', receiver);
      const incident = await openFire();
      await hub.incidents.dispatch(incident.id, { agencyIds: ['fire'] }, officer);
      await until(expectState(incident.id, 'delivered'));
      value(await hub.incidents.close(incident.id, { disposition: 'false-alarm' }, officer));
      await until(() => expect(receiver.requests.at(-1)!.type).toBe('incident.cancelled'));
      expect(receiver.requests.at(-1)!.incident).toMatchObject({ state: 'closed', disposition: 'false-alarm' });
      const answer = await hub.dispatches.accept((await only(incident.id)).id, {}, crew('fire'));
      expect(answer).toMatchObject({ ok: false, code: 'conflict' });
    });
  });

  describe('agencies', () => {
    test('[D16] one that could not be served as written is refused', async () => {
      const cases: [Partial<NewAgency>, RegExp][] = [
        [{ format: 'cap' as const }, /format: cap is not available yet/],
        [{ format: 'eido' as const }, /format: eido is not available yet/],
        [{ secret: undefined }, /secret/],
        [{ endpoint: null }, /endpoint/],
        [{ endpoint: 'http://169.254.169.254/latest' }, /never sent to/],
        [{ endpoint: 'http://2852039166/' }, /never sent to/],
        [{ endpoint: 'http://[::ffff:169.254.169.254]/' }, /never sent to/],
        [{ endpoint: 'http://8.8.8.8/' }, /allowedNetworks/],
        [{ endpoint: 'http://user:word@127.0.0.1/' }, /user name/],
        [{ endpoint: 'file:///etc/passwd' }, /http/],
        [{ endpoint: 'http://127.0.0.1/a', drillEndpoint: 'http://127.0.0.1/a#drill' }, /must differ/],
        [{ autoDispatch: ['fires'] }, /autoDispatch/],
      ];
      for (const [over, why] of cases) {
        const answer = await hub.agencies.create(
          agency('bad', { channel: 'webhook', endpoint: 'http://127.0.0.1:1/', secret: secretA, ...over }),
        );
        expect(answer, JSON.stringify(over)).toMatchObject({ ok: false, code: 'invalid-request' });
        expect(answer.ok ? '' : answer.detail).toMatch(why);
        expect(await hub.agencies.list()).toEqual([]);
      }
    });
  });
});
