import { expect, test } from 'vitest';
import { createEventRing, createRingBudget } from './event-ring.ts';
import { units } from './test-units.ts';

const roomy = () => createRingBudget(1_000_000_000);

test('[X1] what is older than the ring goes by whole groups, and what is asked for begins at a key frame', () => {
  const ring = createEventRing({ ringMs: 10_000, maxBytes: 1_000_000, budget: roomy() });
  for (const unit of units(1_000, 100)) ring.push(unit);
  // 40 s at 25 a second; a key frame every 4 s: the group that holds 30 s ago is kept whole.
  expect(ring.spanMs()).toBeGreaterThanOrEqual(10_000);
  expect(ring.spanMs()).toBeLessThan(14_000);
  const [first] = ring.since(1_000_000 + 33_000);
  expect(first?.units[0]).toMatchObject({ keyFrame: true, captureTimeMs: 1_000_000 + 32_000 });
  expect(ring.since(0)[0]?.units[0]?.keyFrame).toBe(true);
});

test('[X1] with a 10 s group the ring still reaches back as far as it must', () => {
  const ring = createEventRing({ ringMs: 20_000, maxBytes: 10_000_000, budget: roomy() });
  for (const unit of units(2_000, 250)) ring.push(unit);
  expect(ring.spanMs()).toBeGreaterThanOrEqual(20_000);
  expect(ring.spanMs()).toBeLessThan(30_000);
});

test('[X1] past its bytes a ring forgets a group, and waits for the next key frame', () => {
  const ring = createEventRing({ ringMs: 20_000, maxBytes: 500, budget: roomy() });
  for (const unit of units(60, 50)) ring.push(unit);
  expect(ring.bytes()).toBeLessThanOrEqual(500);
  expect(ring.since(0)[0]?.units[0]?.keyFrame).toBe(true);
});

test('[X1] past the bytes of all, the longest ring gives first, so that all grow shorter evenly', () => {
  const budget = createRingBudget(40_000);
  const rings = [0, 1, 2, 3].map(() => createEventRing({ ringMs: 30_000, maxBytes: 10_000_000, budget }));
  for (const unit of units(1_500, 25)) for (const ring of rings) ring.push(unit);
  const spans = rings.map((ring) => ring.spanMs());
  expect(rings.reduce((sum, ring) => sum + ring.bytes(), 0)).toBeLessThanOrEqual(40_000);
  expect(Math.min(...spans)).toBeGreaterThan(5_000);
  expect(Math.max(...spans) - Math.min(...spans)).toBeLessThanOrEqual(2_000);
});
