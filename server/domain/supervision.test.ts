import { deviceKinds } from '@kuzet/contracts/device.ts';
import { expect, test } from 'vitest';
import { silencePriority, silentAfterMs } from './supervision.ts';

test('[P11] a device may stay unheard for twice its interval and 10 s', () => {
  expect(silentAfterMs(30)).toBe(70_000);
  expect(silentAfterMs(45_000)).toBe(90_010_000);
});

test('[A12] silence on the fire side is high, elsewhere routine, nowhere critical', () => {
  const high = deviceKinds.filter((kind) => silencePriority(kind) === 'high');
  expect(high).toEqual(['smoke-detector', 'heat-detector', 'manual-call-point', 'fire-panel']);
  expect(deviceKinds.map(silencePriority)).not.toContain('critical');
});
