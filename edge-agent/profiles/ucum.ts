/** To the unit that Kuzet keeps a quantity in (contracts/metrics.ts), by UCUM code: `kept = said * factor + offset`. */
const conversions: Readonly<Record<string, Readonly<Record<string, { factor: number; offset?: number }>>>> = {
  Cel: { '[degF]': { factor: 5 / 9, offset: -160 / 9 }, K: { factor: 1, offset: -273.15 } },
  '%': { '1': { factor: 100 } },
  '[ppm]': { '[ppb]': { factor: 0.001 } },
  'ug/m3': { 'mg/m3': { factor: 1_000 } },
  hPa: {
    Pa: { factor: 0.01 },
    kPa: { factor: 10 },
    MPa: { factor: 10_000 },
    bar: { factor: 1_000 },
    mbar: { factor: 1 },
    'mm[Hg]': { factor: 1.333224 },
    "[in_i'Hg]": { factor: 33.86389 },
    '[psi]': { factor: 68.94757 },
  },
  m: { mm: { factor: 0.001 }, cm: { factor: 0.01 }, km: { factor: 1_000 }, '[ft_i]': { factor: 0.3048 } },
  kW: { W: { factor: 0.001 }, mW: { factor: 0.000001 }, MW: { factor: 1_000 } },
  'kV.A': { 'V.A': { factor: 0.001 } },
  'kW.h': { 'W.h': { factor: 0.001 }, 'MW.h': { factor: 1_000 }, J: { factor: 1 / 3_600_000 } },
  V: { mV: { factor: 0.001 }, kV: { factor: 1_000 } },
  A: { mA: { factor: 0.001 } },
  'm/s': { 'km/h': { factor: 1 / 3.6 }, '[mi_i]/h': { factor: 0.44704 }, '[kn_i]': { factor: 1_852 / 3_600 } },
};

/** Digits that a conversion may bring in and no sensor has. */
const tidy = (value: number): number => Number(value.toPrecision(12));

/**
 * A value in the unit that is kept; null when the two units have nothing to do with each other. What is no number stays
 * as it is, so that its metric can refuse it.
 */
export function toUnit(value: unknown, said: string, kept: string): { value: unknown } | null {
  if (said === kept) return { value };
  const conversion = own(own(conversions, kept), said);
  if (!conversion) return null;
  if (typeof value !== 'number') return { value };
  return { value: tidy(value * conversion.factor + (conversion.offset ?? 0)) };
}

/** As toUnit, for two units that are known to fit. @throws Error when they do not. */
export function inUnit(value: unknown, said: string, kept: string): unknown {
  const converted = toUnit(value, said, kept);
  if (!converted) throw new Error(`there is no conversion from ${said} to ${kept}`);
  return converted.value;
}

function own<T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return table && Object.hasOwn(table, key) ? table[key] : undefined;
}
