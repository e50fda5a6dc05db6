import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type ClipLibrary, mediaFolder } from '../../simulators/camera/clip-library.ts';
import { makeRoomForStamp, parseClip } from '../../simulators/camera/h264/clip.ts';

const stampRowLines = 16;
const croppedLines = 8;
/** Those of simulators/clips/render.ts: what the stamp in every frame relies on. */
export const stampableX264 = 'bframes=0:ref=1:cabac=0:weightp=0:slices=1:threads=1:scenecut=0:stitchable=1:aq-mode=3';

/** A library whose clips have one key frame in `groupS` seconds; made by ffmpeg out of those there are. */
export function withLongGroups(library: ClipLibrary, groupS: number): ClipLibrary {
  const made = new Map<string, ReturnType<ClipLibrary['clip']>>();
  return {
    ...library,
    clip(name) {
      const known = made.get(name);
      if (known) return known;
      const { fps } = library.clip(name);
      const frames = String(groupS * fps);
      const stream = execFileSync(
        'ffmpeg',
        [
          ...['-v', 'error', '-r', String(fps), '-i', join(mediaFolder, `${name}.h264`)],
          ...['-vf', `crop=iw:ih-${stampRowLines - croppedLines}:0:${stampRowLines - croppedLines}`],
          ...['-c:v', 'libx264', '-profile:v', 'baseline', '-level', '3.1', '-preset', 'fast', '-crf', '30'],
          ...['-g', frames, '-keyint_min', frames, '-x264-params', stampableX264, '-f', 'h264', '-'],
        ],
        { maxBuffer: 256 * 1024 * 1024 },
      );
      const clip = parseClip(name, fps, makeRoomForStamp(stream, croppedLines));
      made.set(name, clip);
      return clip;
    },
  };
}
