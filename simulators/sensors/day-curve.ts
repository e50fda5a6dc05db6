/** Kazakhstan keeps UTC+5 all year, since March 2024. */
const utcOffsetH = 5;
const radians = Math.PI / 180;

/** Hour of the day in Astana, 0 to 24 with fractions. */
export const localHour = (epochMs: number): number => (((epochMs / 3_600_000 + utcOffsetH) % 24) + 24) % 24;

/** A smooth hump of 0 to 1: 1 at `peakHour`, falling to 0 `halfWidthH` hours to either side. */
export function hump(epochMs: number, peakHour: number, halfWidthH: number): number {
  const apart = Math.abs(((localHour(epochMs) - peakHour + 36) % 24) - 12);
  return apart >= halfWidthH ? 0 : (1 + Math.cos((Math.PI * apart) / halfWidthH)) / 2;
}

/** The sun's height over the horizon, degrees, to about half a degree (declination by Cooper's formula, 1969). */
export function sunElevationDeg(epochMs: number, lonDeg: number, latDeg: number): number {
  const date = new Date(epochMs);
  const day = (epochMs - Date.UTC(date.getUTCFullYear(), 0, 0)) / 86_400_000;
  const declination = 23.45 * Math.sin(radians * ((360 / 365) * (284 + day)));
  const b = radians * (360 / 364) * (day - 81);
  const equationMin = 9.87 * Math.sin(2 * b) - 7.53 * Math.cos(b) - 1.5 * Math.sin(b);
  const solarHour = ((epochMs / 3_600_000) % 24) + lonDeg / 15 + equationMin / 60;
  const hourAngle = radians * 15 * (solarHour - 12);
  const sine =
    Math.sin(radians * latDeg) * Math.sin(radians * declination) +
    Math.cos(radians * latDeg) * Math.cos(radians * declination) * Math.cos(hourAngle);
  return Math.asin(sine) / radians;
}
