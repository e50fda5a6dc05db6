import { expect, test } from 'vitest';
import { lossEvidence } from './loss-evidence.ts';

test('[A20] what a failed attempt says of the cause', () => {
  expect(lossEvidence('timeout', false)).toBe('unreachable');
  expect(lossEvidence('unreachable', true)).toBe('unreachable');
  expect(lossEvidence('credentials', false)).toBe('refused');
  expect(lossEvidence('ended', false)).toBe('refused');
  expect(lossEvidence('ended', true)).toBeUndefined();
});
