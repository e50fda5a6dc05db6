import type { DeviceKind } from '@kuzet/contracts/device.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { hump, sunElevationDeg } from './day-curve.ts';
import type { Values } from './formats/device-format.ts';
import { seedOf } from './random.ts';

/** What a device shows at an instant while nothing is the matter. The same seed and instant give the same values. */
export type NormalLife = (nowMs: number) => Values;

/** The demo's weather, whatever the date: an evening in November. */
const outdoors = { temperatureC: -14, windMps: 6, windFromDeg: 225, humidity: 78 } as const;

interface Noise {
  /** Smooth, −1 to 1, with bends about every `periodS` seconds. */
  smooth(nowMs: number, periodS: number): number;
  /** One draw of 0 to 1 for each slot of `slotS` seconds. */
  slot(nowMs: number, slotS: number): number;
  /** One draw of 0 to 1 for good. */
  constant: number;
}

type Sources = Record<string, (nowMs: number, noise: Noise, device: SiteDevice) => Values[string]>;

const common: Sources = {
  test: () => false,
  fault: () => false,
  tamper: () => false,
  batteryLow: () => false,
  battery: (_, noise) => 74 + Math.round(noise.constant * 26),
  linkQuality: (now, noise) => Math.round(95 + noise.constant * 90 + noise.smooth(now, 90) * 18),
  smoke: () => false,
  alarm: () => false,
  gas: () => false,
  leak: () => false,
  forced: () => false,
  smokeDensity: (now, noise) => round(0.08 + noise.smooth(now, 40) * 0.05, 2),
  temperature: (now, noise) => round(20.5 + noise.constant * 2 + hump(now, 15, 9) + noise.smooth(now, 600) * 0.4, 1),
  humidity: (now, noise) => round(34 + noise.constant * 6 + noise.smooth(now, 900) * 3, 1),
  co: (now, noise) => round(1.4 + noise.smooth(now, 120) * 0.6, 1),
};

const byKind: Partial<Record<DeviceKind, Sources>> = {
  'door-contact': { open: (now, noise) => noise.slot(now, 30) < 0.01 + 0.1 * hump(now, 14, 8) * noise.constant },
  'motion-sensor': { motion: (now, noise) => noise.slot(now, 60) < 0.03 + 0.6 * hump(now, 14, 9) },
  'air-quality': {
    pm25: (now, noise, device) =>
      round((isOpenAir(device) ? 19 + 9 * hump(now, 20, 7) : 7) + noise.constant * 4 + noise.smooth(now, 300) * 3, 1),
    pm10: (now, noise) => round(31 + 10 * hump(now, 19, 7) + noise.constant * 6 + noise.smooth(now, 300) * 4, 1),
    co2: (now, noise) => Math.round(470 + 330 * hump(now, 14, 8) + noise.smooth(now, 400) * 40),
    temperature: (now, noise, device) =>
      isOpenAir(device) ? coldAir(now, noise) : common.temperature!(now, noise, device),
    humidity: (now, noise, device) => (isOpenAir(device) ? dampAir(now, noise) : common.humidity!(now, noise, device)),
  },
  'weather-station': {
    temperature: (now, noise) => coldAir(now, noise),
    humidity: (now, noise) => dampAir(now, noise),
    windSpeed: (now, noise) =>
      round(outdoors.windMps + noise.smooth(now, 300) * 1.2 + noise.smooth(now + 7e6, 20) * 0.8, 1),
    windBearing: (now, noise) => Math.round(outdoors.windFromDeg + noise.smooth(now, 240) * 18),
  },
  // Over the mean level, as the gauges of the Есіл are set: the bank is at 3 m.
  'water-level': {
    level: (now, noise) =>
      round(0.32 + noise.constant * 0.1 + noise.smooth(now, 3600) * 0.02 + noise.smooth(now, 30) * 0.004, 3),
    temperature: (now, noise) => round(0.4 + noise.smooth(now, 3600) * 0.2, 1),
  },
  'power-meter': {
    power: (now, noise) =>
      round(
        (40 + noise.constant * 160) *
          (0.35 + 0.5 * hump(now, 13, 8) + 0.35 * hump(now, 19, 4)) *
          (1 + noise.smooth(now, 45) * 0.04),
        1,
      ),
    voltage: (now, noise) => round(229 + noise.smooth(now, 60) * 2.4, 1),
  },
  'street-light': {
    on: (now, _, device) => isDark(now, device),
    power: (now, noise, device) => round(isDark(now, device) ? 0.138 + noise.smooth(now, 120) * 0.003 : 0.002, 3),
  },
};

/** @throws Error when the device has a metric that its kind does not live with. */
export function createNormalLife(device: SiteDevice, seed: number): NormalLife {
  const noise = createNoise(seedOf(device.id, seed));
  const sources = { ...common, ...byKind[device.kind] };
  const metrics = device.metrics.map(({ name }) => {
    const source = sources[name];
    if (!source) throw new Error(`${device.id}: nothing is known of ${name} in a ${device.kind}`);
    return [name, source] as const;
  });
  return (nowMs) => Object.fromEntries(metrics.map(([name, source]) => [name, source(nowMs, noise, device)]));
}

function createNoise(seed: number): Noise {
  const draw = (n: number) => createRandom(seed ^ Math.imul(n | 0, 0x9e3779b1))();
  return {
    smooth(nowMs, periodS) {
      const at = nowMs / (periodS * 1000);
      const slot = Math.floor(at);
      const t = at - slot;
      const ease = t * t * (3 - 2 * t);
      return 2 * (draw(slot) * (1 - ease) + draw(slot + 1) * ease) - 1;
    },
    slot: (nowMs, slotS) => draw(Math.floor(nowMs / (slotS * 1000)) ^ 0x5bd1e995),
    constant: draw(-1),
  };
}

const isOpenAir = (device: SiteDevice): boolean => device.position.floor === undefined;
const coldAir = (now: number, noise: Noise) =>
  round(outdoors.temperatureC + 1.6 * hump(now, 15, 7) - 0.8 + noise.smooth(now, 900) * 0.5, 1);
const dampAir = (now: number, noise: Noise) => round(outdoors.humidity + noise.smooth(now, 1200) * 5, 0);
/** Lamps go on a little before the sun is gone. */
const isDark = (now: number, { position }: SiteDevice): boolean => sunElevationDeg(now, position.lon, position.lat) < 1;
const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
