import type { MetricValue } from '@kuzet/contracts/device.ts';
import { parseReadingTopic, topics } from '@kuzet/contracts/topics.ts';
import { maxValues, toMetricValue } from './metric-value.ts';
import { parseRfc3339 } from './observed-at.ts';
import { type Profile, type ProfileResult, refuse } from './profile.ts';
import { describe, readJsonObject } from './read-json.ts';

/** Kuzet's own format: `kuzet/v1/{site}/{device}/reading` with `{"observedAt": RFC 3339, "values": {…}}`. */
export const canonical: Profile = {
  name: 'canonical',
  topics: (device) => [{ topic: device.topic ?? topics.reading(device.siteId, device.id), kind: 'reading' }],
  unknownDevice: (topic) => parseReadingTopic(topic)?.device ?? null,
  ignores: () => false,

  read({ payload, nowMs }): ProfileResult {
    const json = readJsonObject(payload);
    if ('refused' in json) return refuse(json.refused);
    const { observedAt, values } = json.object;
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      return refuse(values === undefined ? '"values" is missing' : `"values" is ${describe(values)}, not an object`);
    }
    const names = Object.keys(values);
    if (names.length === 0) return refuse('"values" is empty');
    if (names.length > maxValues) return refuse(`${names.length} values in one reading; at most ${maxValues}`);

    const faults: string[] = [];
    let observedAtMs = nowMs;
    let ownTime = false;
    if (observedAt !== undefined && observedAt !== null) {
      const said = typeof observedAt === 'string' ? parseRfc3339(observedAt) : null;
      if (said === null) {
        faults.push('"observedAt" is not an RFC 3339 date-time with a zone, such as 2026-11-22T12:00:00Z');
      } else {
        // However wrong the clock: it is the device's word, and the hub judges it.
        observedAtMs = said;
        ownTime = true;
      }
    }

    const taken: Record<string, MetricValue> = {};
    let count = 0;
    for (const name of names) {
      const result = toMetricValue(name, (values as Record<string, unknown>)[name]);
      if ('refused' in result) {
        faults.push(result.refused);
      } else {
        taken[name] = result.value;
        count++;
      }
    }
    return {
      items: count === 0 ? [] : [{ t: 'reading', observedAtMs, values: taken, ...(ownTime && { ownTime }) }],
      refused: faults.length > 0 ? faults.slice(0, 3).join('; ') : null,
    };
  },
};
