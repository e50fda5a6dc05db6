import { encodeFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { type Clip, writeBlackSlice, writeRepeat, writeStampSlice } from './h264/clip.ts';
import type { PlainClip, PlainFrame } from './plain-clip.ts';

/** One frame as it leaves the camera. */
export interface AccessUnit {
  /** NAL units in decoding order, without start codes. */
  nals: readonly Uint8Array[];
  idr: boolean;
  codec: 'h264' | 'h265';
  /** Capture time, epoch milliseconds; the stamp in the picture carries the same, rounded. */
  capturedAtMs: number;
}

/** What a camera can show: a clip whose frames are stamped, or one that is sent as it is. */
export type Footage = Clip | PlainClip;

/**
 * `frozen`: no new frames. `stuck`: from the next key frame on every frame is that one again, stamp and all; frames and
 * their times go on. `black`: black frames, still stamped. `slow`: every frame leaves `slowDelayMs` late.
 */
export type StreamTrouble = 'none' | 'frozen' | 'stuck' | 'black' | 'slow';

/** The encoder of one camera: a clip, looped in real time, every frame stamped. Runs only while somebody watches. */
export interface CameraStream {
  /** Hands `sink` the frames since the last IDR picture at once, then each frame as it is due. */
  subscribe(sink: (unit: AccessUnit) => void): () => void;
  /** Takes effect at the next key frame, at most one group of pictures later. */
  setClip(clip: Footage): void;
  setTrouble(trouble: StreamTrouble): void;
  /** The clip that is shown, or will be from the next key frame on. */
  clip(): Footage;
}

export interface CameraStreamDeps {
  clock: Clock;
  /** Stamped into every frame, 0..4095. */
  cameraNumber: number;
  clip: Footage;
}

export const slowDelayMs = 3_000;
/** After a longer stand-still (a suspended machine) the stream goes on from now, at a key frame, with a gap. */
const maxCatchUpMs = 2_000;

export function createCameraStream({ clock, cameraNumber, clip: firstClip }: CameraStreamDeps): CameraStream {
  const viewers = new Set<{ sink: (unit: AccessUnit) => void; started: boolean }>();
  let clip: Footage = firstClip;
  let nextClip: Footage | null = null;
  /** Frame `index` of the clip's endless repetition is due at startMs + index * 1000 / fps. */
  let startMs = clock.now();
  let index = 0;
  let trouble: StreamTrouble = 'none';
  /** What was sent since the last key frame. Real pictures refer to real ones: after others they wait for the next key. */
  let chain: 'real' | 'stuck' | 'black' | 'broken' = 'broken';
  /** What a stuck camera shows over and over. */
  let stuckKey: AccessUnit | null = null;
  let group: AccessUnit[] = [];
  let late: AccessUnit[] = [];
  let cancelTimer: (() => void) | null = null;

  const dueMs = (at: number) => startMs + (at * 1000) / clip.fps;
  const frameAt = (at: number) => clip.frames[at % clip.frames.length]!;
  const isKey = (at: number) => isIdr(frameAt(at));

  function nextUnit(): AccessUnit | null {
    const key = isKey(index);
    if (key) {
      if (nextClip) {
        startMs = dueMs(index);
        index = 0;
        clip = nextClip;
        nextClip = null;
        stuckKey = null;
      }
      chain = trouble === 'black' || trouble === 'stuck' ? trouble : 'real';
      group = [];
    }
    const at = index++;
    if (trouble === 'frozen') chain = 'broken';
    else if (trouble === 'black' && chain === 'real') chain = 'black';
    if (chain !== 'stuck') stuckKey = null;
    if (chain === 'broken') return null;
    return isPlain(clip) ? plainUnit(clip, at) : stampedUnit(clip, at);
  }

  function stampedUnit(shown: Clip, at: number): AccessUnit {
    const frame = shown.frames[at % shown.frames.length]!;
    const capturedAtMs = dueMs(at);
    const { idr } = frame.picture;
    if (stuckKey) {
      const nals = idr ? stuckKey.nals : [writeRepeat(shown, frame)];
      return { nals, idr, codec: 'h264', capturedAtMs };
    }
    const stamp = encodeFrameStamp({ camera: cameraNumber, epochMs: Math.round(capturedAtMs) });
    const body = chain === 'black' ? writeBlackSlice(shown, frame) : frame.slice;
    const nals = [writeStampSlice(shown, frame, stamp), body];
    const sets = idr ? [shown.sps, shown.pps] : [];
    const unit: AccessUnit = { nals: [...sets, ...nals], idr, codec: 'h264', capturedAtMs };
    if (chain === 'stuck') stuckKey = unit;
    return unit;
  }

  /** A plain clip cannot be blackened, and when stuck its key frame comes every time. */
  function plainUnit(shown: PlainClip, at: number): AccessUnit {
    const frame = shown.frames[at % shown.frames.length]!;
    const early = frame.display - (at % shown.frames.length) - reorderDepth(shown);
    const capturedAtMs = dueMs(at + early);
    if (stuckKey) return { ...stuckKey, capturedAtMs: dueMs(at) };
    const nals = frame.idr ? [...shown.parameterSets, ...frame.nals] : frame.nals;
    const unit = { nals, idr: frame.idr, codec: shown.codec, capturedAtMs };
    if (chain === 'stuck') stuckKey = unit;
    return unit;
  }

  function emitDue(): void {
    const now = clock.now();
    if (now - dueMs(index) > maxCatchUpMs) restartAtNow();
    while (dueMs(index) <= now) {
      const unit = nextUnit();
      if (unit === null) continue;
      group.push(unit);
      if (trouble === 'slow') late.push(unit);
      else deliver(unit);
    }
    while (late[0] && late[0].capturedAtMs + slowDelayMs <= now) deliver(late.shift()!);
    cancelTimer = viewers.size > 0 ? clock.after(Math.max(0, dueMs(index) - now), emitDue) : null;
  }

  function deliver(unit: AccessUnit): void {
    for (const viewer of [...viewers]) {
      if (unit.idr) viewer.started = true;
      if (viewer.started) viewer.sink(unit);
    }
  }

  /** Goes to the start of the group of pictures that is due now; where that is long ago, on to the next. */
  function restartAtNow(): void {
    const nowIndex = Math.max(0, Math.floor(((clock.now() - startMs) * clip.fps) / 1000));
    index = nowIndex;
    while (!isKey(index)) index--;
    if (((nowIndex - index) * 1000) / clip.fps > maxCatchUpMs) index = nowIndex;
    group = [];
    chain = 'broken';
  }

  return {
    subscribe(sink) {
      const viewer = { sink, started: false };
      if (viewers.size === 0) {
        late = [];
        restartAtNow();
      } else if (trouble !== 'slow' && group.length <= (clip.fps * maxCatchUpMs) / 1000) {
        for (const unit of group) sink(unit);
        viewer.started = group.length > 0;
      }
      viewers.add(viewer);
      if (!cancelTimer) emitDue();
      return () => {
        viewers.delete(viewer);
        if (viewers.size > 0) return;
        cancelTimer?.();
        cancelTimer = null;
      };
    },
    setClip(wanted) {
      nextClip = wanted === clip ? null : wanted;
    },
    setTrouble(wanted) {
      if (trouble === 'slow' && wanted !== 'slow') {
        for (const unit of late) deliver(unit);
        late = [];
      }
      trouble = wanted;
    },
    clip: () => nextClip ?? clip,
  };
}

const isPlain = (clip: Footage): clip is PlainClip => 'codec' in clip;
const isIdr = (frame: Clip['frames'][number] | PlainFrame): boolean =>
  'picture' in frame ? frame.picture.idr : frame.idr;

const depths = new WeakMap<PlainClip, number>();
/** How many frames a picture is sent ahead of its place at the most: nothing leaves before it was captured. */
function reorderDepth(clip: PlainClip): number {
  let depth = depths.get(clip);
  if (depth === undefined) {
    depth = clip.frames.reduce((most, { display }, i) => Math.max(most, display - i), 0);
    depths.set(clip, depth);
  }
  return depth;
}
