import { type FileHandle, open } from 'node:fs/promises';
import type { ClipPart } from '@kuzet/contracts/evidence.ts';
import { type AccessUnit, videoTicksPerS } from './access-unit.ts';
import { decodeTimes, initSegment, writeFragment } from './fmp4.ts';

/**
 * One MP4 of a clip: ftyp and moov first, then a moof and mdat for each run of pictures (ISO/IEC 14496-12), so that what is
 * on disk plays whenever the power goes. All pictures are of one configuration.
 */
export interface ClipWriter {
  /** Takes a group of pictures in decoding order; `broken`: the camera's clock does not continue from the last one. */
  write(units: readonly AccessUnit[], broken: boolean): Promise<void>;
  /** On disk when done. */
  close(): Promise<void>;
  part(): ClipPart;
}

/** A step of the camera's own clock beyond these is a new beginning; capture time says where it stands. */
const maxForwardTicks = 10 * videoTicksPerS;
const ticksOf = (ms: number) => Math.round((ms * videoTicksPerS) / 1_000);

/** @throws when the file cannot be made. */
export async function createClipWriter(path: string, name: string, first: AccessUnit): Promise<ClipWriter> {
  const file: FileHandle = await open(path, 'w');
  const { parameters } = first;
  const part: ClipPart = {
    name,
    codec: parameters.codecString,
    width: parameters.width,
    height: parameters.height,
    fromMs: first.captureTimeMs,
    toMs: first.captureTimeMs,
    frames: 0,
    sizeBytes: 0,
  };
  let sequence = 1;
  let shiftTicks: number | null = null;
  let endTicks = 0;

  async function append(bytes: Buffer): Promise<void> {
    await file.writev([bytes]);
    part.sizeBytes += bytes.length;
  }
  await append(initSegment(parameters));

  return {
    part: () => ({ ...part }),
    async write(units, broken) {
      const [head] = units;
      if (!head) return;
      const dts = decodeTimes(units.map(({ ptsTicks }) => ptsTicks));
      const usualTicks = dts.length > 1 ? Math.round((dts.at(-1)! - dts[0]!) / (dts.length - 1)) : videoTicksPerS / 25;
      const step = shiftTicks === null ? 0 : dts[0]! + shiftTicks - endTicks;
      // After a break the place on the line is by capture time: what is missing stays as long as it was.
      if (shiftTicks === null || broken || step < 0 || step > maxForwardTicks)
        shiftTicks = Math.max(endTicks, ticksOf(head.captureTimeMs - part.fromMs)) - dts[0]!;
      const samples = units.map((unit, i) => ({
        nals: unit.nals,
        keyFrame: unit.keyFrame,
        durationTicks: Math.max(1, (dts[i + 1] ?? dts[i]! + Math.max(1, usualTicks)) - dts[i]!),
        compositionOffsetTicks: unit.ptsTicks - dts[i]!,
      }));
      await append(writeFragment({ sequence: sequence++, decodeTimeTicks: dts[0]! + shiftTicks, samples }));
      endTicks = dts.at(-1)! + shiftTicks + 1;
      part.frames += units.length;
      for (const { captureTimeMs } of units) part.toMs = Math.max(part.toMs, captureTimeMs);
    },
    async close() {
      await file.sync();
      await file.close();
    },
  };
}
