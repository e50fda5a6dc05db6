import Hls, { type HlsConfig } from 'hls.js/light';
import { captureTimeMs, type TimedFragment } from './capture-time.ts';
import type { Player } from './player.ts';

/**
 * For 24 hours a day on parts of a quarter of a second: hls.js's defaults keep the back buffer for ever and never catch up
 * after a stall. Nothing is kept behind, three parts are aimed at, a little excess speed catches up, and 4 s behind jumps.
 */
const wallConfig: Partial<HlsConfig> = {
  lowLatencyMode: true,
  backBufferLength: 2,
  maxBufferLength: 6,
  maxMaxBufferLength: 8,
  maxBufferSize: 4_000_000,
  liveSyncDuration: 0.75,
  liveMaxLatencyDuration: 4,
  liveSyncOnStallIncrease: 0.25,
  maxLiveSyncPlaybackRate: 1.25,
  liveDurationInfinity: true,
  // fMP4 passes through without remuxing: a worker a tile would cost more than it does.
  enableWorker: false,
  startFragPrefetch: true,
  manifestLoadPolicy: loadPolicy(4_000),
  playlistLoadPolicy: loadPolicy(4_000),
  fragLoadPolicy: loadPolicy(6_000),
};

function loadPolicy(maxLoadTimeMs: number) {
  const retry = { maxNumRetry: 2, retryDelayMs: 250, maxRetryDelayMs: 1_000 };
  return {
    default: {
      maxTimeToFirstByteMs: maxLoadTimeMs,
      maxLoadTimeMs,
      timeoutRetry: retry,
      errorRetry: retry,
    },
  };
}

const backoffMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Plays a live playlist in a muted video and keeps trying for ever: a media error is mended once in place, anything
 * else tears the player down and builds it anew with growing pauses. Nothing is left behind after destroy().
 */
export function createHlsPlayer(video: HTMLVideoElement, url: string): Player {
  let hls: Hls | null = null;
  let fragments: readonly TimedFragment[] = [];
  let attempts = 0;
  let mendedAtMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let destroyed = false;

  function start(): void {
    stop();
    if (!Hls.isSupported()) return;
    const mine = new Hls(wallConfig);
    hls = mine;
    mine.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => {
      // The segment that grows is played from its parts.
      const { fragments: whole, fragmentHint: growing } = details;
      fragments = growing ? [...whole, growing] : whole;
    });
    mine.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal || hls !== mine) return;
      const sinceMendMs = performance.now() - mendedAtMs;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && sinceMendMs > 5_000) {
        mendedAtMs = performance.now();
        mine.recoverMediaError();
        return;
      }
      retry();
    });
    mine.on(Hls.Events.MANIFEST_PARSED, () => {
      // A muted video may start by itself; a refusal shows as a tile without frames, which is what it is.
      video.play().catch(() => undefined);
    });
    mine.loadSource(url);
    mine.attachMedia(video);
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    hls?.destroy();
    hls = null;
    fragments = [];
  }

  function retry(): void {
    if (destroyed || timer !== undefined) return;
    const waitMs = backoffMs[Math.min(attempts++, backoffMs.length - 1)] as number;
    stop();
    timer = setTimeout(start, waitMs * (0.8 + 0.4 * Math.random()));
  }

  start();
  return {
    captureTimeMs: (mediaTimeS) => captureTimeMs(fragments, mediaTimeS),
    isStill: () => false,
    attempts: () => attempts,
    framesFlow() {
      attempts = 0;
    },
    restart: retry,
    destroy() {
      destroyed = true;
      stop();
      video.removeAttribute('src');
      video.load();
    },
  };
}
