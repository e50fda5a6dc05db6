import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import { createPictureFanOut, type PictureFanOut } from '@kuzet/lib/picture-fan-out.ts';
import type { AccessUnit } from './access-unit.ts';
import { initSegment } from './fmp4.ts';
import { createPictureWriter } from './picture-writer.ts';

/** A camera's stream on its way to the viewers of live sockets. */
export interface LiveStream extends Pick<PictureFanOut, 'join' | 'viewers' | 'waiting' | 'cachedBytes'> {
  push(unit: AccessUnit): void;
  /** What comes next does not continue what came before: the camera reconnected. */
  discontinuity(): void;
}

export function createLiveStream(stream: VideoStream): LiveStream {
  const { describe, frame, join, viewers, waiting, cachedBytes } = createPictureFanOut();
  const writer = createPictureWriter();
  return {
    push(unit) {
      const picture = writer.write(unit);
      if (picture === null) return;
      if (picture.newParameters) {
        const { codecString: codec, width, height, configuration } = picture.newParameters;
        const description = configuration.toString('base64');
        describe({ t: 'stream', stream, codec, width, height, description }, initSegment(picture.newParameters));
      }
      frame(picture.header, picture.message);
    },
    discontinuity: writer.discontinuity,
    join,
    viewers,
    waiting,
    cachedBytes,
  };
}
