import { encodeFrameStamp } from '@kuzet/contracts/frame-stamp.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { type Clip, writeBlackSlice, writeStampSlice } from './h264/clip.ts';

/** One frame as it leaves the camera. */
export interface AccessUnit {
  /** NAL units in decoding order, without start codes. */
  nals: readonly Uint8Array[];
  idr: boolean;
  /** Capture time, epoch milliseconds; the stamp in the picture carries the same, rounded. */
  capturedAtMs: number;
}

/** `frozen`: no new frames. `black`: black frames, still stamped. `slow`: every frame leaves `slowDelayMs` late. */
export type StreamTrouble = 'none' | 'frozen' | 'black' | 'slow';

/** The encoder of one camera: a clip, looped in real time, every frame stamped. Runs only while somebody watches. */
export interface CameraStream {
  /** Hands `sink` the frames since the last IDR picture at once, then each frame as it is due. */
  subscribe(sink: (unit: AccessUnit) => void): () => void;
  /** Takes effect at the next key frame, at most one group of pictures later. */
  setClip(clip: Clip): void;
  setTrouble(trouble: StreamTrouble): void;
  /** The clip that is shown, or will be from the next key frame on. */
  clip(): Clip;
}

export interface CameraStreamDeps {
  clock: Clock;
  /** Stamped into every frame, 0..4095. */
  cameraNumber: number;
  clip: Clip;
}

export const slowDelayMs = 3_000;
/** After a longer stand-still (a suspended machine) the stream goes on from now, at a key frame, with a gap. */
const maxCatchUpMs = 2_000;

export function createCameraStream({ clock, cameraNumber, clip: firstClip }: CameraStreamDeps): CameraStream {
  const viewers = new Set<{ sink: (unit: AccessUnit) => void; started: boolean }>();
  let clip = firstClip;
  let nextClip: Clip | null = null;
  /** Frame `index` of the clip's endless repetition is due at startMs + index * 1000 / fps. */
  let startMs = clock.now();
  let index = 0;
  let trouble: StreamTrouble = 'none';
  /** What was sent since the last key frame. Real pictures refer to real ones: after others they wait for the next key. */
  let chain: 'real' | 'black' | 'broken' = 'broken';
  let group: AccessUnit[] = [];
  let late: AccessUnit[] = [];
  let cancelTimer: (() => void) | null = null;

  const dueMs = (at: number) => startMs + (at * 1000) / clip.fps;
  const frameAt = (at: number) => clip.frames[at % clip.frames.length]!;

  function nextUnit(): AccessUnit | null {
    if (frameAt(index).picture.idr) {
      if (nextClip) {
        startMs = dueMs(index);
        index = 0;
        clip = nextClip;
        nextClip = null;
      }
      chain = trouble === 'black' ? 'black' : 'real';
      group = [];
    }
    const frame = frameAt(index);
    const capturedAtMs = dueMs(index);
    index++;
    if (trouble === 'frozen') chain = 'broken';
    else if (trouble === 'black' && chain === 'real') chain = 'black';
    if (chain === 'broken') return null;

    const stamp = encodeFrameStamp({ camera: cameraNumber, epochMs: Math.round(capturedAtMs) });
    const body = chain === 'black' ? writeBlackSlice(clip, frame) : frame.slice;
    const nals = [writeStampSlice(clip, frame, stamp), body];
    const { idr } = frame.picture;
    return { nals: idr ? [clip.sps, clip.pps, ...nals] : nals, idr, capturedAtMs };
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

  /** Goes to the start of the group of pictures that is due now. */
  function restartAtNow(): void {
    index = Math.max(0, Math.floor(((clock.now() - startMs) * clip.fps) / 1000));
    while (!frameAt(index).picture.idr) index--;
    group = [];
    chain = 'broken';
  }

  return {
    subscribe(sink) {
      const viewer = { sink, started: false };
      if (viewers.size === 0) {
        late = [];
        restartAtNow();
      } else if (trouble !== 'slow') {
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
