import { decodeFrameStamp, encodeFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it } from 'vitest';
import { type AccessUnit, createCameraStream, slowDelayMs } from './camera-stream.ts';
import { openClipLibrary } from './clip-library.ts';
import { writeStampSlice } from './h264/clip.ts';

const library = openClipLibrary();
const clip = library.clip('mall-atrium');
const fire = library.clip('mall-atrium-fire');
const periodMs = 1000 / clip.fps;

function setUp() {
  const clock = createTestClock();
  const startMs = clock.now();
  const stream = createCameraStream({ clock, cameraNumber: 7, clip });
  const units: AccessUnit[] = [];
  return { clock, startMs, stream, units, sink: (unit: AccessUnit) => void units.push(unit) };
}
/** Which frame of the first clip a unit shows, -1 for none of it. */
const frameOf = (unit: AccessUnit) => clip.frames.findIndex((frame) => frame.slice === unit.nals.at(-1));

describe('camera stream', () => {
  it('loops the clip in real time, each loop from a key frame, capture times evenly spaced', () => {
    const { clock, startMs, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(25_000);
    expect(units).toHaveLength(25 * clip.fps + 1);
    units.forEach((unit, i) => {
      expect(frameOf(unit)).toBe(i % clip.frames.length);
      expect(unit.capturedAtMs).toBeCloseTo(startMs + i * periodMs, 3);
      expect(unit.idr).toBe(i % clip.fps === 0);
      expect(unit.nals.length).toBe(unit.idr ? 4 : 2);
    });
  });

  it('stamps each frame with the camera and its capture time', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(500);
    const unit = units.at(-1)!;
    const cells = encodeFrameStamp({ camera: 7, epochMs: Math.round(unit.capturedAtMs) });
    expect(decodeFrameStamp(cells)).not.toBeNull();
    expect(unit.nals.at(-2)).toEqual(writeStampSlice(clip, clip.frames[frameOf(unit)]!, cells));
  });

  it('gives a late viewer the frames since the last key frame at once', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(() => undefined);
    clock.advance(3_500);
    stream.subscribe(sink);
    expect(units.map(frameOf)).toEqual([36, 37, 38, 39, 40, 41, 42]);
    clock.advance(1_000);
    expect(units.slice(7).map(frameOf)).toEqual(Array.from({ length: 12 }, (_, i) => 43 + i));
  });

  it('runs only while somebody watches, and is then where it would have been', () => {
    const { clock, stream, units, sink } = setUp();
    const leave = stream.subscribe(() => undefined);
    clock.advance(1_200);
    leave();
    clock.advance(60_000);
    stream.subscribe(sink);
    expect(units[0]!.idr).toBe(true);
    expect(frameOf(units[0]!)).toBe(12);
    expect(units.at(-1)!.capturedAtMs).toBeGreaterThan(clock.now() - periodMs - 1);
  });

  it('changes the clip at the next key frame', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(1_500);
    stream.setClip(fire);
    expect(stream.clip()).toBe(fire);
    clock.advance(2_000);
    const first = units.findIndex((unit) => frameOf(unit) < 0);
    expect(first).toBe(24);
    expect(units[first]!.idr).toBe(true);
    expect(units[first]!.nals.at(-1)).toBe(fire.frames[0]!.slice);
    const gaps = units.slice(1).map((unit, i) => unit.capturedAtMs - units[i]!.capturedAtMs);
    for (const gap of gaps) expect(gap).toBeCloseTo(periodMs, 3);
  });

  it('frozen: sends nothing, then starts again at a key frame', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(500);
    const before = units.length;
    stream.setTrouble('frozen');
    clock.advance(2_000);
    expect(units).toHaveLength(before);
    stream.setTrouble('none');
    clock.advance(1_000);
    expect(units[before]!.idr).toBe(true);
    expect(frameOf(units[before]!)).toBe(36);
  });

  it('[C3] stuck: from the next key frame on the same stamp, times go on, and real pictures come back at a key frame', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(500);
    stream.setTrouble('stuck');
    clock.advance(2_000);
    stream.setTrouble('none');
    clock.advance(1_000);
    expect(units.slice(0, 13).map(frameOf)).toEqual(Array.from({ length: 13 }, (_, i) => i));
    expect(units[24]!.nals).toEqual(units[12]!.nals);
    expect(units.slice(13, 24).map(({ nals }) => nals.length)).toEqual(Array(11).fill(1));
    expect(units.slice(36).map(frameOf)).toEqual([36, 37, 38, 39, 40, 41, 42]);
    units.forEach((unit, i) => {
      expect(unit.capturedAtMs).toBeCloseTo(units[0]!.capturedAtMs + i * periodMs, 3);
    });
  });

  it('black: at once, and pictures come back at a key frame', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(500);
    stream.setTrouble('black');
    clock.advance(1_000);
    stream.setTrouble('none');
    clock.advance(1_000);
    const shown = units.map(frameOf);
    expect(shown.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(shown.slice(7, 24)).toEqual(Array(17).fill(-1));
    expect(shown.slice(24)).toEqual([24, 25, 26, 27, 28, 29, 30]);
  });

  it('slow: frames leave late and in order; none is lost when it ends', () => {
    const { clock, stream, units, sink } = setUp();
    stream.subscribe(sink);
    clock.advance(1_000);
    const before = units.length;
    stream.setTrouble('slow');
    clock.advance(slowDelayMs - periodMs);
    expect(units).toHaveLength(before);
    clock.advance(1_000);
    expect(units.at(-1)!.capturedAtMs).toBeLessThanOrEqual(clock.now() - slowDelayMs);
    stream.setTrouble('none');
    clock.advance(periodMs);
    expect(units.map(frameOf)).toEqual(Array.from(units, (_, i) => i % clip.frames.length));
    expect(units.at(-1)!.capturedAtMs).toBeGreaterThan(clock.now() - periodMs - 1);
  });
});

describe('the clip library', () => {
  it.each(library.names())('%s: a key frame a second, whole seconds, and a snapshot', (name) => {
    const { frames, fps } = library.clip(name);
    expect(frames.length % fps).toBe(0);
    frames.forEach((frame, i) => {
      expect(frame.picture.idr).toBe(i % fps === 0);
    });
    expect(library.snapshot(name).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it.each(library.names())('[C1] %s: a small stream with its key frames at the same frames', (name) => {
    const [main, sub] = [library.clip(name), library.sub(name)];
    expect([sub.sequence.width, sub.sequence.height, sub.fps]).toEqual([320, 180, main.fps]);
    expect(sub.frames.map(({ picture }) => picture.idr)).toEqual(main.frames.map(({ picture }) => picture.idr));
  });

  it('clips of one size share their parameter sets, so that a camera can change between them', () => {
    const sets = new Map<number, Set<string>>();
    for (const name of library.names()) {
      const { sps, pps, sequence } = library.clip(name);
      const known = sets.get(sequence.width) ?? new Set();
      sets.set(sequence.width, known.add(Buffer.concat([sps, pps]).toString('hex')));
    }
    expect([...sets].map(([width, known]) => [width, known.size])).toEqual([
      [640, 1],
      [1280, 1],
    ]);
  });
});
