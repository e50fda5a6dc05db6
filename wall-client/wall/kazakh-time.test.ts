import { expect, it } from 'vitest';
import { fromTimeKk } from './kazakh-time.ts';

it.each([
  ['18:41:35', '18:41:35-тен'],
  ['14:06', '14:06-дан'],
  ['09:10', '09:10-нан'],
  ['09:40', '09:40-тан'],
  ['09:30', '09:30-дан'],
  ['09:00', '09:00-ден'],
  ['09:21', '09:21-ден'],
])('%s reads %s', (time, said) => {
  expect(fromTimeKk(time)).toBe(said);
});
