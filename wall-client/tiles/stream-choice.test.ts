import { describe, expect, it } from 'vitest';
import { createStreamChoice, type PixelSize } from './stream-choice.ts';

const size = (width: number): PixelSize => ({ width, height: (width * 9) / 16 });
function choice() {
  const made = createStreamChoice();
  made.learn('main', size(1920));
  made.learn('sub', size(640));
  return made;
}

describe('which stream a tile shows', () => {
  it('[V54] main above 1.25 times the small one, small below 0.8 of that, as it is in between', () => {
    const made = choice();
    expect(made.wanted(size(630), 0)).toBe('sub');
    made.changed('sub', 0);
    expect(made.wanted(size(790), 5_000)).toBe('sub');
    expect(made.wanted(size(810), 5_000)).toBe('main');
    made.changed('main', 5_000);
    expect(made.wanted(size(650), 10_000)).toBe('main');
    expect(made.wanted(size(630), 10_000)).toBe('sub');
  });

  it('[V54] the tighter side of a tile decides: the whole picture shows in it', () => {
    expect(choice().wanted({ width: 3_000, height: 350 }, 0)).toBe('sub');
  });

  it('[V54] does not change again within three seconds', () => {
    const made = choice();
    made.changed('sub', 0);
    expect(made.wanted(size(1_900), 2_999)).toBe('sub');
    expect(made.wanted(size(1_900), 3_000)).toBe('main');
  });

  it.each([800, 640])('[V54] does not flap about %i px', (about) => {
    const made = choice();
    let current = made.wanted(size(about - 5), 0);
    made.changed(current, 0);
    let changes = 0;
    for (let nowMs = 250; nowMs < 60_000; nowMs += 250) {
      const wanted = made.wanted(size(about + (nowMs % 500 ? 5 : -5)), nowMs);
      if (wanted === current) continue;
      current = wanted;
      made.changed(wanted, nowMs);
      changes++;
    }
    expect(changes).toBeLessThanOrEqual(1);
  });

  it('[V54] a camera without a small stream stays on its main one', () => {
    const made = createStreamChoice();
    made.learn('main', size(1920));
    expect(made.wanted(size(300), 0)).toBe('sub');
    made.learn('sub', size(1920));
    expect(made.wanted(size(300), 0)).toBe('main');
    const small = createStreamChoice();
    small.learn('main', size(352));
    expect(small.wanted(size(300), 0)).toBe('main');
  });

  it('leaves a stream that gave nothing alone, longer each time', () => {
    const made = choice();
    made.refused(0);
    expect(made.wanted(size(300), 29_999)).toBe('main');
    expect(made.wanted(size(300), 30_000)).toBe('sub');
    made.refused(30_000);
    expect(made.wanted(size(300), 89_999)).toBe('main');
    expect(made.wanted(size(300), 90_000)).toBe('sub');
  });
});
