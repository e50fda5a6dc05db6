export type BucketLevel = '1m' | '1h' | '1d';

export interface Step {
  /** What the answer is made of. */
  level: BucketLevel;
  /** Seconds one point spans, a multiple of the level. */
  stepS: number;
}

const dayS = 86_400;
const minute: number[] = [60, 120, 300, 600, 900, 1800];
const hour: number[] = [3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600];
const steps: Step[] = [
  ...minute.map((stepS): Step => ({ level: '1m', stepS })),
  ...hour.map((stepS): Step => ({ level: '1h', stepS })),
  { level: '1d', stepS: dayS },
];
const levels: BucketLevel[] = ['1m', '1h', '1d'];

/** The finest step, `finest` or coarser, of which `spanMs` needs at most `maxPoints`, wherever it begins. */
export function chooseStep(wanted: { spanMs: number; maxPoints: number; finest: BucketLevel }): Step {
  const { spanMs, maxPoints, finest } = wanted;
  // A span that begins within a bucket touches one more.
  const fits = ({ stepS }: Step) => Math.ceil(spanMs / (stepS * 1000)) + 1 <= maxPoints;
  const step = steps.find((one) => levels.indexOf(one.level) >= levels.indexOf(finest) && fits(one));
  if (step) return step;
  const days = Math.ceil(spanMs / (dayS * 1000) / Math.max(1, maxPoints - 1));
  return { level: '1d', stepS: Math.max(1, days) * dayS };
}

/** Steps count from here; a Monday, so that weeks begin with theirs. Must be the origin that reading-store.ts bins by. */
const originMs = Date.UTC(2001, 0, 1);

/** The beginning of the step that `at` lies in. */
export function floorTo(at: Date, stepS: number): Date {
  const stepMs = stepS * 1000;
  const since = at.getTime() - originMs;
  return new Date(originMs + Math.floor(since / stepMs) * stepMs);
}
