import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AccessUnit } from '../video/access-unit.ts';
import { beginsPicture, createH264Units, isSlice } from '../video/h264-units.ts';

/** Makes a file of real H.264, one slice a picture, a key frame every `gop` pictures. */
export function encodeH264(file: string, { fps, gop, seconds }: { fps: number; gop: number; seconds: number }): void {
  const source = `testsrc2=size=320x180:rate=${fps}:duration=${seconds}`;
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', `${gop}`, '-sc_threshold', '0'];
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...coding, '-slices', '1', '-f', 'h264', file]);
}

/** The pictures of such a file; the first one is taken at `startMs`. */
export function readH264(file: string, { fps, startMs }: { fps: number; startMs: number }): AccessUnit[] {
  const bytes = readFileSync(file);
  const starts: number[] = [];
  const startCode = Buffer.from([0, 0, 1]);
  for (let i = bytes.indexOf(startCode); i >= 0; i = bytes.indexOf(startCode, i + 3)) starts.push(i + 3);
  const units = createH264Units();
  const pictures: AccessUnit[] = [];
  let nals: Buffer[] = [];
  starts.forEach((from, n) => {
    let to = starts[n + 1] === undefined ? bytes.length : starts[n + 1]! - 3;
    while (bytes[to - 1] === 0) to--;
    const nal = bytes.subarray(from, to);
    nals.push(nal);
    if (!isSlice(nal) || !beginsPicture(nal)) return;
    const unit = units.unit(nals, pictures.length * (90_000 / fps));
    nals = [];
    pictures.push({ ...unit!, captureTimeMs: startMs + pictures.length * (1_000 / fps) });
  });
  return pictures;
}
