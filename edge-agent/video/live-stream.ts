import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import { createPictureFanOut, type PictureFanOut } from '@kuzet/lib/picture-fan-out.ts';
import { initSegment } from './fmp4.ts';
import type { WrittenPicture } from './picture-writer.ts';

/** A camera's stream on its way to the viewers of live sockets. */
export interface LiveStream extends Pick<PictureFanOut, 'join' | 'viewers' | 'waiting' | 'cachedBytes'> {
  push(picture: WrittenPicture): void;
}

export function createLiveStream(stream: VideoStream): LiveStream {
  const { describe, frame, join, viewers, waiting, cachedBytes } = createPictureFanOut();
  return {
    push({ header, message, newParameters }) {
      if (newParameters) {
        const { codecString: codec, width, height, configuration } = newParameters;
        const description = configuration.toString('base64');
        describe({ t: 'stream', stream, codec, width, height, description }, initSegment(newParameters));
      }
      frame(header, message);
    },
    join,
    viewers,
    waiting,
    cachedBytes,
  };
}
