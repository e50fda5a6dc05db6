import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { addBlob, addGlow, mixed, type Picture, type Rgb, smoothstep } from './raster.ts';
import { loopS } from './scene.ts';

const hot: Rgb = [1, 0.78, 0.38];
const flame: Rgb = [1, 0.42, 0.1];
const ember: Rgb = [0.7, 0.13, 0.03];

/** Uneven light of a fire, about 1, the same after a loop. */
export function flicker(timeS: number, seed = 0): number {
  const turn = (timeS / loopS) * 2 * Math.PI;
  return (
    1 +
    0.1 * Math.sin(turn * 13 + seed) +
    0.08 * Math.sin(turn * 29 + seed * 2.3) +
    0.06 * Math.sin(turn * 47 + seed * 5.1)
  );
}

/** Tongues of flame standing on a line `width` pixels wide. Everything in pixels. */
export function createFlames(seed: number, count: number) {
  const random = createRandom(seed);
  const tongues = Array.from({ length: count }, () => ({
    x: random() - 0.5,
    start: random(),
    rounds: 7 + Math.floor(random() * 7),
    tall: 0.45 + random() ** 2 * 0.75,
    lean: (random() - 0.5) * 0.5,
    size: 0.6 + random() * 0.8,
    sway: random() * 6.28,
  }));
  return (picture: Picture, x: number, y: number, width: number, height: number, timeS: number): void => {
    for (const tongue of tongues) {
      const age = (tongue.start + (tongue.rounds * timeS) / loopS) % 1;
      const sway = Math.sin((timeS / loopS) * 2 * Math.PI * 9 + tongue.sway + age * 4) * width * 0.03 * age;
      const px = x + tongue.x * width * (1 - age * 0.35) + tongue.lean * height * age * 0.5 + sway;
      const py = y - age * height * tongue.tall;
      const radius = height * 0.17 * tongue.size * (1 - age) ** 0.6 + 1;
      const color = age < 0.35 ? mixed(hot, flame, age / 0.35) : mixed(flame, ember, (age - 0.35) / 0.65);
      addGlow(picture, px, py, radius * 1.35, color, 2.3 * (1 - age) * smoothstep(0, 0.06, age), radius * 1.9);
    }
  };
}

export interface Plume {
  /** Where it leaves, in pixels. */
  x: number;
  y: number;
  /** Where it has got to when it is gone. */
  driftX: number;
  riseY: number;
  startRadius: number;
  endRadius: number;
  /** Smoke as lit by the sky, and by the fire right below. */
  cold: Rgb;
  warm: Rgb;
  density: number;
}

/** A column of smoke, turning over as it rises. */
export function createPlume(seed: number, count: number) {
  const random = createRandom(seed);
  const puffs = Array.from({ length: count }, (_, i) => ({
    start: (i + random() * 0.6) / count,
    off: random() - 0.5,
    lift: random() - 0.5,
    size: 0.6 + random() * 0.7,
    shade: 0.75 + random() * 0.5,
    turn: random() * 6.28,
  }));
  return (picture: Picture, plume: Plume, timeS: number): void => {
    const aged = puffs.map((puff) => ({ ...puff, age: (puff.start + timeS / loopS) % 1 }));
    for (const puff of aged.sort((a, b) => b.age - a.age)) {
      const { age } = puff;
      const radius = (plume.startRadius + (plume.endRadius - plume.startRadius) * age) * puff.size;
      const roll = Math.sin((timeS / loopS) * 2 * Math.PI * 2 + puff.turn) * radius * 0.18;
      const x = plume.x + plume.driftX * age ** 1.5 + puff.off * radius * 1.3 + roll;
      const y = plume.y - plume.riseY * age ** 0.85 + puff.lift * radius * 0.7;
      const near = (1 - age) ** 9 * flicker(timeS, puff.turn);
      const color = mixed(plume.cold, plume.warm, Math.min(1, near));
      const shaded: Rgb = [color[0] * puff.shade, color[1] * puff.shade, color[2] * puff.shade];
      const alpha = plume.density * smoothstep(0, 0.06, age) * (1 - age) ** 0.8;
      addBlob(picture, x, y, radius, shaded, alpha);
    }
  };
}
