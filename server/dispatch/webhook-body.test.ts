import type { Incident } from '@kuzet/contracts/incident.ts';
import { describe, expect, test } from 'vitest';
import { largestBodyBytes, type WebhookMessage, webhookBody } from './webhook-body.ts';

const name = { kk: 'Түтін датчигі', ru: 'Датчик дыма', en: 'Smoke detector' };
const at = '2026-11-22T12:00:00.000Z';

function message(over: Partial<Incident>): WebhookMessage {
  const incident = {
    id: 'INC-2026-000001',
    drill: false,
    description: null,
    alarms: [],
    dispatches: [],
    steps: [],
    timeline: [],
  };
  return {
    type: 'incident.updated',
    timestamp: at,
    data: { dispatchId: 'dsp_1', sequence: 7, incident: { ...(incident as unknown as Incident), ...over } },
  };
}
const notes = (count: number) =>
  Array.from({ length: count }, (_, id) => ({
    id,
    at,
    kind: 'note' as const,
    actor: 'A',
    data: { text: 'ә'.repeat(300) },
  }));
const alarms = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `alm-${n}`, deviceName: name }) as Incident['alarms'][number]);

describe('[D4] a webhook body stays below 20 kB', () => {
  test('a small one is sent whole', () => {
    const whole = message({ timeline: notes(3) });
    expect(JSON.parse(webhookBody(whole))).toEqual(whole);
  });

  test('of a long timeline the latest entries stay', () => {
    const body = webhookBody(message({ timeline: notes(200) }));
    expect(Buffer.byteLength(body)).toBeLessThan(largestBodyBytes);
    const { incident } = (JSON.parse(body) as WebhookMessage).data;
    expect(incident.timeline.at(-1)?.id).toBe(199);
  });

  test('hundreds of alarms and the longest description fit, with the first alarm', () => {
    const body = webhookBody(message({ timeline: notes(500), alarms: alarms(400), description: 'қ'.repeat(4000) }));
    expect(Buffer.byteLength(body)).toBeLessThan(largestBodyBytes);
    const { incident, sequence } = (JSON.parse(body) as WebhookMessage).data;
    expect([incident.id, incident.alarms[0]?.id, sequence]).toEqual(['INC-2026-000001', 'alm-0', 7]);
  });
});
