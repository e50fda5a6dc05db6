import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClipManifest, mediaFolder, subFileOf, type VariantManifest } from '../camera/clip-library.ts';
import { makeRoomForStamp, parseClip } from '../camera/h264/clip.ts';

const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const ffprobe = process.env.FFPROBE_PATH ?? 'ffprobe';
const stitchable = 'ref=1:cabac=0:weightp=0:slices=1:threads=1:scenecut=0:stitchable=1';
const colours = 'colorprim=bt709:transfer=bt709:colormatrix=bt709';
const run = (args: string[]): Buffer =>
  execFileSync(ffmpeg, ['-nostdin', '-v', 'error', ...args], { maxBuffer: 64_000_000 });

/**
 * `node --import tsx simulators/clips/derive.ts` makes from the rendered clips (`npm run clips` first) what else the farm sends: the
 * small stream of each, and the variants that trouble needs. Needs ffmpeg with libx264 and libx265.
 */
function main(): void {
  const { clips } = JSON.parse(readFileSync(join(mediaFolder, 'clips.json'), 'utf8')) as ClipManifest;
  for (const clip of clips) writeSub(clip);
  const plaza = clips.find(({ name }) => name === 'plaza');
  if (!plaza) throw new Error('no clip plaza');
  const manifest: VariantManifest = { variants: [longGop(plaza), bFrames(plaza), h265(plaza)] };
  writeFileSync(join(mediaFolder, 'variants.json'), `${JSON.stringify(manifest)}\n`);
}

type Entry = ClipManifest['clips'][number];

/** 320x180: 11 macroblock rows of picture, and the stamp's row of which 12 lines stay hidden. */
function writeSub(clip: Entry): void {
  const band = clip.height / 45;
  const filter = `crop=${clip.width}:${clip.height - band}:0:${band},scale=320:176:flags=area`;
  const stream = run([
    ...['-r', String(clip.fps), '-i', join(mediaFolder, clip.file), '-vf', filter, '-c:v', 'libx264'],
    ...['-profile:v', 'baseline', '-level', '3.1', '-preset', 'slow', '-crf', '28', '-g', String(clip.fps)],
    ...['-keyint_min', String(clip.fps), '-x264-params', `bframes=0:${stitchable}:${colours}`, '-f', 'h264', '-'],
  ]);
  const small = makeRoomForStamp(stream, 12);
  parseClip(clip.name, clip.fps, small);
  writeFileSync(join(mediaFolder, subFileOf(clip.file)), small);
}

/** One key frame in ten seconds, stamped like the others. */
function longGop({ file, fps }: Entry): VariantManifest['variants'][number] {
  const stream = run([
    ...['-r', String(fps), '-i', join(mediaFolder, file), '-vf', 'crop=640:352:0:8', '-c:v', 'libx264'],
    ...['-profile:v', 'baseline', '-level', '3.1', '-preset', 'slow', '-crf', '28', '-g', '120'],
    ...['-keyint_min', '120', '-x264-params', `bframes=0:${stitchable}:${colours}`, '-f', 'h264', '-'],
  ]);
  writeFileSync(join(mediaFolder, 'plaza-long-gop.h264'), makeRoomForStamp(stream, 8));
  return { name: 'plaza-long-gop', file: 'plaza-long-gop.h264', codec: 'h264-stamped', fps, width: 640, height: 360 };
}

/** Main profile with two B pictures between references, as they come in decoding order. */
function bFrames({ file, fps }: Entry): VariantManifest['variants'][number] {
  const folder = mkdtempSync(join(tmpdir(), 'kuzet-derive-'));
  try {
    const container = join(folder, 'b.mp4');
    run([
      ...['-r', String(fps), '-i', join(mediaFolder, file), '-frames:v', '48', '-c:v', 'libx264', '-profile:v', 'main'],
      ...['-level', '3.1', '-preset', 'slow', '-crf', '28', '-g', '12', '-keyint_min', '12'],
      ...['-x264-params', `bframes=2:b-adapt=0:b-pyramid=none:open-gop=0:scenecut=0:threads=1:${colours}`],
      container,
    ]);
    const fields = ['-v', 'error', '-show_entries', 'packet=pts', '-of', 'csv=p=0', container];
    const times = execFileSync(ffprobe, fields, { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map((pts) => Number.parseInt(pts, 10));
    const sorted = [...times].sort((a, b) => a - b);
    const order = times.map((pts) => sorted.indexOf(pts));
    writeFileSync(
      join(mediaFolder, 'plaza-b-frames.h264'),
      run(['-i', container, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb,filter_units=remove_types=6', '-f', 'h264', '-']),
    );
    return { name: 'plaza-b-frames', file: 'plaza-b-frames.h264', codec: 'h264', fps, width: 640, height: 360, order };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function h265({ file, fps }: Entry): VariantManifest['variants'][number] {
  const stream = run([
    ...['-r', String(fps), '-i', join(mediaFolder, file), '-c:v', 'libx265', '-preset', 'medium', '-crf', '30'],
    ...['-x265-params', 'bframes=0:keyint=12:min-keyint=12:scenecut=0:open-gop=0:info=0:pools=1:log-level=error'],
    ...['-bsf:v', 'filter_units=remove_types=35|39|40', '-f', 'hevc', '-'],
  ]);
  writeFileSync(join(mediaFolder, 'plaza-h265.h265'), stream);
  return { name: 'plaza-h265', file: 'plaza-h265.h265', codec: 'h265', fps, width: 640, height: 360 };
}

main();
