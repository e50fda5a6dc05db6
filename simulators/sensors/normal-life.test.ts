import { describe, expect, it } from 'vitest';
import { generateCity } from '../city/generate-city.ts';
import { sunElevationDeg } from './day-curve.ts';
import { createNormalLife } from './normal-life.ts';

const city = generateCity();
const life = (id: string, seed = 1) => createNormalLife(city.devices.find((one) => one.id === id)!, seed);
/** 18:32 in Astana. */
const evening = Date.UTC(2026, 10, 22, 13, 32);
const noon = Date.UTC(2026, 10, 22, 7);

describe('normal life', () => {
  it('is the November evening of the demo: about −14 °C, wind about 6 m/s', () => {
    const { temperature, windSpeed } = life('qala-weather-01')(evening);
    expect(temperature).toBeGreaterThan(-16);
    expect(temperature).toBeLessThan(-12);
    expect(windSpeed).toBeGreaterThan(3.5);
    expect(windSpeed).toBeLessThan(8.5);
  });

  it('lights the street at night and not at noon', () => {
    expect(life('qala-light-01')(evening)).toMatchObject({ on: true });
    expect(life('qala-light-01')(noon)).toMatchObject({ on: false });
    expect(sunElevationDeg(Date.UTC(2026, 5, 21, 7, 15), 71.43, 51.13)).toBeCloseTo(62.3, 0);
  });

  it('raises no alarm through a whole day', () => {
    const alarms = ['smoke', 'alarm', 'gas', 'leak', 'forced', 'fault', 'test', 'tamper', 'batteryLow'];
    for (const device of city.devices) {
      const at = createNormalLife(device, 1);
      for (let hour = 0; hour < 24; hour++) {
        const values = at(noon + hour * 3_600_000);
        expect(alarms.filter((name) => values[name] === true)).toEqual([]);
        expect(Number(values.smokeDensity ?? 0)).toBeLessThan(0.5);
        expect(Number(values.level ?? 0)).toBeLessThan(1);
      }
    }
  });

  it('is the same for the same seed and instant, another for another seed, and moves', () => {
    expect(life('akku-power-b101')(evening)).toEqual(life('akku-power-b101')(evening));
    expect(life('akku-power-b101', 2)(evening)).not.toEqual(life('akku-power-b101')(evening));
    expect(life('akku-power-b101')(evening + 60_000)).not.toEqual(life('akku-power-b101')(evening));
  });
});
