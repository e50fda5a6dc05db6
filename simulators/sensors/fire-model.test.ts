import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import {
  ceilingJet,
  heatReleaseKw,
  obscurationPercentPerM,
  opticalDensityDbPerM,
  transportLagS,
} from './fire-model.ts';

describe('fire model', () => {
  const course = { growth: 'fast', peakKw: 1500, outAtS: 300 } as const;

  it('grows with the square of time: a fast fire reaches 1055 kW, the definition of t², in 150 s', () => {
    expect(heatReleaseKw(course, 150)).toBeCloseTo(1055, 0);
    expect(heatReleaseKw(course, 75) / heatReleaseKw(course, 150)).toBeCloseTo(0.25, 6);
  });

  it('is held by sprinklers and dies away once it is put out', () => {
    expect(heatReleaseKw(course, 250)).toBe(1500);
    expect(heatReleaseKw(course, 300)).toBe(1500);
    expect(heatReleaseKw(course, 312)).toBeCloseTo(1500 / Math.E, 0);
    expect(heatReleaseKw(course, 0)).toBe(0);
  });

  it("gives Alpert's ceiling jet: 1 MW under 5 m, 3 m from the axis", () => {
    // 5.38 (1000/3)^(2/3) / 5 = 51.7 K; 0.195 · 1000^(1/3) · 5^(1/2) / 3^(5/6) = 1.75 m/s
    const jet = ceilingJet(1000, 3, 5);
    expect(jet.riseK).toBeCloseTo(51.7, 1);
    expect(jet.speedMps).toBeCloseTo(1.75, 2);
    // On the axis: 16.9 · 1000^(2/3) / 5^(5/3) = 115.6 K
    expect(ceilingJet(1000, 0, 5).riseK).toBeCloseTo(115.6, 1);
  });

  it('is felt later farther away, and weaker', () => {
    expect(transportLagS(100, 20, 5)).toBeGreaterThan(transportLagS(100, 5, 5));
    expect(transportLagS(0, 5, 5)).toBe(Number.POSITIVE_INFINITY);
    expect(ceilingJet(100, 20, 5).riseK).toBeLessThan(ceilingJet(100, 5, 5).riseK);
  });

  it('carries about 2 dB/m of smoke at a rise of 13 K, which takes 37 % of the light in a metre', () => {
    expect(opticalDensityDbPerM(13)).toBeGreaterThan(1.6);
    expect(opticalDensityDbPerM(13)).toBeLessThan(2.2);
    expect(obscurationPercentPerM(2)).toBeCloseTo(36.9, 1);
  });
});

describe('point detector', () => {
  const run = (seconds: number, air: (atS: number) => { temperatureC: number; smokeDbPerM: number }) => {
    const detector = createDetector(21);
    let smokeAtS: number | null = null;
    let heatAtS: number | null = null;
    for (let s = 0.5; s <= seconds; s += 0.5) {
      detector.step(0.5, { speedMps: 0.8, ...air(s) });
      if (detector.smokeAlarm) smokeAtS ??= s;
      if (detector.heatAlarm) heatAtS ??= s;
    }
    return { detector, smokeAtS, heatAtS };
  };

  it('alarms at 0.15 dB/m and not below', () => {
    expect(run(60, () => ({ temperatureC: 21, smokeDbPerM: 0.14 })).smokeAtS).toBeNull();
    const { smokeAtS } = run(60, () => ({ temperatureC: 21, smokeDbPerM: 0.6 }));
    expect(smokeAtS).toBeGreaterThan(0);
    expect(smokeAtS).toBeLessThan(3);
  });

  it('clears when the smoke has left, not while it hovers at the threshold', () => {
    const { detector } = run(60, () => ({ temperatureC: 21, smokeDbPerM: 0.3 }));
    for (let i = 0; i < 240; i++) detector.step(0.5, { temperatureC: 21, speedMps: 0.1, smokeDbPerM: 0.14 });
    expect(detector.smokeAlarm).toBe(true);
    for (let i = 0; i < 120; i++) detector.step(0.5, { temperatureC: 21, speedMps: 0.1, smokeDbPerM: 0 });
    expect(detector.smokeAlarm).toBe(false);
  });

  it('answers a rise of 10 K/min between one minute and 4 min 20 s (EN 54-5), and 1 K/min only at its static heat', () => {
    const { heatAtS } = run(400, (s) => ({ temperatureC: 21 + (s / 60) * 10, smokeDbPerM: 0 }));
    expect(heatAtS).toBeGreaterThan(60);
    expect(heatAtS).toBeLessThan(260);
    const slow = run(2700, (s) => ({ temperatureC: 21 + s / 60, smokeDbPerM: 0 }));
    expect(slow.heatAtS).toBeGreaterThan((54 - 21) * 60);
  });
});
