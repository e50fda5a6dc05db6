import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readBaseMap } from './base-map.ts';
import { baseMapFile } from './build-base-map.ts';
import { dashedRing, distanceM, inRing, type LonLat, offset } from './map-geometry.ts';
import { blocksAround } from './street-texture.ts';

const file = readFileSync(new URL('../public/map/astana.geojson', import.meta.url), 'utf8');
const map = readBaseMap(JSON.parse(file));

it('the shipped schematic is what its script writes', () => {
  expect(file).toBe(baseMapFile());
});

it('names every district, avenue and landmark in three languages and credits its source', () => {
  expect(map.districts).toHaveLength(6);
  expect(map.avenues.length).toBeGreaterThan(15);
  for (const { name } of [...map.districts, ...map.avenues, ...map.landmarks]) {
    expect([name.kk, name.ru, name.en].every((text) => text.length > 1)).toBe(true);
  }
  expect(file).toContain('© OpenStreetMap contributors, ODbL');
});

it('street names stay Kazakh in Russian', () => {
  for (const { short } of map.avenues) expect(short.ru).toBe(short.kk);
});

it('every district name stands inside its district', () => {
  for (const { name, label, outline } of map.districts)
    expect([name.kk, inRing(label, outline)]).toEqual([name.kk, true]);
});

it('a bearing and a distance lead there and back', () => {
  const here: LonLat = [71.43, 51.13];
  const east = offset(here, 90, 500);
  expect(east[0]).toBeGreaterThan(here[0]);
  expect(distanceM(here, east)).toBeCloseTo(500, 0);
  for (const dash of dashedRing(here, 500, 24)) for (const at of dash) expect(distanceM(here, at)).toBeCloseTo(500, 0);
});

it('the street grid ends at the city', () => {
  expect(map.streets.length).toBeGreaterThan(50);
  const inCity = ([lon, lat]: LonLat) =>
    // Rounded to four decimals: an end may lie a few metres outside.
    [-1, 0, 1].some((x) => [-1, 0, 1].some((y) => inAny([lon + x * 2e-4, lat + y * 2e-4])));
  const inAny = (at: LonLat) => map.districts.some((district) => inRing(at, district.outline));
  expect(map.streets.flat().filter((at) => !inCity(at))).toEqual([]);
});

it('blocks keep off the river', () => {
  const bridge: LonLat = [71.441, 51.145];
  const river = map.river?.line ?? [];
  const blocks = blocksAround(map, bridge, 1_500);
  expect(blocks.length).toBeGreaterThan(10);
  for (const { ring } of blocks) {
    for (const corner of ring) expect(river.some((point) => distanceM(point, corner) < 15)).toBe(false);
  }
});
