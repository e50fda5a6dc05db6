import type { Device } from '@kuzet/contracts/device.ts';

export interface Weather {
  temperatureC: number | null;
  windMs: number | null;
  /** Where the wind comes from, degrees clockwise from north. */
  windFromDeg: number | null;
  observedAtMs: number;
  /** False: the station is not heard, and what it said last is shown with its time. */
  heard: boolean;
}

/** Latest word of the first weather station that has one; null where none has. */
export function weatherOf(devices: Iterable<Device>): Weather | null {
  let newest: Weather | null = null;
  for (const device of devices) {
    if (device.kind !== 'weather-station') continue;
    const value = (metric: string) => {
      const latest = device.latest[metric];
      return typeof latest?.value === 'number' ? latest.value : null;
    };
    const times = ['temperature', 'windSpeed', 'windBearing'].flatMap((metric) => {
      const latest = device.latest[metric];
      return latest ? [Date.parse(latest.observedAt)] : [];
    });
    if (times.length === 0) continue;
    const weather: Weather = {
      temperatureC: value('temperature'),
      windMs: value('windSpeed'),
      windFromDeg: value('windBearing'),
      observedAtMs: Math.min(...times),
      heard: device.state === 'online',
    };
    if (!newest || weather.observedAtMs > newest.observedAtMs) newest = weather;
  }
  return newest;
}
