import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { videoTicksPerS } from './access-unit.ts';
import { unitsOfSampleEntry } from './codecs.ts';
import { createFragmentReader, type FragmentEvent } from './fragment-reader.ts';
import { toIntakeFailure } from './intake-error.ts';
import type { PictureUnits } from './picture-units.ts';
import { createRtpClock } from './rtp-clock.ts';
import { parseRtspAddress } from './rtsp-address.ts';
import { createStartGate, type StartGate } from './start-gate.ts';
import type { IntakeEvents, IntakeFailure, IntakeSource, VideoIntake } from './video-intake.ts';

export interface FfmpegIntakeOptions {
  /** Default: FFMPEG_PATH, then the PATH. */
  ffmpegPath?: string;
  nowMs?: () => number;
}

const socketTimeoutUs = 5_000_000;
const quitMs = 700;

/** What ffmpeg's error output means; the lines themselves hold the address with its password and go nowhere. */
const meanings: [RegExp, IntakeFailure][] = [
  [/401 Unauthorized/i, { kind: 'credentials', detail: 'camera refused the sign-in (401)' }],
  [/403 Forbidden/i, { kind: 'credentials', detail: 'camera refused the sign-in (403)' }],
  [/404 Not Found/i, { kind: 'not-found', detail: 'camera knows no stream at this address (404)' }],
  [/461 Unsupported/i, { kind: 'unsupported-transport', detail: 'camera refused this transport (461)' }],
  [/Connection refused/i, { kind: 'unreachable', detail: 'the connection was refused' }],
  [/No route to host|Network is unreachable/i, { kind: 'unreachable', detail: 'there is no route to it' }],
  [/timed out/i, { kind: 'timeout', detail: 'it did not answer in time' }],
  [/matches no streams/i, { kind: 'unsupported-codec', detail: 'its stream holds no video' }],
];

/**
 * The one module that knows fluent-ffmpeg: a camera whose RTSP defeats ours is read by an ffmpeg process, copied and
 * not transcoded, and comes out as the same access units. ffmpeg takes the password in its arguments, where other
 * users of the machine can see it: one more reason why this is the exception. ffmpeg 5.1 or later.
 */
export function startFfmpegIntake(
  source: IntakeSource,
  events: IntakeEvents,
  { ffmpegPath, nowMs = Date.now }: FfmpegIntakeOptions = {},
): VideoIntake {
  const reader = createFragmentReader();
  const output = new PassThrough();
  let units: PictureUnits | null = null;
  let gate: StartGate | null = null;
  let clock = createRtpClock(videoTicksPerS);
  let timescale = 0;
  let held: { nals: Buffer[]; pts: number; captureTimeMs: number } | null = null;
  let over = false;
  let started = false;
  let seen: IntakeFailure | null = null;
  const gone = new AbortController();

  const command = ffmpeg();

  function fail(failure: IntakeFailure): void {
    if (over) return;
    over = true;
    if (started) command.kill('SIGKILL');
    events.onEnd(failure);
  }

  function take(event: FragmentEvent): void {
    if (over) return;
    if (event.kind === 'broken') {
      fail({ kind: 'protocol', detail: `ffmpeg wrote ${event.why}` });
    } else if (event.kind === 'track') {
      const createUnits = unitsOfSampleEntry[event.sampleEntryType];
      if (!createUnits) {
        fail(unsupported(event.sampleEntryType.replace(/\W/g, '')));
        return;
      }
      ({ timescale } = event);
      clock = createRtpClock(timescale);
      units = createUnits();
      gate = createStartGate(units);
      for (const set of parameterSets(event)) units.learn(set);
      events.onConnected();
    } else {
      for (const sample of event.samples) {
        const nals = splitNals(sample.data);
        // ffmpeg may write the slices of one key picture as two samples a tick apart.
        const first = nals.find((nal) => units?.isSlice(nal));
        if (held && !(first && units?.beginsPicture(first))) {
          held.nals.push(...nals);
          continue;
        }
        emit();
        const pts = sample.decodeTime + sample.compositionOffset;
        // The pipe has no RTCP: the capture time is what arrival tells.
        held = { nals, pts, captureTimeMs: clock.captureTimeMs(pts, nowMs()) };
      }
    }
  }

  function emit(): void {
    if (!held || over) return;
    const { nals, pts, captureTimeMs } = held;
    const unit = units?.unit(nals, Math.round((pts * videoTicksPerS) / timescale));
    if (!unit || !gate?.passes(unit)) return;
    events.onAccessUnit({ ...unit, captureTimeMs });
  }

  function run(): void {
    // Found paths are kept for the whole process: without this an ffmpeg installed later would never be noticed.
    (command as unknown as { _forgetPaths(): void })._forgetPaths();
    if (ffmpegPath) command.setFfmpegPath(ffmpegPath);
    const { url, credentials } = parseRtspAddress(source);
    const user =
      credentials && `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
    command
      .input(user ? url.replace('rtsp://', `rtsp://${user}`) : url)
      .inputOptions(['-rtsp_transport', source.transport, '-timeout', String(socketTimeoutUs), '-fflags', 'nobuffer'])
      .outputOptions(['-loglevel', 'error', '-map', '0:v:0', '-c', 'copy', '-an', '-flush_packets', '1'])
      .outputOptions(['-movflags', 'empty_moov+default_base_moof+frag_every_frame'])
      .format('mp4')
      .on('start', () => {
        started = true;
        if (over) command.kill('SIGKILL');
      })
      .on('stderr', (line: string) => {
        seen ??= meanings.find(([pattern]) => pattern.test(line))?.[1] ?? null;
        const codec = /Could not find tag for codec (\w{1,20})/.exec(line)?.[1];
        if (codec) seen ??= unsupported(codec.toUpperCase());
      })
      // fluent-ffmpeg tells a killed process as an error and a lost camera as a clean end: both are the end.
      .on('end', () => finish({ kind: 'ended', detail: 'the camera sends no more' }))
      .on('error', (error: Error) => {
        const missing = /Cannot find ffmpeg|ENOENT|EACCES/.test(error.message);
        finish(
          missing
            ? { kind: 'ffmpeg-missing', detail: 'ffmpeg is not installed or cannot be run' }
            : { kind: 'ended', detail: 'ffmpeg ended' },
        );
      });
    output.on('data', (chunk: Buffer) => {
      for (const event of reader.push(chunk)) take(event);
    });
    command.pipe(output, { end: true });
  }

  function finish(failure: IntakeFailure): void {
    gone.abort();
    fail(seen ?? failure);
  }

  try {
    run();
  } catch (error) {
    gone.abort();
    queueMicrotask(() => fail(toIntakeFailure(error)));
  }

  return {
    async stop() {
      if (over) return;
      over = true;
      // Before its start a kill is ignored; the start handler sees `over` and kills then.
      if (!started) return;
      const { ffmpegProc } = command as unknown as { ffmpegProc?: ChildProcess };
      ffmpegProc?.stdin?.on('error', () => command.kill('SIGKILL'));
      ffmpegProc?.stdin?.write('q');
      const timer = setTimeout(() => command.kill('SIGKILL'), quitMs);
      if (!gone.signal.aborted) await once(gone.signal, 'abort');
      clearTimeout(timer);
    },
  };
}

const unsupported = (codec: string): IntakeFailure => ({
  kind: 'unsupported-codec',
  detail: `codec ${codec} is not supported yet`,
});

function splitNals(data: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    if (end > at + 4) nals.push(data.subarray(at + 4, end));
    at = end;
  }
  return nals;
}

/** Out of an AVCDecoderConfigurationRecord or an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 sections 5.3.3, 8.3.3). */
function parameterSets({
  sampleEntryType,
  configuration,
}: {
  sampleEntryType: string;
  configuration: Buffer;
}): Buffer[] {
  const sets: Buffer[] = [];
  const byte = (at: number) => configuration[at] ?? 0;
  const take = (from: number, count: number) => {
    let at = from;
    for (let i = 0; i < count && at + 2 <= configuration.length; i++) {
      const end = at + 2 + configuration.readUInt16BE(at);
      sets.push(configuration.subarray(at + 2, end));
      at = end;
    }
    return at;
  };
  if (sampleEntryType.startsWith('avc')) {
    const pps = take(6, byte(5) & 0x1f);
    take(pps + 1, byte(pps));
  } else {
    let at = 23;
    for (let left = byte(22); left > 0; left--) at = take(at + 3, (byte(at + 1) << 8) | byte(at + 2));
  }
  return sets;
}
