import type { BaseMap } from './base-map.ts';
import { distanceM, inRing, type LonLat, smoothLine } from './map-geometry.ts';

/**
 * The faint grid that says "streets here" without naming any: texture, not survey. It follows the two directions the
 * real avenues have on either bank, ends where avenues end, and is the same on every screen (seeded).
 */
const origin: LonLat = [71.43, 51.13];
const metresPerLat = 111_320;
const metresPerLon = metresPerLat * Math.cos((origin[1] * Math.PI) / 180);
/** Direction of the streets, degrees counter-clockwise from east: as Abai runs, and as Syganaq runs. */
const rotationDeg = { north: 9.6, south: -13 } as const;
const reachOfAvenueM = 2_600;
const sampleM = 90;

type Bank = keyof typeof rotationDeg;

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const frame = (bank: Bank) => {
  const turn = (rotationDeg[bank] * Math.PI) / 180;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  return {
    toLonLat: (u: number, v: number): LonLat => [
      origin[0] + (u * c - v * s) / metresPerLon,
      origin[1] + (u * s + v * c) / metresPerLat,
    ],
    fromLonLat: ([lon, lat]: LonLat): [number, number] => {
      const x = (lon - origin[0]) * metresPerLon;
      const y = (lat - origin[1]) * metresPerLat;
      return [x * c + y * s, -x * s + y * c];
    },
  };
};

const toMetres = ([lon, lat]: LonLat): [number, number] => [
  (lon - origin[0]) * metresPerLon,
  (lat - origin[1]) * metresPerLat,
];

/** Whether a place lies within a distance of any of many points; projected once, asked a hundred thousand times. */
function nearAny(points: LonLat[]): (at: LonLat, withinM: number) => boolean {
  const projected = points.map(toMetres);
  return (at, withinM) => {
    const [x, y] = toMetres(at);
    for (const [px, py] of projected) if ((px - x) ** 2 + (py - y) ** 2 < withinM ** 2) return true;
    return false;
  };
}

function terrain(map: BaseMap) {
  const river = map.river?.line ?? [];
  const [first, last] = [river[0], river.at(-1)];
  const north: LonLat[] = first && last ? [...river, [last[0], 53], [first[0], 53]] : [];
  const nearAvenue = nearAny(map.avenues.flatMap((avenue) => smoothLine(avenue.line, 2, 0)));
  const nearRiver = nearAny(smoothLine(river, 3, 0));
  const inCity = (at: LonLat) => map.districts.some((district) => inRing(at, district.outline));
  return {
    onBank: (at: LonLat, bank: Bank) => inRing(at, north) === (bank === 'north'),
    built: (at: LonLat) => nearAvenue(at, reachOfAvenueM) && inCity(at),
    inCity,
    wet: nearRiver,
  };
}

/** Street lines for the city view, clipped to the city, the bank and the reach of the avenues. */
export function streetLines(map: BaseMap): LonLat[][] {
  const ground = terrain(map);
  const random = seeded(9);
  const lines: LonLat[][] = [];
  const extentM = 14_000;
  for (const bank of ['north', 'south'] as const) {
    const { toLonLat } = frame(bank);
    const stepM = bank === 'north' ? 460 : 560;
    for (const across of [false, true]) {
      for (let u = -extentM; u <= extentM; u += stepM * (0.7 + random() * 0.6)) {
        let run: LonLat[] = [];
        for (let v = -extentM; v <= extentM; v += sampleM) {
          const at = across ? toLonLat(v, u) : toLonLat(u, v);
          if (ground.built(at) && ground.onBank(at, bank)) run.push(at);
          else {
            if (run.length > 2) lines.push([run[0] as LonLat, run.at(-1) as LonLat]);
            run = [];
          }
        }
        if (run.length > 2) lines.push([run[0] as LonLat, run.at(-1) as LonLat]);
      }
    }
  }
  return lines;
}

export interface Block {
  ring: LonLat[];
  /** 0..2: which of three near greys. */
  shade: number;
}

/** Blocks around a place for the near view: quarters with lots inside, kept off the river. */
export function blocksAround(map: BaseMap, centre: LonLat, radiusM: number): Block[] {
  const ground = terrain(map);
  const [widthM, depthM, streetM] = [330, 262, 26];
  const blocks: Block[] = [];
  for (const bank of ['north', 'south'] as const) {
    const { toLonLat, fromLonLat } = frame(bank);
    const [cu, cv] = fromLonLat(centre);
    const [i0, i1] = [Math.floor((cu - radiusM) / widthM), Math.ceil((cu + radiusM) / widthM)];
    const [j0, j1] = [Math.floor((cv - radiusM) / depthM), Math.ceil((cv + radiusM) / depthM)];
    for (let i = i0; i <= i1; i++) {
      for (let j = j0; j <= j1; j++) {
        const [u, v] = [i * widthM, j * depthM];
        const at = toLonLat(u, v);
        if (distanceM(at, centre) > radiusM || !ground.onBank(at, bank)) continue;
        if (!ground.inCity(at) || ground.wet(at, 240)) continue;
        const rect = (du: number, dv: number, w: number, d: number, shade: number) =>
          blocks.push({
            ring: [
              toLonLat(u + du - w / 2, v + dv - d / 2),
              toLonLat(u + du + w / 2, v + dv - d / 2),
              toLonLat(u + du + w / 2, v + dv + d / 2),
              toLonLat(u + du - w / 2, v + dv + d / 2),
            ],
            shade,
          });
        rect(0, 0, widthM - streetM, depthM - streetM, 0);
        const random = seeded(i * 7919 + j * 104_729);
        const lots = 2 + Math.floor(random() * 3);
        for (let lot = 0; lot < lots; lot++) {
          const w = widthM * (0.14 + random() * 0.24);
          const d = depthM * (0.14 + random() * 0.2);
          rect((random() - 0.5) * widthM * 0.5, (random() - 0.5) * depthM * 0.46, w, d, 1 + Math.floor(random() * 2));
        }
      }
    }
  }
  return blocks;
}
