/*
 * A fire under a ceiling, by the hand formulas that fire engineers use. None of this is a substitute for one.
 *
 *  Growth         Q = α t², NFPA 92 (2021) annex: slow 0.00293, medium 0.01172, fast 0.0469, ultra-fast 0.1876 kW/s².
 *  Ceiling jet    R. L. Alpert, Fire Technology 8 (1972): temperature rise and speed by distance from the plume axis.
 *  Transport lag  F. W. Mowrer, Fire Technology 26 (1990): plume and ceiling jet.
 *  Smoke          soot carried in proportion to the heat: extinction 8.7 m²/g of flaming soot (Mulholland and Croarkin,
 *                 Fire and Materials 24, 2000), soot yield 0.04 g/g and 12.6 kJ/g convective for mixed furnishings.
 *                 About 2 dB/m at a rise of 13 K, where Heskestad and Delichatsios (1977) put a detector's alarm.
 */

export const growthKwPerS2 = { slow: 0.00293, medium: 0.01172, fast: 0.0469, 'ultra-fast': 0.1876 } as const;
export type FireGrowth = keyof typeof growthKwPerS2;

export interface FireCourse {
  growth: FireGrowth;
  /** Where sprinklers hold it. */
  peakKw: number;
  /** Seconds after ignition when it is put out; from then on it dies away. */
  outAtS: number;
}

/** Time constant of a fire that is being put out, with the building's smoke extraction running, seconds. */
const dyingS = 12;

/** Heat release `sinceS` seconds after ignition, kW. */
export function heatReleaseKw(course: FireCourse, sinceS: number): number {
  if (sinceS <= 0) return 0;
  const growing = (s: number) => Math.min(course.peakKw, growthKwPerS2[course.growth] * s * s);
  if (sinceS <= course.outAtS) return growing(sinceS);
  return growing(course.outAtS) * Math.exp(-(sinceS - course.outAtS) / dyingS);
}

/** Alpert's ceiling jet at `radiusM` from the axis, `heightM` above the fire: rise in K, speed in m/s. */
export function ceilingJet(heatKw: number, radiusM: number, heightM: number): { riseK: number; speedMps: number } {
  if (heatKw <= 0) return { riseK: 0, speedMps: 0 };
  const near = radiusM / heightM;
  return {
    riseK:
      near <= 0.18 ? (16.9 * heatKw ** (2 / 3)) / heightM ** (5 / 3) : (5.38 * (heatKw / radiusM) ** (2 / 3)) / heightM,
    speedMps:
      near <= 0.15
        ? 0.96 * (heatKw / heightM) ** (1 / 3)
        : (0.195 * heatKw ** (1 / 3) * heightM ** 0.5) / radiusM ** (5 / 6),
  };
}

/** Mowrer's lag: seconds until what the fire gives off now is felt at `radiusM`. Infinite where there is no fire. */
export function transportLagS(heatKw: number, radiusM: number, heightM: number): number {
  if (heatKw <= 0) return Number.POSITIVE_INFINITY;
  const strength = heatKw ** (1 / 3);
  return (0.67 * heightM ** (4 / 3)) / strength + radiusM ** (11 / 6) / (1.2 * strength * heightM ** 0.5);
}

const massExtinctionM2PerKg = 8_700;
const sootYield = 0.04;
const convectiveHeatKjPerKg = 12_600;
/** Air: 1.2 kg/m³ × 1 kJ/(kg K). */
const heatCapacityKjPerM3K = 1.2;

/** Optical density of ceiling-jet smoke by its temperature rise, dB/m (the unit of EN 54-7). */
export function opticalDensityDbPerM(riseK: number): number {
  const extinctionPerM = (massExtinctionM2PerKg * sootYield * heatCapacityKjPerM3K * riseK) / convectiveHeatKjPerKg;
  return 10 * Math.log10(Math.E) * extinctionPerM;
}

/** dB/m as the share of light lost in one metre, %/m. */
export const obscurationPercentPerM = (dbPerM: number): number => 100 * (1 - 10 ** (-dbPerM / 10));

/** Gas temperature rise and smoke under the ceiling at `radiusM`, `sinceS` seconds after ignition. */
export function underCeiling(course: FireCourse, sinceS: number, radiusM: number, heightM: number) {
  // A dying fire's smoke still travels with the flow that the fire has set up.
  const lagS = transportLagS(heatReleaseKw(course, Math.min(sinceS, course.outAtS)), radiusM, heightM);
  const jet = ceilingJet(heatReleaseKw(course, sinceS - lagS), radiusM, heightM);
  return { ...jet, dbPerM: opticalDensityDbPerM(jet.riseK) };
}

/** EN 54-7 point smoke detector: where makers usually set it, within the standard's 0.05 to 2 dB/m. */
export const smokeAlarmDbPerM = 0.15;
/** EN 54-5 class A1R heat detector: static response within 54 to 65 °C, and to a rise of 10 K/min or more. */
export const heatAlarm = { staticC: 58, risePerMinuteK: 10, leastRiseK: 15 } as const;
/** Response time index of its element, (m s)^½. */
export const heatDetectorRti = 30;
