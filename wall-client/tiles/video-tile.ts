import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import { createFrameClock, type FrameClock } from './frame-clock.ts';
import { createLivePlayer, type LivePlayer, type PlayerWay } from './live-player.ts';
import { defaultTruthLimits, judgePicture, showsPicture } from './picture-truth.ts';
import { createPictureWatch, type PictureWatch } from './picture-watch.ts';
import type { Tile, TileBackend, TileContext } from './tile.ts';

/** A picture that stands still this long without an error gets a new player. */
const standstillMs = 12_000;

/** Joins a back-end, a player and the frame clock into a tile that cannot call an old picture live. */
export function createVideoTile(
  makeBackend: () => TileBackend,
  context: TileContext,
  limits = defaultTruthLimits,
  first?: PlayerWay,
): Tile {
  let showing: {
    cameraId: string;
    stream: VideoStream;
    backend: TileBackend;
    clock: FrameClock;
    player: LivePlayer;
    askedAtMs: number;
    restartedAtMs: number;
    watch: PictureWatch;
  } | null = null;
  let lastCapture: { presented: number; capturedAtMs: number | null } | null = null;
  let rect = { x: 0, y: 0, width: 1, height: 1 };
  let covered = false;

  function hide(): void {
    if (!showing) return;
    const { backend, clock, player } = showing;
    clock.destroy();
    // The player first: pixi clears video.src when its source goes.
    player.destroy();
    backend.destroy();
    showing = null;
  }

  return {
    show(cameraId, stream = 'main') {
      if (cameraId === (showing?.cameraId ?? null)) return;
      hide();
      if (cameraId === null) return;
      const backend = makeBackend();
      backend.place(rect);
      const player = createLivePlayer(backend.video, cameraId, stream, first);
      const clock = createFrameClock(backend.video, () => {
        const mediaTimeS = clock.mediaTimeS();
        // A still of before is no flow.
        if (mediaTimeS === null || !player.isStill(mediaTimeS)) player.framesFlow();
        backend.frame?.();
      });
      showing = {
        cameraId,
        stream,
        backend,
        clock,
        player,
        askedAtMs: context.nowMs(),
        restartedAtMs: performance.now(),
        watch: createPictureWatch(),
      };
    },
    place(next) {
      rect = next;
      showing?.backend.place(next);
    },
    setCovered(next) {
      covered = next;
    },
    frameAgeMs() {
      const presentedAtMs = showing?.clock.presentedAtMs() ?? null;
      return presentedAtMs === null ? null : performance.now() - presentedAtMs;
    },
    truth() {
      if (!showing) return { kind: 'starting', overdue: false };
      const { backend, clock, player, cameraId, askedAtMs } = showing;
      const nowMs = context.nowMs();
      const mediaTimeS = clock.mediaTimeS();
      const still = mediaTimeS !== null && player.isStill(mediaTimeS);
      // A still of before says nothing of now, and starts no clock.
      const presented = still ? null : clock.presentedAtMs();
      const camera = context.linkLive() ? context.camera(cameraId) : undefined;
      const truth = judgePicture(
        {
          nowMs,
          askedAtMs,
          presentedAtMs: presented === null ? null : nowMs - (performance.now() - presented),
          capturedAtMs: captured(player, mediaTimeS, presented),
          hubState: camera?.state ?? null,
          hubLastFrameAtMs: camera?.lastFrameAt ? Date.parse(camera.lastFrameAt) : null,
          undecodable: player.undecodable(),
          content: showing.watch.look(backend.video, clock.count()),
        },
        limits,
      );
      const mayShow = showsPicture(truth) || (still && truth.kind === 'starting');
      backend.setVisible(covered ? truth.kind === 'live' : mayShow);
      // What cannot be decoded is no standstill: its player hears when another codec comes.
      if (truth.kind === 'undecodable') showing.restartedAtMs = performance.now();
      const quietSinceMs = performance.now() - Math.max(presented ?? 0, showing.restartedAtMs);
      if (quietSinceMs > standstillMs) {
        showing.restartedAtMs = performance.now();
        player.restart();
      }
      return truth.kind === 'starting' && still ? { ...truth, still } : truth;
    },
    way: () => showing?.player.way() ?? null,
    attempts: () => showing?.player.attempts() ?? 0,
    framesShown: () => showing?.clock.count() ?? 0,
    stream: () => showing?.stream ?? null,
    pictureSize() {
      const { videoWidth: width = 0, videoHeight: height = 0 } = showing?.backend.video ?? {};
      return width > 0 && height > 0 ? { width, height } : null;
    },
    destroy: hide,
  };

  // The playlist forgets old segments: the time of the last frame is noted while it is known.
  function captured(player: LivePlayer, mediaTimeS: number | null, presented: number | null): number | null {
    if (mediaTimeS === null || presented === null) return null;
    if (lastCapture?.presented !== presented) {
      lastCapture = { presented, capturedAtMs: player.captureTimeMs(mediaTimeS) };
    }
    return lastCapture.capturedAtMs;
  }
}
