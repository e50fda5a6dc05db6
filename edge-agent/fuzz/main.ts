/**
 * `npm run fuzz -- [--video] [--count 1000000] [--seed 1] [--max-grown-mb 200]`: the intake against damaged messages of every profile, or with
 * `--video` the RTSP client's parts against damaged sessions. Prints one line of JSON; ends with 1 and the input, base64, when one breaks a promise.
 */
import { parseArgs } from 'node:util';
import { FuzzFault, fuzz } from './fuzz.ts';
import { fuzzVideo, VideoFuzzFault } from './video-fuzz.ts';

const { values } = parseArgs({
  options: {
    video: { type: 'boolean', default: false },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'max-grown-mb': { type: 'string', default: '200' },
  },
});
const count = Number(values.count);
const seed = Number(values.seed);
const maxGrownBytes = Number(values['max-grown-mb']) * 1_048_576;
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed) || !(maxGrownBytes > 0)) {
  process.stderr.write('npm run fuzz -- [--video] [--count N] [--seed N] [--max-grown-mb N]: whole numbers above 0\n');
  process.exit(2);
}
try {
  const onProgress = (done: number) => void process.stderr.write(`${done} of ${count}\n`);
  const result = values.video ? fuzzVideo({ count, seed, onProgress }) : fuzz({ count, seed, onProgress });
  const about = { fuzz: values.video ? 'video' : 'profiles', node: process.version };
  process.stdout.write(`${JSON.stringify({ ...about, ...result })}\n`);
  if (result.grownBytes > maxGrownBytes) {
    process.stderr.write(`memory grew by ${Math.round(result.grownBytes / 1_048_576)} MiB: more than is allowed\n`);
    process.exitCode = 1;
  }
} catch (err) {
  const told = err instanceof FuzzFault || err instanceof VideoFuzzFault;
  process.stderr.write(`${told ? err.message : (err as Error).stack}\n`);
  process.exitCode = 1;
}
