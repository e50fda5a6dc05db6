import type { CameraStatusItem } from '@kuzet/contracts/uplink.ts';
import { describe, expect, it } from 'vitest';
import {
  backAfterMs,
  cameraLossPriority,
  evidenceOfAll,
  hearPicture,
  lossLookEveryMs,
  lostAfterMs,
  type PictureWord,
} from './camera-loss.ts';

const at = (s: number) => new Date(Date.UTC(2026, 10, 22, 12) + s * 1_000).toISOString();
const ms = (s: number) => Date.parse(at(s));
const word = (state: CameraStatusItem['state'], s: number, frameS: number | null = s): CameraStatusItem => ({
  t: 'camera-status',
  camera: 'K-1',
  state,
  at: at(s),
  lastFrameAt: frameS === null ? null : at(frameS),
  lastError: null,
});
const hear = (...items: CameraStatusItem[]) =>
  items.reduce<PictureWord | null>((before, item) => hearPicture(before, item), null) as PictureWord;

describe('what the words of a camera come to', () => {
  it('[A20] a loss began with the last picture, as far as that is believed', () => {
    expect(hear(word('stalled', 10, 7.6))).toMatchObject({ noPictureSinceMs: ms(7.6), noPictureForMs: 2_400 });
    expect(hear(word('lost', 10, null))).toMatchObject({ noPictureSinceMs: ms(10), noPictureForMs: 0 });
    expect(hear(word('lost', 1_000, 10))).toMatchObject({ noPictureSinceMs: ms(1_000), noPictureForMs: 0 });
    expect(hear(word('lost', 10, 11))).toMatchObject({ noPictureSinceMs: ms(10), noPictureForMs: 0 });
  });
  it('[A20] stalled and then lost is one loss, a picture between makes two', () => {
    const one = hear(word('stalled', 10, 8), word('lost', 18, 8));
    expect(one).toMatchObject({ noPictureSinceMs: ms(8), hadPicture: false, newest: { state: 'lost' } });
    const two = hear(word('stalled', 10, 8), word('live', 12), word('lost', 30, 30));
    expect(two).toMatchObject({ noPictureSinceMs: ms(30), hadPicture: true, hadNone: true });
  });
  it('a word older than the newest is history', () => {
    expect(hear(word('live', 20), word('lost', 10))).toMatchObject({ noPictureSinceMs: null, hadNone: false });
  });
});

it('[A20] what is lost is told within 10 s, also when the look has just passed', () => {
  expect(lostAfterMs + 2 * lossLookEveryMs).toBeLessThanOrEqual(10_000);
  // The last retransmission of TCP after an outage of 3 s, and a picture after it.
  expect(lostAfterMs).toBeGreaterThan(6_200 + 1_000);
});

it('[A22] with each loss within ten minutes the camera must hold twice as long, up to five minutes', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map(backAfterMs)).toEqual(
    [10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1_000),
  );
});

it('[A21] five cameras and more are of priority high, none is critical', () => {
  expect([1, 4, 5, 500].map(cameraLossPriority)).toEqual(['routine', 'routine', 'high', 'high']);
});

it('[A20] one word for the evidence of all', () => {
  expect(evidenceOfAll([])).toBeNull();
  expect(evidenceOfAll(['unreachable', 'unreachable'])).toBe('unreachable');
  expect(evidenceOfAll([null, null])).toBeNull();
  expect(evidenceOfAll(['unreachable', null])).toBe('unreachable');
  expect(evidenceOfAll(['unreachable', 'refused'])).toBe('mixed');
});
