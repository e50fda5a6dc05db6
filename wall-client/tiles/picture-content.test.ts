import { describe, expect, it } from 'vitest';
import { createContentJudge, type PictureSample } from './picture-content.ts';

const cells = 144;
const picture = (fingerprint: number, brightness = 90, bright = 0): PictureSample => ({
  coarse: Uint8Array.from({ length: cells }, (_, i) => (i < bright ? 235 : brightness)),
  fingerprint,
});

/** Looks once a second, ten new frames between two looks unless said. @returns what the last look said. */
function watch(
  seconds: number,
  sampleAt: (second: number) => PictureSample,
  framesAt = (second: number) => second * 10,
) {
  const judge = createContentJudge();
  const said = Array.from({ length: seconds + 1 }, (_, s) => judge.look(sampleAt(s), framesAt(s + 1), s * 1_000));
  return said.at(-1);
}

describe('what the pixels of a picture say', () => {
  it('[V51] black for more than two seconds is named, also with a date written over it', () => {
    expect(watch(2, (s) => picture(s, 2))).toBe('ordinary');
    expect(watch(3, (s) => picture(s, 2))).toBe('black');
    expect(watch(3, (s) => picture(s, 2, 16))).toBe('black');
  });

  it('[V51] a dark scene with lamps is not black, nor one that a camera lifts out of the dark', () => {
    expect(watch(20, (s) => picture(s, 2, 30))).toBe('ordinary');
    expect(watch(20, (s) => picture(s, 14))).toBe('ordinary');
  });

  it('[V52] the very same picture for more than ten seconds is named; one with noise never is', () => {
    expect(watch(11, () => picture(7))).toBe('ordinary');
    expect(watch(12, () => picture(7))).toBe('unchanged');
    expect(watch(600, (s) => picture(s))).toBe('ordinary');
  });

  it('[V52] one other picture in between, and it counts anew', () => {
    expect(watch(15, (s) => picture(s === 8 ? 1 : 7))).toBe('ordinary');
  });

  it('[V52] where no new frame comes nothing is said of the pixels: that is a stall', () => {
    expect(
      watch(
        60,
        () => picture(7, 2),
        () => 5,
      ),
    ).toBe('ordinary');
  });

  it('black goes before unchanged: it says more', () => {
    expect(watch(20, () => picture(7, 0))).toBe('black');
  });
});
