import { encodeVideoHeader, type VideoFrameHeader, videoHeaderBytes } from '@kuzet/contracts/live-video.ts';
import { type AccessUnit, type VideoParameters, videoTicksPerS } from './access-unit.ts';
import { createDecodeClock } from './decode-clock.ts';
import { setOnlyDuration, writeFragment } from './fmp4.ts';

/** A picture as everybody keeps it: viewers, HLS and the event ring hold the same bytes. */
export interface WrittenPicture {
  header: VideoFrameHeader;
  /** A message of the live socket: header and one fragment of CMAF, in one buffer. */
  message: Buffer;
  /** The picture as the camera gave it; its NAL units lie in `message`. */
  unit: AccessUnit;
  /** On the line of time that goes on over reconnects, as is its end: a guess until the next picture is written. */
  decodeTimeTicks: number;
  endTicks: number;
  /** When they differ from those of the picture before. */
  newParameters: VideoParameters | null;
}

export interface PictureWriter {
  /** @returns null for a picture that continues nothing: after a break the next key frame is waited for. */
  write(unit: AccessUnit): WrittenPicture | null;
  /** What comes next does not continue what came before: the camera reconnected. */
  discontinuity(): void;
}

/** Steps of the camera's clock that no player should be asked to show. */
const maxForwardTicks = 10 * videoTicksPerS;
const maxBackwardTicks = videoTicksPerS;
/**
 * How long a picture is shown is known when the next has come; meanwhile its fragment says half of the longest step. MSE
 * drops all up to the next key frame where a picture begins later than twice the duration of the one before (its coded
 * frame processing, step 6), and cuts what overlaps.
 */
const unknownDurationTicks = 5 * videoTicksPerS;

/** Writes each picture once, for all who want it, on a line of time that goes on over reconnects and clocks that jump. */
export function createPictureWriter(): PictureWriter {
  const clock = createDecodeClock();
  let parameters: VideoParameters | null = null;
  /** To add to the camera's time; null after a break. */
  let shiftTicks: number | null = null;
  let lastPts: number | null = null;
  let last: WrittenPicture | null = null;
  /** Presentation of the latest picture on our line, and its end. */
  let lineEndTicks = 0;
  let number = 0;
  let sequence = 0;

  function end(picture: WrittenPicture, ticks: number): void {
    picture.endTicks = ticks;
    setOnlyDuration(picture.message, ticks - picture.decodeTimeTicks, videoHeaderBytes);
  }

  function breakHere(): void {
    if (last) end(last, last.endTicks);
    last = null;
    shiftTicks = null;
    lastPts = null;
  }

  return {
    write(unit) {
      if (lastPts !== null) {
        const step = unit.ptsTicks - lastPts;
        if (step > maxForwardTicks || step < -maxBackwardTicks) breakHere();
      }
      const changed =
        parameters !== unit.parameters && !parameters?.configuration.equals(unit.parameters.configuration);
      // Other parameters without a key frame decode to nothing.
      if (changed && !unit.keyFrame) breakHere();
      const discontinuity = shiftTicks === null;
      if (discontinuity && !unit.keyFrame) return null;
      if (shiftTicks === null) {
        shiftTicks = lineEndTicks - unit.ptsTicks;
        clock.reset();
      }
      lastPts = unit.ptsTicks;
      parameters = unit.parameters;

      const ptsTicks = unit.ptsTicks + shiftTicks;
      const decodeTimeTicks = clock.next(ptsTicks);
      if (last) end(last, decodeTimeTicks);
      const usualTicks = clock.usualTicks();
      lineEndTicks = Math.max(lineEndTicks, ptsTicks + usualTicks, decodeTimeTicks + usualTicks);
      const header: VideoFrameHeader = {
        kind: 'frame',
        keyFrame: unit.keyFrame,
        cached: false,
        discontinuity,
        number,
        capturedAtMs: unit.captureTimeMs,
        ptsTicks,
      };
      number = (number + 1) >>> 0;
      sequence = (sequence + 1) >>> 0;
      const sample = {
        nals: unit.nals,
        keyFrame: unit.keyFrame,
        durationTicks: unknownDurationTicks,
        compositionOffsetTicks: ptsTicks - decodeTimeTicks,
      };
      const message = writeFragment({ sequence, decodeTimeTicks, samples: [sample] }, videoHeaderBytes);
      message.set(encodeVideoHeader(header));
      last = {
        header,
        message,
        unit: { ...unit, nals: nalsIn(message, unit.nals) },
        decodeTimeTicks,
        endTicks: decodeTimeTicks + usualTicks,
        newParameters: changed ? unit.parameters : null,
      };
      return last;
    },
    discontinuity: breakHere,
  };
}

/** The same NAL units where the message holds them: at its end, each after four bytes of length. */
function nalsIn(message: Buffer, nals: readonly Buffer[]): Buffer[] {
  let end = message.length;
  return nals
    .toReversed()
    .map((nal) => {
      const own = message.subarray(end - nal.length, end);
      end -= nal.length + 4;
      return own;
    })
    .reverse();
}
