import { heatAlarm, heatDetectorRti, smokeAlarmDbPerM } from './fire-model.ts';

/** What the air at a detector is like. */
export interface Surroundings {
  temperatureC: number;
  speedMps: number;
  smokeDbPerM: number;
}

export interface Detector {
  /** Moves the detector `seconds` on in these surroundings. */
  step(seconds: number, air: Surroundings): void;
  readonly smokeDbPerM: number;
  readonly temperatureC: number;
  readonly smokeAlarm: boolean;
  readonly heatAlarm: boolean;
}

/** Smoke needs time to enter the chamber, and longer to leave it, seconds. */
const entryS = 1.5;
const leaveS = 14;
/** An alarm goes when the quantity has fallen to this part of the threshold. */
const clearsAt = 0.5;

/**
 * A point detector: smoke chamber and heat element with their lags, alarms by EN 54-7 and EN 54-5 class A1R.
 * Starts at rest at `restC`.
 */
export function createDetector(restC: number): Detector {
  let smokeDbPerM = 0;
  let temperatureC = restC;
  let smokeAlarm = false;
  let heat = false;
  const history: { atS: number; c: number }[] = [{ atS: 0, c: restC }];
  let nowS = 0;

  return {
    step(seconds, air) {
      nowS += seconds;
      const smokeLagS = air.smokeDbPerM > smokeDbPerM ? entryS : leaveS;
      smokeDbPerM += (air.smokeDbPerM - smokeDbPerM) * (1 - Math.exp(-seconds / smokeLagS));
      const heatLagS = heatDetectorRti / Math.sqrt(Math.max(air.speedMps, 0.2));
      temperatureC += (air.temperatureC - temperatureC) * (1 - Math.exp(-seconds / heatLagS));

      history.push({ atS: nowS, c: temperatureC });
      while (history.length > 2 && history[1]!.atS <= nowS - 60) history.shift();
      const oldest = history[0]!;
      const risePerMinuteK = ((temperatureC - oldest.c) * 60) / Math.max(nowS - oldest.atS, 30);

      smokeAlarm = smokeDbPerM >= smokeAlarmDbPerM * (smokeAlarm ? clearsAt : 1);
      const rising = risePerMinuteK >= heatAlarm.risePerMinuteK && temperatureC - restC >= heatAlarm.leastRiseK;
      heat = heat
        ? temperatureC - restC > heatAlarm.leastRiseK * clearsAt
        : rising || temperatureC >= heatAlarm.staticC;
    },
    get smokeDbPerM() {
      return smokeDbPerM;
    },
    get temperatureC() {
      return temperatureC;
    },
    get smokeAlarm() {
      return smokeAlarm;
    },
    get heatAlarm() {
      return heat;
    },
  };
}
