import { describe, expect, it } from 'vitest';
import { decodeVideoMessage, encodeVideoHeader, mediaDataOf, type VideoFrameHeader } from './live-video.ts';

const frame: VideoFrameHeader = {
  kind: 'frame',
  keyFrame: true,
  cached: false,
  discontinuity: true,
  number: 0xffff_fffe,
  capturedAtMs: 1_800_000_000_123.5,
  ptsTicks: 2 ** 40 + 3,
};
const message = (header: Uint8Array, body: number[]) => Uint8Array.from([...header, ...body]);

describe('messages of a live socket', () => {
  it('[V1] come out as they went in, from anywhere in a larger buffer', () => {
    const whole = message(encodeVideoHeader(frame), [1, 2, 3]);
    const shifted = new Uint8Array(whole.length + 5);
    shifted.set(whole, 5);
    expect(decodeVideoMessage(shifted.subarray(5))).toEqual({ header: frame, body: Uint8Array.of(1, 2, 3) });
    const init = decodeVideoMessage(message(encodeVideoHeader({ kind: 'init' }), [9]));
    expect(init).toEqual({ header: { kind: 'init' }, body: Uint8Array.of(9) });
  });

  it('[V1] is nothing else', () => {
    expect(decodeVideoMessage(new Uint8Array(0))).toBeNull();
    expect(decodeVideoMessage(encodeVideoHeader(frame))).toBeNull();
    expect(decodeVideoMessage(message(encodeVideoHeader(frame), [1]).fill(7, 0, 1))).toBeNull();
  });

  it('[V2] finds the pictures in a fragment, and stays within it', () => {
    const moof = [0, 0, 0, 8, 0x6d, 0x6f, 0x6f, 0x66];
    const mdat = [0, 0, 0, 10, 0x6d, 0x64, 0x61, 0x74, 5, 6];
    expect(mediaDataOf(Uint8Array.from([...moof, ...mdat]))).toEqual(Uint8Array.of(5, 6));
    expect(mediaDataOf(Uint8Array.from(moof))).toBeNull();
    expect(mediaDataOf(Uint8Array.from([0, 0, 0, 0, 1, 1, 1, 1]))).toBeNull();
    expect(mediaDataOf(Uint8Array.from([0, 0, 1, 0, 0x6d, 0x64, 0x61, 0x74]))).toBeNull();
  });
});
