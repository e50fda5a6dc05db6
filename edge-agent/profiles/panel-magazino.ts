import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { byDevices } from './by-devices.ts';
import { type Profile, type ProfileMessage, type ProfileResult, refuse } from './profile.ts';
import { readJsonObject } from './read-json.ts';
import { sightingOf } from './sighting.ts';

const fire = (value: boolean, observedAtMs: number): ProfileResult => ({
  items: [{ t: 'reading', observedAtMs, values: { fire: value } }],
  refused: null,
});

/**
 * `true` is a fire and `false` none, said at least every 30 s; earlier versions say `{"state": "ok" | "alarm" |
 * "offline"}`, the last of it as their will. Silence is the hub's to judge: write `expectedIntervalS: 30`.
 */
function read({ payload, nowMs }: ProfileMessage): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const text = payload.toString('utf8', 0, 16).trim().toLowerCase();
  if (text === 'true' || text === 'false') return fire(text === 'true', nowMs);
  const json = readJsonObject(payload);
  const state = 'object' in json ? json.object.state : null;
  if (state === 'alarm' || state === 'ok') return fire(state === 'alarm', nowMs);
  if (state === 'offline') return { items: [{ t: 'device-status', online: false }], refused: null };
  return refuse('the state is neither true nor false');
}

const topicOf = (device: SiteDevice): string => device.topic ?? `firealarm/v2/magazino/${device.id}/state`;
const shape = /^(firealarm\/v\d+\/[^/]+\/)([^/]+)\/state$/;
const placesOf = byDevices(
  (devices) => new Set(devices.map((device) => shape.exec(topicOf(device))?.[1] ?? '').filter((place) => place !== '')),
);

/** A fire panel's contact by Magazino's fire alarm interface: `firealarm/v2/magazino/<panel>/state`. */
export const panelMagazino: Profile = {
  name: 'panel-magazino',
  topics: (device) => [{ topic: topicOf(device), kind: 'state' }],
  unknownDevice(topic, devices) {
    const [, place = '', panel] = shape.exec(topic) ?? [];
    return panel !== undefined && placesOf(devices).has(place) ? panel : null;
  },
  ignores: () => false,
  read,
  recognise({ topic, payload, nowMs }) {
    const panel = shape.exec(topic)?.[2];
    if (panel === undefined) return null;
    const device = { topic, id: panel, kind: 'fire-panel', expectedIntervalS: 30 } as const;
    return sightingOf(device, read({ kind: '', payload, nowMs }));
  },
};
