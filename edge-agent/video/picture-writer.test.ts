import { decodeVideoMessage, lastUntil, mediaDataOf } from '@kuzet/contracts/live-video.ts';
import { describe, expect, test } from 'vitest';
import type { AccessUnit } from './access-unit.ts';
import { createDecodeClock } from './decode-clock.ts';
import { initSegment } from './fmp4.ts';
import { createFragmentReader } from './fragment-reader.ts';
import { createPictureWriter } from './picture-writer.ts';
import { idr, parameters720, slice, units } from './test-units.ts';

function write(list: AccessUnit[], writer = createPictureWriter()) {
  return list.map((unit) => writer.write(unit));
}

/** As a player reads it: trun's first sample. */
const durationOf = (message: Buffer): number => message.readUInt32BE(message.indexOf('trun') + 16);

/** Decoding times and keys, as a player reads them. */
function read(list: AccessUnit[], written: ReturnType<typeof write>) {
  const reader = createFragmentReader();
  reader.push(initSegment(list[0]!.parameters));
  return written.flatMap((picture) =>
    reader
      .push(Buffer.from(decodeVideoMessage(picture!.message)!.body))
      .flatMap((event) => (event.kind === 'samples' ? event.samples : [])),
  );
}

describe('picture writer', () => {
  test('[V2] writes each picture as one fragment of its own, with header, times and the bytes of the camera', () => {
    const list = units(6, 3, 10);
    const written = write(list);
    const headers = written.map((picture) => picture!.header);
    expect(headers.map(({ keyFrame, discontinuity, number }) => [keyFrame, discontinuity, number])).toEqual([
      [true, true, 0],
      [false, false, 1],
      [false, false, 2],
      [true, false, 3],
      [false, false, 4],
      [false, false, 5],
    ]);
    expect(headers.map(({ ptsTicks }) => ptsTicks)).toEqual([0, 3600, 7200, 10800, 14400, 18000]);
    expect(headers.map(({ capturedAtMs }) => capturedAtMs)).toEqual(list.map(({ captureTimeMs }) => captureTimeMs));
    written.forEach((picture, i) => {
      const { header, body } = decodeVideoMessage(picture!.message)!;
      expect(header).toEqual(picture!.header);
      const [nal] = list[i]!.nals as [Buffer];
      const data = Buffer.from(mediaDataOf(body)!);
      expect(data.readUInt32BE(0)).toBe(nal.length);
      expect(data.subarray(4).equals(nal)).toBe(true);
    });
    expect(read(list, written).map((sample) => sample.decodeTime)).toEqual([0, 3600, 7200, 10800, 14400, 18000]);
  });

  test('[V2] a picture is shown until the next one comes; meanwhile it says more than can be', () => {
    const writer = createPictureWriter();
    const list = units(4, 25);
    // The camera leaves out what is between: 40 ms, 360 ms, 40 ms.
    list[2]!.ptsTicks += 28_800;
    list[3]!.ptsTicks += 28_800;
    const durations: number[] = [];
    const written: NonNullable<ReturnType<typeof writer.write>>[] = [];
    for (const unit of list) {
      written.push(writer.write(unit)!);
      durations.push(durationOf(written.at(-1)!.message));
    }
    expect(durations).toEqual([450_000, 450_000, 450_000, 450_000]);
    expect(written.map(({ message }) => durationOf(message))).toEqual([3600, 32_400, 3600, 450_000]);
    const sent = written.map(({ message }) => Buffer.from(message));
    lastUntil(decodeVideoMessage(sent[3]!)!.body, decodeVideoMessage(sent[2]!)!.body);
    expect(durationOf(sent[3]!)).toBe(450_000);
    sent[1]!.writeUInt32BE(450_000, sent[1]!.indexOf('trun') + 16);
    lastUntil(decodeVideoMessage(sent[1]!)!.body, decodeVideoMessage(sent[2]!)!.body);
    expect(durationOf(sent[1]!)).toBe(32_400);
    writer.discontinuity();
    expect(durationOf(written[3]!.message)).toBe(3600);
    expect(written.map(({ decodeTimeTicks, endTicks }) => endTicks - decodeTimeTicks)).toEqual([
      3600, 32_400, 3600, 3600,
    ]);
  });

  test('[V2] what is kept of a picture is its message alone, and not what it came in', () => {
    const chunk = Buffer.alloc(65_536);
    idr(1, 100).copy(chunk, 1_000);
    const [unit] = units(1, 1);
    const { unit: kept, message } = createPictureWriter().write({
      ...unit!,
      nals: [chunk.subarray(1_000, 1_103), slice(3)],
    })!;
    expect(kept.nals).toEqual([idr(1, 100), slice(3)]);
    expect(kept.nals.map(({ buffer }) => buffer)).toEqual([message.buffer, message.buffer]);
    expect(message.buffer.byteLength).toBe(message.length);
  });

  test('[V21] the line of time goes on over a reconnect and a clock that jumps; each begins with a key frame', () => {
    const writer = createPictureWriter();
    const before = write(units(3, 25, 1_000_000), writer);
    writer.discontinuity();
    const after = write(units(30, 25, 20).slice(1), writer);
    const jumped = write(units(2, 25, 90_000), writer);
    const back = write(units(2, 25, 100), writer);
    expect(after.slice(0, 24).every((picture) => picture === null)).toBe(true);
    const sent = [...before, ...after, ...jumped, ...back].flatMap((picture) => (picture ? [picture.header] : []));
    expect(sent.map(({ ptsTicks }) => ptsTicks)).toEqual(sent.map((_, i) => i * 3600));
    expect(sent.filter(({ discontinuity }) => discontinuity).every(({ keyFrame }) => keyFrame)).toBe(true);
    expect(sent.map(({ discontinuity }) => discontinuity).filter(Boolean)).toHaveLength(4);
  });

  test('[V2] other parameters come with a key frame or not at all', () => {
    const writer = createPictureWriter();
    const [first] = write(units(3, 25), writer);
    expect(first!.newParameters).not.toBeNull();
    const other = units(3, 2, 3, parameters720);
    const without = write(other.slice(1, 2), writer);
    expect(without).toEqual([null]);
    const [, , key] = write(other, createPictureWriter());
    expect(key!.newParameters).toBeNull();
    expect(writer.write(other[2]!)!.newParameters).toBe(parameters720);
  });
});

describe('decode clock', () => {
  test('is the presentation time where pictures come in order', () => {
    const clock = createDecodeClock();
    expect([0, 3600, 7200, 10_800].map((pts) => clock.next(pts))).toEqual([0, 3600, 7200, 10_800]);
    expect(clock.usualTicks()).toBe(3600);
  });

  test('[V2] goes in even steps where pictures overtake each other', () => {
    const clock = createDecodeClock();
    const order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11, 15, 13, 14].map((n) => n * 3600);
    const times = order.map((pts) => clock.next(pts));
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    expect(steps.every((step) => step > 0)).toBe(true);
    expect(steps.slice(5).every((step) => step === 3600)).toBe(true);
  });
});
