/** What the profiles of this folder make of topics that are no device's: left alone, a stranger's, or a new device's. */
import type { ProfileName, SiteDevice } from '@kuzet/contracts/site-file.ts';
import { describe, expect, test } from 'vitest';
import { testDevice } from '../test-site.ts';
import { profiles } from './index.ts';

type Case = [topic: string, what: string | null | 'ignored'];

const table: [ProfileName, Partial<SiteDevice>[], Case[]][] = [
  [
    'tasmota',
    [
      {},
      { id: 'smoke', topic: 'tele/rfbridge', codes: { '4AF10A': { smoke: true } } },
      { id: 'c', topic: 'house/c/tele' },
    ],
    [
      ['tele/a/INFO1', 'ignored'],
      ['tele/a/UPTIME', 'ignored'],
      ['stat/a/RESULT', null],
      ['stat/a/POWER', 'ignored'],
      ['cmnd/a/POWER', 'ignored'],
      ['tele/rfbridge/STATE', 'ignored'],
      ['tele/attic/SENSOR', 'attic'],
      ['tele/attic/LWT', 'attic'],
      ['house/d/tele/SENSOR', null],
      ['tele/attic/INFO1', null],
      ['other/attic/SENSOR', null],
    ],
  ],
  [
    'shelly',
    [{}],
    [
      ['a/status/wifi', 'ignored'],
      ['a/status/temperature:1', 'ignored'],
      ['a/rpc', 'ignored'],
      ['a/debug/log', 'ignored'],
      ['shellyplus1pm-441793a5d2fc/events/rpc', 'shellyplus1pm-441793a5d2fc'],
      ['shellyplus1pm-441793a5d2fc/online', 'shellyplus1pm-441793a5d2fc'],
      ['attic/events/rpc', null],
      ['attic/status/wifi', null],
    ],
  ],
  [
    'tuya-fire',
    [{}],
    [
      ['tuya/6c95a93fd9', '6c95a93fd9'],
      ['tuya', null],
      ['other/6c95a93fd9', null],
    ],
  ],
  [
    'panel-magazino',
    [{}],
    [
      ['firealarm/v2/magazino/west/state', 'west'],
      ['firealarm/v2/other/west/state', null],
      ['firealarm/v2/magazino/west/log', null],
    ],
  ],
  [
    'panel-pai',
    [{}, { id: 'dsc', topic: 'dsc/zone/3' }],
    [
      ['paradox/states/zones/a/entry_delay', 'ignored'],
      ['paradox/states/zones/Attic/entry_delay', 'ignored'],
      ['paradox/states/outputs/Gate/on', 'ignored'],
      ['paradox/events/raw', 'ignored'],
      ['paradox/control/zones/Attic', 'ignored'],
      ['paradox/states/zones/Attic/open', 'Attic'],
      ['paradox/states/partitions/Main/fire_alarm', 'Main'],
      ['dsc/zone/4/state', 'zone 4'],
      ['dsc/zone/3/event', 'ignored'],
      ['other/states/zones/Attic/open', null],
    ],
  ],
  [
    'sensorthings',
    [{ topic: 'FROST/v1.1/Datastreams(5)/Observations' }],
    [
      ['FROST/v1.1/Datastreams(6)/Observations', 'Datastreams(6)'],
      ['other/v1.1/Datastreams(6)/Observations', null],
      ['FROST/v1.1/Things(6)', null],
    ],
  ],
];

describe.each(table)('[E20] topics of %s', (name, overs, cases) => {
  const devices = overs.map((over, at) => testDevice({ id: 'abc'[at]!, profile: name, ...over }));
  const profile = profiles[name];
  test.each(cases)('%s: %s', (topic, what) => {
    expect(profile.ignores(topic, devices)).toBe(what === 'ignored');
    if (what !== 'ignored') expect(profile.unknownDevice(topic, devices)).toBe(what);
  });
  test("are nobody's while no device speaks it", () => {
    for (const [topic] of cases) {
      expect(profile.ignores(topic, [])).toBe(false);
      expect(profile.unknownDevice(topic, [])).toBe(null);
    }
  });
});

describe('[E20] a device that nobody declared is known by its shape', () => {
  const nowMs = Date.UTC(2026, 10, 22, 12);
  const seen = (topic: string, payload: unknown) => {
    const message = {
      topic,
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      nowMs,
    };
    return Object.values(profiles)
      .map((profile) => ({ profile: profile.name, sighting: profile.recognise?.(message, []) ?? null }))
      .filter(({ sighting }) => sighting !== null);
  };
  const smoke = [{ name: 'smoke', unit: '' }];

  test.each([
    [
      'tele/attic/SENSOR',
      { Time: '2026-11-22T12:00:00', DS18B20: { Temperature: 20.6 } },
      'tasmota',
      { topic: 'tele/attic', id: 'attic', metrics: [{ name: 'temperature', unit: 'Cel' }] },
    ],
    [
      'upstairs/events/rpc',
      { src: 'shellyplussmoke-80646fe3a1c4', method: 'NotifyStatus', params: { 'smoke:0': { alarm: false } } },
      'shelly',
      { topic: 'upstairs', id: 'shellyplussmoke-80646fe3a1c4', metrics: smoke },
    ],
    [
      'cloud/6c95',
      { dataId: 'A', devId: '6c95', status: [{ code: 'smoke_sensor_status', value: 'normal', t: nowMs }] },
      'tuya-fire',
      { topic: 'cloud/6c95', id: '6c95', metrics: smoke },
    ],
    [
      'firealarm/v2/magazino/west/state',
      'false',
      'panel-magazino',
      { topic: 'firealarm/v2/magazino/west/state', id: 'west', kind: 'fire-panel', expectedIntervalS: 30 },
    ],
    [
      'paradox/states/zones/Attic/fire_alarm',
      'False',
      'panel-pai',
      { topic: 'paradox/states/zones/Attic', id: 'Attic', metrics: [{ name: 'fire', unit: '' }] },
    ],
    [
      'v1.1/Datastreams(6)/Observations',
      { '@iot.id': 7, result: 3 },
      'sensorthings',
      { topic: 'v1.1/Datastreams(6)/Observations', id: 'Datastreams(6)', metrics: [{ name: 'value', unit: '' }] },
    ],
  ])('%s', (topic, payload, profile, sighting) => {
    expect(seen(topic, payload)).toMatchObject([{ profile, sighting }]);
  });

  test.each([
    ['tele/attic/SENSOR', { temperature: 20 }],
    ['tele/attic/LWT', 'Online'],
    ['attic/events/rpc', { method: 'NotifyStatus', params: {} }],
    ['cloud/6c95', { devId: '6c95' }],
    ['firealarm/v2/magazino/west/state', 'maybe'],
    ['paradox/states/zones/Attic/entry_delay', 'True'],
    ['paradox/states/zones/Attic/open', '{}'],
    ['v1.1/Datastreams(6)/Observations', 'x'],
    ['x', 'x'],
    ['', ''],
  ])("%s with %j is nobody's", (topic, payload) => expect(seen(topic, payload)).toEqual([]));
});

describe('[E43] goodbyes', () => {
  const shellyOf = (metrics: string[]) =>
    testDevice({ id: 'a', profile: 'shelly', metrics: metrics.map((name) => ({ name, unit: '' })) });
  const said = (device: SiteDevice, word: string) => {
    const { kind } = profiles.shelly.topics(device).find(({ topic }) => topic === 'a/online')!;
    return profiles.shelly.read({ kind, payload: Buffer.from(word), nowMs: 0 });
  };

  test('of a Shelly on the mains are goodbyes; one on batteries only sleeps', () => {
    const offline = { items: [{ t: 'device-status', online: false }], refused: null };
    expect(said(shellyOf(['leak']), 'false')).toEqual(offline);
    expect(said(shellyOf(['leak', 'battery']), 'false')).toEqual({ items: [], refused: null });
    expect(said(shellyOf(['leak', 'battery']), 'true').items).toEqual([{ t: 'device-status', online: true }]);
    expect(said(shellyOf(['leak', 'battery']), 'gone').refused).toMatch(/neither/);
  });
});
