import { describe, expect, it } from 'vitest';
import { bearingDeg, distanceM, nearestCameras } from './geometry.ts';

const baiterek = { lon: 71.430411, lat: 51.128207 };
const east = (m: number) => ({
  lon: baiterek.lon + m / (111_195 * Math.cos((baiterek.lat * Math.PI) / 180)),
  lat: baiterek.lat,
});
const camera = (id: string, m: number, floor?: number) => ({
  id,
  position: { ...east(m), ...(floor === undefined ? {} : { floor }) },
});

describe('distance and bearing', () => {
  it('measures a degree of latitude as 111.195 km', () => {
    expect(distanceM({ lon: 71, lat: 51 }, { lon: 71, lat: 52 })).toBeCloseTo(111_195, -1);
  });
  it('is symmetric, zero in place, and crosses the date line the short way', () => {
    expect(distanceM(baiterek, baiterek)).toBe(0);
    expect(distanceM({ lon: 179.999, lat: 0 }, { lon: -179.999, lat: 0 })).toBeCloseTo(222.4, 0);
  });
  it.each([
    [{ lon: 71.43, lat: 51.2 }, { lon: 71.43, lat: 51.3 }, 0],
    [{ lon: 71.43, lat: 0 }, { lon: 71.5, lat: 0 }, 90],
    [{ lon: 71.43, lat: 51.3 }, { lon: 71.43, lat: 51.2 }, 180],
    [{ lon: 71.5, lat: 0 }, { lon: 71.43, lat: 0 }, 270],
  ])('points from %o to %o at %d degrees', (from, to, expected) => {
    expect(bearingDeg(from, to)).toBeCloseTo(expected, 6);
  });
});

describe('nearest cameras', () => {
  it('[A9] gives at most six, nearest first', () => {
    const found = nearestCameras(
      baiterek,
      [80, 10, 70, 20, 60, 30, 50, 40].map((m) => camera(`c${m}`, m)),
    );
    expect(found.map(({ id }) => id)).toEqual(['c10', 'c20', 'c30', 'c40', 'c50', 'c60']);
    expect(found[0]).toEqual({ id: 'c10', distanceM: 10, bearingDeg: 90 });
  });
  it('[A9] leaves out what is beyond 300 m while anything is nearer', () => {
    expect(nearestCameras(baiterek, [camera('far', 301), camera('near', 299)]).map(({ id }) => id)).toEqual(['near']);
  });
  it('[A9] falls back on the single nearest within 2 km, and on none beyond', () => {
    expect(nearestCameras(baiterek, [camera('a', 1_999), camera('b', 1_500)]).map(({ id }) => id)).toEqual(['b']);
    expect(nearestCameras(baiterek, [camera('a', 2_001)])).toEqual([]);
  });
  it('[A9] breaks a tie by floor, then by id, whatever the order given', () => {
    const three = [camera('b', 5, 1), camera('a', 5, 1), camera('z', 5, 3)];
    for (const given of [three, [...three].reverse()]) {
      expect(nearestCameras({ ...baiterek, floor: 3 }, given).map(({ id }) => id)).toEqual(['z', 'a', 'b']);
    }
  });
});
