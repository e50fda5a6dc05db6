import type { Device } from '@kuzet/contracts/device.ts';
import { describe, expect, it } from 'vitest';
import { indicatorsOf, isOff } from './indicators.ts';

const name = { kk: 'а', ru: 'а', en: 'a' };
const device = (id: string, state: Device['state'], pm25: number): Device => ({
  id,
  siteId: 's',
  zoneId: null,
  kind: 'air-quality',
  name,
  position: { lon: 71.4, lat: 51.1 },
  metrics: [{ name: 'pm25', unit: 'ug/m3' }],
  state,
  lastSeenAt: null,
  latest: { pm25: { value: pm25, observedAt: '2026-11-22T12:00:00.000Z' } },
});
const find = (id: string, devices: Device[]) =>
  indicatorsOf(null, devices, [], new Set(['s'])).find((item) => item.id === id);

describe('city indicators', () => {
  it('takes the worst air of the stations that are heard', () => {
    const air = find('pm25', [device('a', 'online', 20), device('b', 'online', 48), device('c', 'silent', 300)]);
    expect(air?.value).toBe(48);
    expect(air && isOff(air)).toBe(true);
  });
  it('leaves the air inside buildings out', () => {
    expect(find('pm25', [{ ...device('a', 'online', 999), siteId: 'mall' }])?.value).toBeNull();
  });
  it('says nothing where nothing is known', () => {
    expect(find('pm25', [])?.value).toBeNull();
    expect(find('acknowledge', [])?.value).toBeNull();
    expect(indicatorsOf(null, [], [], new Set()).filter(isOff)).toEqual([]);
  });
  it('counts a silent device as not in order', () => {
    const share = find('devices', [device('a', 'online', 1), device('b', 'silent', 1)]);
    expect(share?.value).toBe(50);
    expect(share && isOff(share)).toBe(true);
  });
});
