import { describe, expect, it } from 'vitest';
import { type OpenIncident, placeAlarm, type RaisedAlarm } from './correlator.ts';

const minute = 60_000;
const t0 = Date.UTC(2026, 10, 22, 12);
const here = { lon: 71.4, lat: 51.1 };
const north = (m: number) => ({ lon: here.lon, lat: here.lat + m / 111_195 });
const alarm = (over: Partial<RaisedAlarm> = {}): RaisedAlarm => ({
  incidentType: 'fire',
  siteId: 'mall',
  zoneId: 'atrium',
  position: here,
  raisedAt: t0 + 5 * minute,
  ...over,
});
const incident = (over: Partial<OpenIncident> = {}): OpenIncident => ({
  id: 'INC-2026-000001',
  type: 'fire',
  state: 'new',
  siteId: 'mall',
  zoneId: 'atrium',
  position: here,
  openedAt: t0,
  lastAlarmAt: t0,
  ...over,
});
const join = { kind: 'join', incidentId: 'INC-2026-000001' };
const open = { kind: 'open' };

describe('placeAlarm', () => {
  it.each([
    ['[A8] joins an incident of the same type, site and zone', {}, {}, join],
    ['[A8] joins at any distance within the zone', { position: north(900) }, {}, join],
    ['[A8] joins from another zone within 150 m', { zoneId: 'shop', position: north(149) }, {}, join],
    ['[A8] opens beyond 150 m in another zone', { zoneId: 'shop', position: north(151) }, {}, open],
    ['[A8] two unknown zones are not the same zone', { zoneId: null, position: north(151) }, { zoneId: null }, open],
    ['[A8] opens for another type', { incidentType: 'gas' as const }, {}, open],
    ['[A8] opens for another site', { siteId: 'station' }, {}, open],
    ['[A8] never joins a resolved incident', {}, { state: 'resolved' as const }, open],
    ['[A8] never joins a closed incident', {}, { state: 'closed' as const }, open],
    ['[A8] joins one that a crew is at', {}, { state: 'on-scene' as const }, join],
    ['[A8] opens after 30 quiet minutes', { raisedAt: t0 + 31 * minute }, {}, open],
    [
      '[A8] a later alarm keeps the incident together',
      { raisedAt: t0 + 50 * minute },
      { lastAlarmAt: t0 + 25 * minute },
      join,
    ],
    ['[A8] joins late news of what came before', { raisedAt: t0 - 29 * minute }, {}, join],
    ['[A8] an incident without a place takes by zone only', { zoneId: 'shop' }, { position: null }, open],
  ])('%s', (_, alarmOver, incidentOver, expected) => {
    expect(placeAlarm(alarm(alarmOver), [incident(incidentOver)])).toEqual(expected);
  });

  it('[A8] chooses the incident with the latest alarm, whatever the order given', () => {
    const two = [incident({ id: 'INC-2026-000001' }), incident({ id: 'INC-2026-000002', lastAlarmAt: t0 + minute })];
    for (const given of [two, [...two].reverse()]) {
      expect(placeAlarm(alarm(), given)).toEqual({ kind: 'join', incidentId: 'INC-2026-000002' });
    }
  });
  it('[A8] opens where nothing is open', () => {
    expect(placeAlarm(alarm(), [])).toEqual(open);
  });
});
