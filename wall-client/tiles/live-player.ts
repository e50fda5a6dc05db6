import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import { createHlsPlayer } from './hls-player.ts';
import { canUseMse, createMsePlayer } from './mse-player.ts';
import type { Player, PlayerFailure } from './player.ts';
import { canUseWebCodecs, createWebCodecsPlayer } from './webcodecs-player.ts';

/** From the quickest to what works everywhere. */
export const playerWays = ['webcodecs', 'mse', 'hls'] as const;
export type PlayerWay = (typeof playerWays)[number];

export interface LivePlayer extends Player {
  way(): PlayerWay;
  /** Every way that says what it plays knew the codec not, and no frame came since. */
  undecodable(): boolean;
}

const livePath = (cameraId: string): string => `/api/v1/cameras/${encodeURIComponent(cameraId)}/live`;

/** As often one way may fail, without frames that flowed for a while in between, before the next is taken. */
const tolerated = 3;
const flowedAfterMs = 20_000;
/** After this on a lesser way the best is tried again: what failed may have been the camera. */
const betterAgainMs = 5 * 60_000;

const able: Record<PlayerWay, () => boolean> = { webcodecs: canUseWebCodecs, mse: canUseMse, hls: () => true };

/**
 * Plays a camera in the quickest way that this browser can: frames of the live socket decoded by WebCodecs, the same
 * through MSE, HLS. A way that fails again and again gives way to the next, neither at the first failure nor for ever.
 * HLS knows no codec more than MSE: where that cannot, its socket stays open, and tells when another codec comes.
 * @param stream over the live socket; HLS has the main stream only.
 * @param first the way to begin with, for comparisons.
 */
export function createLivePlayer(
  video: HTMLVideoElement,
  cameraId: string,
  stream: VideoStream = 'main',
  first: PlayerWay = 'webcodecs',
): LivePlayer {
  const ways = playerWays.slice(playerWays.indexOf(first)).filter((way) => able[way]());
  const socketPath = `${livePath(cameraId)}?stream=${stream}`;
  let index = 0;
  let failures = 0;
  let flowingSinceMs: number | null = null;
  let player: Player;
  let better: ReturnType<typeof setTimeout> | undefined;
  let destroyed = false;
  const unable = new Set<PlayerWay>();
  let isMineUnable = false;

  function start(): void {
    failures = 0;
    flowingSinceMs = null;
    isMineUnable = false;
    const way = ways[index] as PlayerWay;
    const mine = make[way]((failure) => {
      // Not from within the player that is to be destroyed.
      queueMicrotask(() => {
        if (!destroyed && player === mine) failed(failure);
      });
    });
    player = mine;
    clearTimeout(better);
    if (index > 0) better = setTimeout(() => change(0), betterAgainMs);
  }

  const make: Record<PlayerWay, (onFailure: (failure: PlayerFailure) => void) => Player> = {
    webcodecs: (onFailure) => createWebCodecsPlayer(video, socketPath, onFailure),
    mse: (onFailure) => createMsePlayer(video, socketPath, onFailure),
    hls: () => createHlsPlayer(video, `${livePath(cameraId)}/index.m3u8`),
  };

  function failed(failure: PlayerFailure): void {
    flowingSinceMs = null;
    failures++;
    isMineUnable = failure === 'unable';
    if (isMineUnable) unable.add(ways[index] as PlayerWay);
    if (failure === 'no-socket') change(ways.length - 1);
    else if (failure === 'other-codec') change(0);
    else if (ways[index] === 'mse' && undecodable()) return;
    else if ((failure === 'unable' || failures >= tolerated) && index < ways.length - 1) change(index + 1);
  }

  function change(to: number): void {
    player.destroy();
    index = to;
    start();
  }

  // HLS does not say so; it would know no codec more than MSE.
  const undecodable = () => unable.size > 0 && ways.every((way) => way === 'hls' || unable.has(way));

  start();
  return {
    way: () => ways[index] as PlayerWay,
    undecodable,
    captureTimeMs: (mediaTimeS) => player.captureTimeMs(mediaTimeS),
    isStill: (mediaTimeS) => player.isStill(mediaTimeS),
    attempts: () => player.attempts(),
    framesFlow() {
      // A last frame of before.
      if (isMineUnable) return;
      const nowMs = performance.now();
      flowingSinceMs ??= nowMs;
      const way = ways[index] as PlayerWay;
      if (way === 'hls') unable.clear();
      else unable.delete(way);
      if (nowMs - flowingSinceMs > flowedAfterMs) failures = 0;
      player.framesFlow();
    },
    restart: () => player.restart(),
    destroy() {
      destroyed = true;
      clearTimeout(better);
      player.destroy();
    },
  };
}
