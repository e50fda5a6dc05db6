import type { AccessUnit } from '../video/access-unit.ts';
import { chooseTrack } from '../video/choose-track.ts';
import { depacketisers } from '../video/codecs.ts';
import { createAuthenticator } from '../video/digest-auth.ts';
import { initSegment, writeFragment } from '../video/fmp4.ts';
import { IntakeError } from '../video/intake-error.ts';
import { createRtpReceiver, type RtpReceiver } from '../video/rtp-receiver.ts';
import { createRtspParser, type RtspHeaders } from '../video/rtsp-message.ts';
import { baseUrl, controlUrl, parseSdp } from '../video/sdp.ts';
import { createNoise } from './random.ts';
import { loadVideoSessions, videoFuzzStartMs } from './video-corpus.ts';
import { createVideoMutator, type VideoInput } from './video-mutator.ts';

export interface VideoFuzzOptions {
  count: number;
  seed: number;
  /** An input that takes longer, and does so again and again, is a fault. */
  maxMs?: number;
  onProgress?(done: number): void;
}

export interface VideoFuzzResult {
  inputs: number;
  seed: number;
  pictures: number;
  keyPictures: number;
  /** Streams that were given up as no RTSP. */
  broken: number;
  /** Session descriptions with a video track of ours, and all. */
  described: number;
  descriptions: number;
  /** The slowest input, ms; the best of three where it was slow once. */
  slowestMs: number;
  /** The most that a parser and a receiver kept at one time, bytes. */
  mostHeldBytes: { parser: number; receiver: number };
  elapsedMs: number;
  /** Growth of the process's memory from a tenth of the way to the end, bytes. */
  grownBytes: number;
  by: Record<string, number>;
}

/** An input that broke a promise: with what to do to see it again. */
export class VideoFuzzFault extends Error {
  constructor(what: string, input: VideoInput, number: number, options?: ErrorOptions) {
    const pieces = input.pieces.slice(0, 60).map((piece) => piece.subarray(0, 2_000).toString('base64'));
    super(`${what}\ninput ${number}: ${input.kind}, ${input.codec}, ${input.transport}\n${pieces.join('\n')}`, options);
  }
}

/** A head and a body that are not whole, and the piece that came last. */
const maxParserBytes = 65_536 + 1_048_576 + 131_072;
/** Two sources: a picture that is not whole, and 64 packets and one that wait for one before them. */
const maxReceiverBytes = 2 * (8_388_608 + 66 * 65_536);

/**
 * Sends what began as recorded sessions through parser, sign-in, session description, receiver and depacketisers, as the
 * RTSP client uses them. The same seed sends the same inputs.
 * @throws VideoFuzzFault when one is thrown upon, gives a picture that fMP4 cannot hold or nobody can decode, is kept
 * without bounds, or takes too long.
 */
export function fuzzVideo({ count, seed, maxMs = 250, onProgress }: VideoFuzzOptions): VideoFuzzResult {
  const sessions = loadVideoSessions();
  const next = createVideoMutator(sessions, createNoise(seed));
  const fmtps = new Map(
    sessions.map(({ codec, sdp }) => [
      codec,
      parseSdp(sdp)
        .media.find(({ type }) => type === 'video')
        ?.fmtp.get(96),
    ]),
  );
  const most = { parser: 0, receiver: 0 };
  const result = { pictures: 0, keyPictures: 0, broken: 0, described: 0, descriptions: 0 };
  const by: Record<string, number> = {};
  let input: VideoInput = { kind: 'sdp', codec: 'h264', transport: 'tcp', pieces: [] };
  let number = 0;
  const fault = (what: string, cause?: unknown) => new VideoFuzzFault(what, input, number, { cause });

  function receiver(): RtpReceiver {
    let nowMs = videoFuzzStartMs;
    let first = true;
    return createRtpReceiver({
      transport: input.transport,
      payloadType: 96,
      createDepacketiser: () => depacketisers[input.codec.toUpperCase()]!(fmtps.get(input.codec)),
      nowMs: () => (nowMs += 3),
      onAccessUnit(unit) {
        checkPicture(unit, first);
        first = false;
      },
    });
  }

  function checkPicture(unit: AccessUnit, first: boolean): void {
    const { nals, keyFrame, parameters, ptsTicks, captureTimeMs } = unit;
    const { width, height, codecString, codec } = parameters;
    if (first && !keyFrame) throw fault('the first picture is no key picture');
    if (nals.length === 0 || nals.some((nal) => nal.length === 0)) throw fault('a picture of nothing');
    if (!(width > 0 && width <= 16_384 && height > 0 && height <= 16_384))
      throw fault(`a picture of ${width}×${height}`);
    if (!(codec === 'h264' ? /^avc1\.[0-9a-f]{6}$/ : /^hvc1(\.[0-9A-Z]+){3,9}$/).test(codecString)) {
      throw fault(`a codec string ${codecString}`);
    }
    if (!Number.isSafeInteger(ptsTicks) || !Number.isFinite(captureTimeMs)) throw fault('a time that cannot be');
    initSegment(parameters);
    const sample = { nals, keyFrame, durationTicks: 3600, compositionOffsetTicks: 0 };
    writeFragment({ sequence: 1, decodeTimeTicks: 0, samples: [sample] });
    result.pictures++;
    if (keyFrame) result.keyPictures++;
  }

  function note(kind: 'parser' | 'receiver', bytes: number, limit: number): void {
    most[kind] = Math.max(most[kind], bytes);
    if (bytes > limit) throw fault(`the ${kind} keeps ${bytes} bytes`);
  }

  function describe(text: string): void {
    result.descriptions++;
    const sdp = parseSdp(text);
    try {
      const { track, createDepacketiser } = chooseTrack(sdp);
      createDepacketiser();
      controlUrl(controlUrl('rtsp://c/live', sdp.control), track.control);
      result.described++;
    } catch (error) {
      if (!(error instanceof IntakeError)) throw error;
      if (error.message.length > 300) throw fault('a failure of many words', error);
    }
  }

  function challenge(headers: readonly string[]): void {
    const auth = createAuthenticator({ username: 'kuzet', password: 'hunter2' }, () => 'cnonce');
    const answer = auth.challenge(headers);
    const header = auth.header('DESCRIBE', 'rtsp://c/live');
    if ((answer.kind === 'retry') !== (header !== null)) throw fault('an answer without a header');
    if (header && /[\r\n]/.test(header)) throw fault('a header of two lines');
  }

  function takeAnswer(headers: RtspHeaders, body: Buffer): void {
    challenge(headers.get('www-authenticate') ?? []);
    if (body.length > 0) describe(body.toString('utf8'));
    baseUrl('rtsp://c/live?x=1', headers.get('content-base')?.[0]);
  }

  function take(): void {
    const text = input.pieces[0]?.toString('latin1') ?? '';
    if (input.kind === 'sdp') describe(text);
    else if (input.kind === 'challenge') challenge([text]);
    else receive();
  }

  function receive(): void {
    const to = receiver();
    const parser = createRtspParser();
    for (const [i, piece] of input.pieces.entries()) {
      if (input.kind === 'stream') {
        for (const event of parser.push(piece)) {
          if (event.kind === 'broken') result.broken++;
          else if (event.kind === 'response') takeAnswer(event.headers, event.body);
          else if (event.kind === 'interleaved')
            event.channel % 2 === 0 ? to.onRtp(event.payload) : to.onRtcp(event.payload);
        }
        note('parser', parser.heldBytes(), maxParserBytes);
      } else if (input.kind === 'rtcp' && (i === 1 || i === 2)) to.onRtcp(piece);
      else to.onRtp(piece);
      note('receiver', to.heldBytes(), maxReceiverBytes);
    }
    to.receiverReport();
  }

  function timed(): number {
    const startMs = performance.now();
    try {
      take();
    } catch (error) {
      throw error instanceof VideoFuzzFault ? error : fault(`it threw: ${(error as Error).stack}`, error);
    }
    return performance.now() - startMs;
  }

  let slowestMs = 0;
  let earlyBytes = process.memoryUsage.rss();
  const startMs = performance.now();
  for (number = 1; number <= count; number++) {
    input = next();
    by[input.kind] = (by[input.kind] ?? 0) + 1;
    let tookMs = timed();
    if (tookMs > maxMs / 10) {
      // The machine may have had something else to do; an input that is slow in itself is slow again.
      const totals = { ...result };
      tookMs = Math.min(timed(), timed(), tookMs);
      Object.assign(result, totals);
      if (tookMs > maxMs) throw fault(`it took ${Math.round(tookMs)} ms`);
    }
    slowestMs = Math.max(slowestMs, tookMs);
    if (number === Math.ceil(count / 10)) earlyBytes = process.memoryUsage.rss();
    if (number % 10_000 === 0) onProgress?.(number);
  }
  return {
    ...{ inputs: count, seed, ...result },
    slowestMs: Math.round(slowestMs * 100) / 100,
    mostHeldBytes: most,
    elapsedMs: Math.round(performance.now() - startMs),
    grownBytes: process.memoryUsage.rss() - earlyBytes,
    by,
  };
}
