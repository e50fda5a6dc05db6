import { expect, test } from 'vitest';
import { createRetainedBudget } from './retained-budget.ts';

test('[E27] new topics and more bytes are refused when the budget is spent; known topics go on, and room comes back', () => {
  const budget = createRetainedBudget(2, 100);
  expect(budget.take('a', 40)).toBe(true);
  expect(budget.take('b', 40)).toBe(true);
  expect(budget.take('c', 1)).toBe(false);
  expect(budget.take('a', 60)).toBe(true);
  expect(budget.take('a', 61)).toBe(false);
  expect(budget.take('b', 0)).toBe(true);
  expect(budget.take('c', 40)).toBe(true);
});
