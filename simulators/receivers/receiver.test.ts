import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { demoSecret } from '../config.ts';
import { createAgencyPerson } from './agency-person.ts';
import type { Answer } from './behaviour.ts';
import type { HubResult } from './hub-client.ts';
import { createReceiver } from './receiver.ts';
import { verifyWebhook } from './verify-webhook.ts';

const otherSecret = `whsec_${Buffer.from('another secret of thirty-two by').toString('base64')}`;

function signed(body: string, { id = 'msg_1', at = new Date(), secret = demoSecret } = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}
const notice = (dispatchId: string, sequence: number, type = 'incident.raised') =>
  JSON.stringify({
    type,
    timestamp: '2026-11-22T12:00:00.000Z',
    data: { dispatchId, sequence, incident: { site: '«Аққу»' } },
  });

function setUp(answer: Answer, hubResult: HubResult = { ok: true }, secrets = [demoSecret]) {
  const clock = createTestClock();
  const startMs = clock.now();
  const posts: { atS: number; path: string; token: string; body: unknown }[] = [];
  const hub = {
    post: async (path: string, token: string, body: unknown) => {
      posts.push({ atS: (clock.now() - startMs) / 1000, path, token, body });
      return hubResult;
    },
  };
  const person = createAgencyPerson({ name: '101', token: 'tok', hub, clock, log: silentLog });
  const config = { name: '101', secrets, token: 'tok', behaviour: { status: 204, delayMs: 0, hang: false, answer } };
  const receiver = createReceiver({ config, keep: 3, person, clock });
  const send = (body: string, id: string) => receiver.handle('webhook', signed(body, { id }), Buffer.from(body));
  /** Turns the clock second by second, letting answers of the hub arrive between. */
  const advance = async (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { receiver, send, advance, posts };
}

describe('webhook verification', () => {
  const body = notice('d-1', 1);

  it('takes a good signature, by either of two secrets', () => {
    expect(verifyWebhook([demoSecret], signed(body), Buffer.from(body))).toEqual({ ok: true });
    expect(verifyWebhook([otherSecret, demoSecret], signed(body), Buffer.from(body))).toEqual({ ok: true });
  });

  it('refuses a tampered body, a foreign secret, an old timestamp and missing headers', () => {
    const tampered = Buffer.from(body.replace('Аққу', 'Акку'));
    expect(verifyWebhook([demoSecret], signed(body), tampered)).toMatchObject({ ok: false });
    expect(verifyWebhook([otherSecret], signed(body), Buffer.from(body))).toMatchObject({ ok: false });
    const old = new Date(Date.now() - 6 * 60_000);
    expect(verifyWebhook([demoSecret], signed(body, { at: old }), Buffer.from(body))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/too old/i),
    });
    expect(verifyWebhook([demoSecret], {}, Buffer.from(body))).toMatchObject({ ok: false });
  });
});

describe('simulated agency', () => {
  const accept: Answer = {
    kind: 'accept',
    afterS: 6,
    by: 'Ахметов Д.',
    unit: 'АЦ-14',
    etaS: 60,
    enRouteAfterS: 10,
    onSceneAfterS: 60,
  };

  it('accepts after a while, sends a crew and reports it on scene', async () => {
    const { send, advance, posts } = setUp(accept);
    expect(send(notice('d-1', 1), 'msg_1')).toEqual({ status: 204, delayMs: 0 });
    await advance(5);
    expect(posts).toEqual([]);
    await advance(100);
    expect(posts).toEqual([
      {
        atS: 6,
        path: '/api/v1/dispatches/d-1/accept',
        token: 'tok',
        body: { by: 'Ахметов Д.', unit: 'АЦ-14', etaAt: '2026-11-22T12:01:06.000Z' },
      },
      expect.objectContaining({
        atS: 16,
        path: '/api/v1/dispatches/d-1/update',
        body: { progress: 'en-route', unit: 'АЦ-14', etaAt: '2026-11-22T12:01:06.000Z' },
      }),
      expect.objectContaining({ atS: 66, body: { progress: 'on-scene', unit: 'АЦ-14' } }),
    ]);
  });

  it('sends no crew when the hub does not take the acceptance', async () => {
    const { send, advance, posts } = setUp(accept, { ok: false, final: true, detail: '409' });
    send(notice('d-1', 1), 'msg_1');
    await advance(200);
    expect(posts.map(({ path }) => path)).toEqual(['/api/v1/dispatches/d-1/accept']);
  });

  it('acts once on a webhook that comes twice, and not on one overtaken by a later sequence', async () => {
    const { receiver, send, advance, posts } = setUp(accept);
    send(notice('d-1', 2), 'msg_2');
    send(notice('d-1', 2), 'msg_2');
    send(notice('d-1', 1), 'msg_1');
    await advance(8);
    expect(receiver.requests().map(({ duplicate, stale }) => [duplicate, stale])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
    expect(posts).toHaveLength(1);
  });

  it('keeps a forged request for inspection, answers 401 and does nothing', async () => {
    const { receiver, advance, posts } = setUp(accept);
    const body = notice('d-1', 1);
    const headers = { ...signed(body), 'webhook-signature': 'v1,bm90IGEgc2lnbmF0dXJl' };
    expect(receiver.handle('webhook', headers, Buffer.from(body)).status).toBe(401);
    await advance(30);
    expect(posts).toEqual([]);
    expect(receiver.requests()).toMatchObject([{ verified: false, status: 401, body }]);
  });

  it('counts a webhook that it failed as not received: the retry is no duplicate', async () => {
    const { receiver, send, advance, posts } = setUp(accept);
    receiver.change({ status: 503 });
    expect(send(notice('d-1', 1), 'msg_1').status).toBe(503);
    receiver.change({ reset: true });
    expect(send(notice('d-1', 1), 'msg_1').status).toBe(204);
    await advance(7);
    expect(posts).toHaveLength(1);
  });

  it('rejects with a reason, stays silent, and stops when called off', async () => {
    const { receiver, send, advance, posts } = setUp({ kind: 'reject', afterS: 2, reason: 'басқа аудан' });
    send(notice('d-1', 1), 'msg_1');
    await advance(3);
    expect(posts).toMatchObject([{ path: '/api/v1/dispatches/d-1/reject', body: { reason: 'басқа аудан' } }]);
    receiver.change({ answer: { kind: 'silent' } });
    send(notice('d-2', 1), 'msg_2');
    receiver.change({ answer: accept });
    send(notice('d-3', 1), 'msg_3');
    send(notice('d-3', 2, 'incident.cancelled'), 'msg_4');
    await advance(100);
    expect(posts).toHaveLength(1);
  });

  it('keeps the newest requests only', () => {
    const { receiver, send } = setUp({ kind: 'silent' });
    for (let i = 1; i <= 5; i++) send(notice(`d-${i}`, 1), `msg_${i}`);
    expect(receiver.requests().map(({ headers }) => headers['webhook-id'])).toEqual(['msg_3', 'msg_4', 'msg_5']);
  });
});
