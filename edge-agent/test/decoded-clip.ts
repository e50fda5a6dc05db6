import { execFileSync } from 'node:child_process';

/**
 * Decodes a file whole and lists when its pictures are shown, s.
 * @throws when the decoder has anything to complain about.
 */
export function decodeClip(file: string): number[] {
  const strict = ['-v', 'error', '-xerror', '-err_detect', 'explode', '-i', file];
  const decoded = execFileSync('ffmpeg', [...strict, '-f', 'framemd5', '-'], { encoding: 'utf8', stdio: 'pipe' });
  const shown = ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file];
  const times = execFileSync('ffprobe', shown, { encoding: 'utf8', stdio: 'pipe' }).trim().split('\n').map(Number);
  const pictures = decoded.split('\n').filter((line) => /^0,/.test(line)).length;
  if (pictures !== times.length) throw new Error(`${file}: ${pictures} of ${times.length} pictures decode`);
  return times;
}

/** Longer stretches without a picture must be told; a picture and a millisecond of rounding beside it. */
const toldFromMs = 2_100;

/** Stretches of what was asked for that no picture shows and no gap names, ms after `fromMs`. */
export function untold(
  asked: { fromMs: number; toMs: number; gaps: readonly { fromMs: number; toMs: number }[] },
  picturesAtMs: readonly number[],
): string[] {
  const { fromMs, toMs, gaps } = asked;
  const inside = picturesAtMs.filter((at) => at >= fromMs && at <= toMs).map((at) => ({ fromMs: at, toMs: at }));
  const known = [...inside, ...gaps, { fromMs: toMs, toMs }].sort((a, b) => a.fromMs - b.fromMs);
  const missing: string[] = [];
  let toldMs = fromMs;
  for (const one of known) {
    if (one.fromMs - toldMs > toldFromMs) missing.push(`${toldMs - fromMs} to ${one.fromMs - fromMs}`);
    toldMs = Math.max(toldMs, one.toMs);
  }
  return missing;
}
