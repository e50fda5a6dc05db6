import { type LiveVideoMessage, lastUntil } from '@kuzet/contracts/live-video.ts';
import { createFrameTimes } from './frame-times.ts';
import { openLiveSocket } from './live-socket.ts';
import type { Player, PlayerFailure } from './player.ts';

type Description = Extract<LiveVideoMessage, { t: 'stream' }>;

export const canUseMse = (): boolean => 'MediaSource' in window;

/**
 * Seconds between what is played and the newest picture. The last picture lasts until the next comes, so what is played
 * runs on past it while nothing comes: then it is waited for.
 */
const gap = { back: -0.3, wait: 0.05, enough: 0.1, aim: 0.2, hurry: 0.45, jump: 2 };
const rates = { wait: 0.9, hurry: 1.1 };
/** A jump into a long group decodes it from its beginning: one after another would show nothing at all. */
const restMs = 1_000;
/** The group that comes first is appended, and jumped into, once: it has come when this long nothing more of it comes. */
const groupCameMs = 30;
const keptBehindS = 4;
const forgetBeyondS = 8;
/** Frames that wait to be appended, beside the group that comes first. */
const maxWaiting = 400;

/**
 * Frames of a live socket through Media Source Extensions. The video plays a fifth of a second behind what has come, a
 * little faster or slower when it strays and with a jump when it strays far, so that the delay cannot drift.
 */
export function createMsePlayer(
  video: HTMLVideoElement,
  path: string,
  onFailure: (failure: PlayerFailure) => void,
): Player {
  const times = createFrameTimes();
  let source: MediaSource | null = null;
  let buffer: SourceBuffer | null = null;
  let address: string | null = null;
  let mime = '';
  let isUnable = false;
  let waiting: Uint8Array[] = [];
  let newestWaitingS = 0;
  let newestS = 0;
  let keyTimesS: number[] = [];
  let needsKey = true;
  /** Until then it jumps rather than hurries: a group of many seconds comes at once to begin with. */
  let hasCaughtUp = false;
  let jumpedAtMs = Number.NEGATIVE_INFINITY;
  let groupComes: ReturnType<typeof setTimeout> | null = null;
  let destroyed = false;

  function closeSource(): void {
    waiting = [];
    newestWaitingS = 0;
    newestS = 0;
    keyTimesS = [];
    needsKey = true;
    hasCaughtUp = false;
    jumpedAtMs = Number.NEGATIVE_INFINITY;
    endGroup();
    buffer = null;
    source = null;
    if (address) URL.revokeObjectURL(address);
    address = null;
  }

  function openSource(message: Description): void {
    closeSource();
    const before = mime;
    mime = `video/mp4; codecs="${message.codec}"`;
    if (isUnable && mime !== before) {
      // Perhaps a quicker way knows this one.
      onFailure('other-codec');
      return;
    }
    isUnable = !MediaSource.isTypeSupported(mime);
    if (isUnable) {
      onFailure('unable');
      return;
    }
    const mine = new MediaSource();
    source = mine;
    address = URL.createObjectURL(mine);
    mine.onsourceopen = () => {
      if (source !== mine) return;
      try {
        buffer = mine.addSourceBuffer(mime);
      } catch {
        fail();
        return;
      }
      buffer.onupdateend = () => {
        steer();
        append();
      };
      buffer.onerror = fail;
      append();
    };
    video.src = address;
    video.playbackRate = 1;
    // A muted video may start by itself; a refusal shows as a tile without frames, which is what it is.
    video.play().catch(() => undefined);
  }

  function fail(): void {
    if (destroyed || !source) return;
    closeSource();
    onFailure('trouble');
    // Description and pictures come anew with the connection.
    socket.restart();
  }

  function endGroup(): void {
    if (groupComes) clearTimeout(groupComes);
    groupComes = null;
  }

  function groupCame(): void {
    groupComes = null;
    append();
  }

  function append(): void {
    if (!buffer || buffer.updating || waiting.length === 0 || groupComes) return;
    // Together what has come together: each append costs the same.
    const parts = waiting;
    parts.forEach((part, i) => {
      const next = parts[i + 1];
      if (next) lastUntil(part, next);
    });
    waiting = [];
    newestS = newestWaitingS;
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      if ((error as DOMException).name === 'QuotaExceededError' && forget(0.5)) waiting.unshift(bytes);
      else fail();
    }
  }

  /**
   * Up to a key frame: without the one it begins with, the browser takes the rest of a group away as well, what is being
   * played and what is to come.
   * @returns whether anything is being removed.
   */
  function forget(keptS: number): boolean {
    if (!buffer || buffer.updating || buffer.buffered.length === 0) return false;
    const until = keyTimesS.filter((timeS) => timeS <= video.currentTime - keptS).at(-1);
    if (until === undefined || buffer.buffered.start(0) >= until) return false;
    buffer.remove(0, until);
    keyTimesS = keyTimesS.filter((timeS) => timeS >= until);
    return true;
  }

  function steer(): void {
    if (!buffer || buffer.buffered.length === 0) return;
    const { buffered } = buffer;
    const start = buffered.start(buffered.length - 1);
    const behindS = newestS - video.currentTime;
    if (behindS <= gap.hurry) hasCaughtUp = true;
    const mayJump = !video.seeking && performance.now() - jumpedAtMs > restMs;
    const isFar = behindS > (hasCaughtUp ? gap.jump : gap.hurry) || behindS < gap.back;
    if (video.currentTime < start || (isFar && mayJump)) {
      hasCaughtUp = true;
      jumpedAtMs = performance.now();
      video.currentTime = Math.max(start, newestS - gap.aim);
    } else if (behindS > gap.hurry) video.playbackRate = rates.hurry;
    else if (behindS < gap.wait) video.playbackRate = rates.wait;
    else if (behindS >= gap.enough && behindS <= gap.aim) video.playbackRate = 1;
    if (video.paused) video.play().catch(() => undefined);
    if (video.currentTime - buffered.start(0) > forgetBeyondS) forget(keptBehindS);
  }

  video.onerror = fail;
  const socket = openLiveSocket(path, {
    stream(message) {
      times.clear();
      openSource(message);
    },
    init(body) {
      if (source) waiting.push(body);
    },
    lost() {
      needsKey = true;
    },
    mute: () => onFailure('no-socket'),
    frame(header, body) {
      if (!source || (needsKey && !header.keyFrame)) return;
      if (waiting.length > maxWaiting && !header.cached) {
        // The page was asleep: what was in between is of no use to anybody.
        closeSource();
        socket.restart();
        return;
      }
      needsKey = false;
      times.note(header.ptsTicks, header);
      const timeS = header.ptsTicks / 90_000;
      if (header.keyFrame) keyTimesS.push(timeS);
      newestWaitingS = Math.max(newestWaitingS, timeS);
      waiting.push(body);
      endGroup();
      if (header.cached) groupComes = setTimeout(groupCame, groupCameMs);
      else append();
    },
  });

  return {
    captureTimeMs: (mediaTimeS) => times.find(mediaTimeS)?.capturedAtMs ?? null,
    isStill: (mediaTimeS) => times.find(mediaTimeS)?.cached === true,
    attempts: socket.attempts,
    framesFlow: socket.framesFlow,
    restart: socket.restart,
    destroy() {
      destroyed = true;
      socket.destroy();
      closeSource();
      video.onerror = null;
      video.removeAttribute('src');
      video.load();
    },
  };
}
