import { encodeVideoHeader, type VideoFrameHeader, videoHeaderBytes } from '@kuzet/contracts/live-video.ts';
import { type AccessUnit, type VideoParameters, videoTicksPerS } from './access-unit.ts';
import { createDecodeClock } from './decode-clock.ts';
import { writeFragment } from './fmp4.ts';

export interface WrittenPicture {
  header: VideoFrameHeader;
  /** A message of the live socket: header and one fragment of CMAF, in one buffer. */
  message: Buffer;
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
 * Writes each picture once, as all viewers get it, on a line of time that goes on over reconnects and clocks that jump.
 * A picture's duration is that of the one before: its own is known only when the next has come.
 */
export function createPictureWriter(): PictureWriter {
  const clock = createDecodeClock();
  let parameters: VideoParameters | null = null;
  /** To add to the camera's time; null after a break. */
  let shiftTicks: number | null = null;
  let lastPts: number | null = null;
  /** Presentation of the latest picture on our line, and its end. */
  let lineEndTicks = 0;
  let number = 0;
  let sequence = 0;

  const breakHere = () => {
    shiftTicks = null;
    lastPts = null;
  };

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
      const durationTicks = clock.usualTicks();
      lineEndTicks = Math.max(lineEndTicks, ptsTicks + durationTicks, decodeTimeTicks + durationTicks);
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
        durationTicks,
        compositionOffsetTicks: ptsTicks - decodeTimeTicks,
      };
      const message = writeFragment({ sequence, decodeTimeTicks, samples: [sample] }, videoHeaderBytes);
      message.set(encodeVideoHeader(header));
      return { header, message, newParameters: changed ? unit.parameters : null };
    },
    discontinuity: breakHere,
  };
}
