import { type Static, Type } from 'typebox';
import { literals } from './common.ts';

/** `main`: the camera's best. `sub`: its small one; a camera that has none gives its main stream for both. */
export const videoStreams = ['main', 'sub'] as const;
export const VideoStream = literals(videoStreams);
export type VideoStream = Static<typeof VideoStream>;

/**
 * Text messages on the live socket of a camera, from the hub or edge agent to the viewer. What a viewer sends is ignored.
 * Pictures are binary messages (`encodeVideoHeader`).
 */
export const LiveVideoMessage = Type.Union([
  /** What follows is decoded so; an init message comes next, then a key frame. */
  Type.Object({
    t: Type.Literal('stream'),
    stream: VideoStream,
    /** RFC 6381, as MSE and WebCodecs want it. */
    codec: Type.String(),
    width: Type.Integer(),
    height: Type.Integer(),
    /** The decoder's configuration record (avcC, hvcC), base64: WebCodecs' `description`. */
    description: Type.String(),
  }),
  /** The viewer was too slow: so many frames were left out, and a key frame comes next. */
  Type.Object({ t: Type.Literal('lost'), frames: Type.Integer({ minimum: 1 }) }),
  /** No picture comes at present, and why, for people; the socket stays open and pictures follow when there are some. */
  Type.Object({ t: Type.Literal('waiting'), detail: Type.String() }),
]);
export type LiveVideoMessage = Static<typeof LiveVideoMessage>;

/** What a viewer is sent too slowly to keep up with: past this much unsent, frames are left out up to the next key frame. */
export const viewerBacklogBytes = 2 * 1024 * 1024;

export interface VideoFrameHeader {
  kind: 'frame';
  keyFrame: boolean;
  /** Sent from the cache to begin with: the picture is as old as `capturedAtMs` says, and more follow at once. */
  cached: boolean;
  /** Does not continue what came before: the camera reconnected, or frames are missing. A key frame. */
  discontinuity: boolean;
  /** Counts frames of this stream, modulo 2³². */
  number: number;
  /** When the camera took the picture, epoch ms by the edge agent's clock. */
  capturedAtMs: number;
  /** Presentation time on the stream's own line, 1/90000 s; grows over reconnects and never past 2⁵³. */
  ptsTicks: number;
}
/** `init`: ftyp and moov. */
export type VideoMessageHeader = { kind: 'init' } | VideoFrameHeader;

export const videoHeaderBytes = 24;
const kinds = { init: 1, frame: 2 };
const flags = { key: 1, cached: 2, discontinuity: 4 };

/**
 * A binary message: this header (network byte order) and after it CMAF, an init segment or one moof and mdat with one
 * picture. MSE takes what follows the header as it is; WebCodecs takes the content of its mdat.
 */
export function encodeVideoHeader(header: VideoMessageHeader): Uint8Array {
  const out = new Uint8Array(videoHeaderBytes);
  const view = new DataView(out.buffer);
  view.setUint8(0, kinds[header.kind]);
  if (header.kind === 'init') return out;
  view.setUint8(
    1,
    (header.keyFrame ? flags.key : 0) |
      (header.cached ? flags.cached : 0) |
      (header.discontinuity ? flags.discontinuity : 0),
  );
  view.setUint32(4, header.number >>> 0);
  view.setFloat64(8, header.capturedAtMs);
  view.setFloat64(16, header.ptsTicks);
  return out;
}

/** @returns null for what is no message of ours. `body` shares the memory of `bytes`. */
export function decodeVideoMessage(bytes: Uint8Array): { header: VideoMessageHeader; body: Uint8Array } | null {
  if (bytes.length <= videoHeaderBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes.subarray(videoHeaderBytes);
  const kind = view.getUint8(0);
  if (kind === kinds.init) return { header: { kind: 'init' }, body };
  if (kind !== kinds.frame) return null;
  const bits = view.getUint8(1);
  return {
    header: {
      kind: 'frame',
      keyFrame: (bits & flags.key) !== 0,
      cached: (bits & flags.cached) !== 0,
      discontinuity: (bits & flags.discontinuity) !== 0,
      number: view.getUint32(4),
      capturedAtMs: view.getFloat64(8),
      ptsTicks: view.getFloat64(16),
    },
    body,
  };
}

const boxes = { moof: 0x6d6f_6f66, traf: 0x7472_6166, tfdt: 0x7466_6474, trun: 0x7472_756e, mdat: 0x6d64_6174 };

/** The content of a box by its path; null where it is not, or where a box claims more than there is. */
function boxAt(bytes: Uint8Array, path: readonly number[]): Uint8Array | null {
  const [type, ...rest] = path;
  if (type === undefined) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at);
    if (size < 8 || at + size > bytes.length) return null;
    if (view.getUint32(at + 4) === type) return boxAt(bytes.subarray(at + 8, at + size), rest);
    at += size;
  }
  return null;
}

/** The content of the one mdat of a frame's CMAF: NAL units, each behind its length in four bytes. Null for anything else. */
export const mediaDataOf = (fragment: Uint8Array): Uint8Array | null => boxAt(fragment, [boxes.mdat]);

/**
 * A frame is sent before anybody knows how long it lasts. Says in a frame's CMAF, in place, that it lasts until the next
 * one is decoded; what is not a frame of ours is left as it is.
 */
export function lastUntil(fragment: Uint8Array, next: Uint8Array): void {
  const [from, to] = [decodeTimeOf(fragment), decodeTimeOf(next)];
  const run = boxAt(fragment, [boxes.moof, boxes.traf, boxes.trun]);
  if (from === null || to === null || run === null || run.length < 16 || to <= from) return;
  const view = new DataView(run.buffer, run.byteOffset, run.byteLength);
  // One sample; its duration stands behind the data's offset where both are there (ISO/IEC 14496-12 section 8.8.8).
  const hasOffsetAndDuration = (view.getUint32(0) & 0x105) === 0x101;
  if (hasOffsetAndDuration && view.getUint32(4) === 1) view.setUint32(12, Math.min(to - from, 0xffff_ffff));
}

/** tfdt of version 1, in ticks. */
function decodeTimeOf(fragment: Uint8Array): number | null {
  const box = boxAt(fragment, [boxes.moof, boxes.traf, boxes.tfdt]);
  if (box === null || box.length < 12 || box[0] !== 1) return null;
  return Number(new DataView(box.buffer, box.byteOffset, box.byteLength).getBigUint64(4));
}
