import type { Position } from '@kuzet/contracts/common.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { distanceM } from '../city/geometry.ts';
import { createDetector, type Detector } from './detector.ts';
import { type FireCourse, obscurationPercentPerM, underCeiling } from './fire-model.ts';
import type { Values } from './formats/device-format.ts';

export interface FirePlan extends FireCourse {
  siteId: string;
  /** The seat; smoke stays on its floor and rises to those above. */
  at: Position;
  /** How long it had burnt before it is first looked at, seconds. */
  burntForS: number;
  ceilingHeightM: number;
}

export interface Fire {
  /** What this device shows of the fire on top of its normal life; null when it is out of reach or senses no fire. */
  felt(device: SiteDevice, normal: Values, nowMs: number): Values | null;
}

/** Smoke on its way up one floor goes as far as this along a ceiling, metres. */
const floorDetourM = 26;
/** Beyond this path the building's volume has thinned it out. */
const reachM = 110;

/** A burning place: keeps one detector model for each device it reaches. `startMs`: when the scenario lit it. */
export function createFire(plan: FirePlan, startMs: number): Fire {
  const detectors = new Map<string, { detector: Detector; atS: number; restC: number }>();

  return {
    felt(device, normal, nowMs) {
      if (device.siteId !== plan.siteId || !sensesFire(device)) return null;
      const radiusM = pathM(plan.at, device.position);
      if (radiusM === null || radiusM > reachM) return null;
      let state = detectors.get(device.id);
      if (!state) {
        const restC = typeof normal.temperature === 'number' ? normal.temperature : 21;
        state = { detector: createDetector(restC), atS: 0, restC };
        detectors.set(device.id, state);
      }
      const nowS = (nowMs - startMs) / 1000;
      // Half-second steps whatever the caller's rhythm, so that the same fire runs the same way.
      for (; state.atS + 0.5 <= nowS; state.atS += 0.5) {
        const air = underCeiling(plan, plan.burntForS + state.atS, radiusM, plan.ceilingHeightM);
        state.detector.step(0.5, {
          temperatureC: state.restC + air.riseK,
          speedMps: air.speedMps,
          smokeDbPerM: air.dbPerM,
        });
      }
      return shown(device, normal, state.detector, state.restC);
    },
  };
}

const sensesFire = (device: SiteDevice): boolean =>
  device.kind === 'smoke-detector' || device.kind === 'heat-detector' || device.kind === 'air-quality';

/** Metres along ceilings from the seat; null for a floor below it. */
function pathM(seat: Position, at: Position): number | null {
  const floors = (at.floor ?? 1) - (seat.floor ?? 1);
  if (floors < 0) return null;
  return distanceM([seat.lon, seat.lat], [at.lon, at.lat]) + floors * floorDetourM;
}

function shown(device: SiteDevice, normal: Values, detector: Detector, restC: number): Values {
  const values: Values = {};
  const density = obscurationPercentPerM(detector.smokeDbPerM);
  if ('smoke' in normal) values.smoke = detector.smokeAlarm;
  if ('smokeDensity' in normal) values.smokeDensity = round(Math.max(Number(normal.smokeDensity), density), 2);
  if ('temperature' in normal) {
    values.temperature = round(Number(normal.temperature) + detector.temperatureC - restC, 1);
  }
  if (device.kind === 'heat-detector') values.alarm = detector.heatAlarm;
  // A fine-dust sensor saturates near 1 mg/m³; 0.1 dB/m is roughly 2.6 mg/m³ of soot.
  if ('pm25' in normal) values.pm25 = round(Math.min(999, Number(normal.pm25) + detector.smokeDbPerM * 26_000), 0);
  return values;
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
