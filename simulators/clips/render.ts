import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stampBandHeight } from '@kuzet/contracts/frame-stamp.ts';
import { type ClipManifest, mediaFolder } from '../camera/clip-library.ts';
import { makeRoomForStamp, parseClip } from '../camera/h264/clip.ts';
import { createDeveloper } from './develop.ts';
import { framesPerSecond, loopS, type Scene } from './scene.ts';
import { scenes } from './scenes/index.ts';

const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

/**
 * `npm run clips` renders every clip into simulators/clips/media; `npm run clips -- NAME...` only those;
 * `npm run clips -- --look FOLDER NAME...` writes a few PNGs a clip instead, to look at.
 */
async function main(args: string[]): Promise<void> {
  const lookAt = args[0] === '--look' ? args[1] : undefined;
  const names = args[0] === '--look' ? args.slice(2) : args;
  const unknown = names.filter((name) => !scenes.some((scene) => scene.name === name));
  if (unknown.length > 0)
    throw new Error(`no scene ${unknown.join(', ')}; there are ${scenes.map((s) => s.name).join(', ')}`);
  const wanted = scenes.filter((scene) => names.length === 0 || names.includes(scene.name));
  if (lookAt !== undefined) {
    mkdirSync(lookAt, { recursive: true });
    for (const scene of wanted) await look(scene, lookAt);
    return;
  }
  mkdirSync(mediaFolder, { recursive: true });
  for (const scene of wanted) await render(scene);
  writeManifest();
}

async function look(scene: Scene, folder: string): Promise<void> {
  const { width, height } = scene;
  const picture = scene.build(width, height);
  const develop = createDeveloper(width, height, scene.development);
  for (const timeS of [1, 3, 7])
    await encodeStill(scene, develop(picture(timeS)), join(folder, `${scene.name}-${timeS}.png`));
}

async function render(scene: Scene): Promise<void> {
  const startedMs = Date.now();
  const { width, height } = scene;
  const picture = scene.build(width, height);
  const develop = createDeveloper(width, height, scene.development);
  const band = Math.round(height * stampBandHeight);
  if ((height - band) % 16 !== 0) throw new Error(`${scene.name}: ${height} lines leave no whole macroblock rows`);
  const frames: Uint8Array[] = [];
  for (let i = 0; i < framesPerSecond * loopS; i++) frames.push(develop(picture(i / framesPerSecond)));
  const snapshot = frames[Math.round(scene.snapshotS * framesPerSecond)]!.slice();
  const first = frames[0]!.slice();
  for (const frame of frames) holdTopEdge(frame, first, width, band, Math.round(height / 15));

  const stream = await pipe(
    [
      ...rawInput(width, height),
      '-vf',
      `crop=${width}:${height - band}:0:${band},scale=out_color_matrix=bt709:out_range=tv,format=yuv420p`,
      ...[
        '-c:v',
        'libx264',
        '-profile:v',
        'baseline',
        '-level',
        '3.1',
        '-preset',
        'veryslow',
        '-crf',
        String(scene.crf),
      ],
      ...['-g', String(framesPerSecond), '-keyint_min', String(framesPerSecond), '-x264-params', x264Parameters],
      ...['-f', 'h264', '-'],
    ],
    frames,
  );
  // The stamp's macroblock row is 16 lines; where the band is 8, the upper half is cropped away.
  const clip = makeRoomForStamp(stream, 16 - band);
  parseClip(scene.name, framesPerSecond, clip);
  writeFileSync(join(mediaFolder, `${scene.name}.h264`), clip);
  await encodeStill(scene, snapshot, join(mediaFolder, `${scene.name}.jpg`));
  process.stdout.write(
    `${scene.name}: ${Math.round(clip.length / 1000)} kB in ${Math.round((Date.now() - startedMs) / 1000)} s\n`,
  );
}

/**
 * Nothing moves right under the stamp: motion vectors that point out of the picture would fetch the stamp's cells, which
 * the encoder has never seen. The stillness fades out over `reach` lines.
 */
function holdTopEdge(frame: Uint8Array, still: Uint8Array, width: number, band: number, reach: number): void {
  for (let y = 0; y < band + reach; y++) {
    const moving = Math.max(0, (y - band - reach / 2) / (reach / 2));
    if (y < band + 2) {
      frame.fill(0, y * width * 3, (y + 1) * width * 3);
      continue;
    }
    for (let at = y * width * 3; at < (y + 1) * width * 3; at++) {
      frame[at] = Math.round(still[at]! + (frame[at]! - still[at]!) * moving);
    }
  }
}

/** One slice a picture, nothing that depends on content in the headers: what the live stamp relies on. */
const x264Parameters = [
  'bframes=0:ref=1:cabac=0:weightp=0:slices=1:threads=1:scenecut=0:stitchable=1',
  'aq-mode=3:aq-strength=0.9:colorprim=bt709:transfer=bt709:colormatrix=bt709',
].join(':');

const rawInput = (width: number, height: number) => [
  ...[
    '-v',
    'error',
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${width}x${height}`,
    '-r',
    String(framesPerSecond),
    '-i',
    '-',
  ],
];

async function encodeStill({ width, height }: Scene, frame: Uint8Array, file: string): Promise<void> {
  await pipe([...rawInput(width, height), '-frames:v', '1', '-q:v', '4', '-y', file], [frame]);
}

async function pipe(args: string[], frames: Uint8Array[]): Promise<Buffer> {
  const child = spawn(ffmpeg, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(child, 'close');
  for (const frame of frames) if (!child.stdin.write(frame)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`${ffmpeg} ended with ${code}`);
  return Buffer.concat(chunks);
}

function writeManifest(): void {
  const clips = scenes.map((scene) => {
    const file = `${scene.name}.h264`;
    const clip = parseClip(scene.name, framesPerSecond, readFileSync(join(mediaFolder, file)));
    const { width, height } = clip.sequence;
    const snapshot = `${scene.name}.jpg`;
    return { name: scene.name, file, snapshot, width, height, fps: framesPerSecond, frames: clip.frames.length };
  });
  const manifest: ClipManifest = { clips };
  writeFileSync(join(mediaFolder, 'clips.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

await main(process.argv.slice(2));
