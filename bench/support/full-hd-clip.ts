import { execFileSync } from 'node:child_process';
import type { ClipLibrary } from '../../simulators/camera/clip-library.ts';
import { makeRoomForStamp, parseClip } from '../../simulators/camera/h264/clip.ts';
import { stampableX264 } from './long-group-clip.ts';

const fps = 25;
const seconds = 8;
const croppedLines = 8;

/** A library with one clip for all names: 1920x1080, 25 frames a second, a key frame every two seconds, by ffmpeg. */
export function withFullHd(library: ClipLibrary, mbitPerS: number): ClipLibrary {
  const rate = `${mbitPerS}M`;
  const stream = execFileSync(
    'ffmpeg',
    [
      // Less the row for the stamp, as far as it is shown. Noise, so that the rate is needed.
      ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=1920x${1080 - croppedLines}:rate=${fps}`],
      ...['-t', String(seconds), '-vf', 'noise=alls=12:allf=t', '-pix_fmt', 'yuv420p'],
      ...['-c:v', 'libx264', '-profile:v', 'baseline', '-level', '4.0', '-preset', 'ultrafast'],
      ...['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate, '-g', '50', '-keyint_min', '50'],
      ...['-x264-params', `${stampableX264}:nal-hrd=cbr`, '-f', 'h264', '-'],
    ],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  const clip = parseClip('full-hd', fps, makeRoomForStamp(stream, croppedLines));
  return { ...library, clip: () => clip };
}
