import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFrameClock } from './frame-clock.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

function videoOf() {
  let present: VideoFrameRequestCallback = () => undefined;
  const video = {
    requestVideoFrameCallback(callback: VideoFrameRequestCallback) {
      present = callback;
      return 1;
    },
    cancelVideoFrameCallback: () => undefined,
  };
  const show = (mediaTime: number) => present(0, { mediaTime } as VideoFrameCallbackMetadata);
  return { video: video as unknown as HTMLVideoElement, show };
}
const ageMs = (clock: ReturnType<typeof createFrameClock>) => performance.now() - (clock.presentedAtMs() ?? Number.NaN);

it('counts a frame once, however often it is announced', () => {
  const { video, show } = videoOf();
  const clock = createFrameClock(video);
  for (const mediaTime of [1, 1, 1.04]) show(mediaTime);
  expect(clock.count()).toBe(2);
});

it('[V53] a frame of before the machine slept is as old as the clock says', () => {
  const { video, show } = videoOf();
  const clock = createFrameClock(video);
  show(1);
  vi.advanceTimersByTime(400);
  expect(ageMs(clock)).toBe(400);
  // Only the clock has gone on.
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(ageMs(clock)).toBeGreaterThanOrEqual(3_600_000);
  show(1.04);
  expect(ageMs(clock)).toBe(0);
});

it('[V53] a clock that is put back makes no frame younger', () => {
  const { video, show } = videoOf();
  const clock = createFrameClock(video);
  show(1);
  vi.advanceTimersByTime(1_500);
  vi.setSystemTime(Date.now() - 60_000);
  expect(ageMs(clock)).toBe(1_500);
});
