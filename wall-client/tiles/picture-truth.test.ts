import { describe, expect, it } from 'vitest';
import { judgePicture, type PictureEvidence, showsPicture } from './picture-truth.ts';

const now = 1_800_000_000_000;
const evidence = (change: Partial<PictureEvidence> = {}): PictureEvidence => ({
  nowMs: now,
  askedAtMs: now - 60_000,
  presentedAtMs: now - 60,
  capturedAtMs: now - 260,
  hubState: 'live',
  hubLastFrameAtMs: now - 100,
  ...change,
});

describe('what a tile may say about its picture', () => {
  it('is live with the delay from capture to now while frames keep coming', () => {
    expect(judgePicture(evidence())).toEqual({ kind: 'live', delayMs: 260 });
  });

  it('is live without a delay where the stream does not say when a frame was taken', () => {
    expect(judgePicture(evidence({ capturedAtMs: null }))).toEqual({ kind: 'live', delayMs: null });
  });

  it('withdraws a delay that clocks make negative by more than a second', () => {
    expect(judgePicture(evidence({ capturedAtMs: now + 1_500 }))).toEqual({ kind: 'live', delayMs: null });
    expect(judgePicture(evidence({ capturedAtMs: now + 300 }))).toEqual({ kind: 'live', delayMs: 0 });
  });

  it('stops being live one second after the last frame that reached the screen', () => {
    expect(judgePicture(evidence({ presentedAtMs: now - 1_000 })).kind).toBe('live');
    expect(judgePicture(evidence({ presentedAtMs: now - 1_001 }))).toEqual({ kind: 'stalled', ageMs: 1_001 });
  });

  it('is lost ten seconds after it, names the last frame, and the picture goes', () => {
    const truth = judgePicture(evidence({ presentedAtMs: now - 10_001, capturedAtMs: now - 10_300 }));
    expect(truth).toEqual({ kind: 'lost', ageMs: 10_300, lastFrameAtMs: now - 10_300 });
    expect(showsPicture(truth)).toBe(false);
  });

  it('is not live when it plays, but far behind', () => {
    expect(judgePicture(evidence({ capturedAtMs: now - 14_000 }))).toEqual({ kind: 'stalled', ageMs: 14_000 });
  });

  it('is lost when a stopped stream lends it old frames', () => {
    const truth = judgePicture(evidence({ presentedAtMs: now - 2_000, capturedAtMs: now - 55_000 }));
    expect(truth).toEqual({ kind: 'lost', ageMs: 55_000, lastFrameAtMs: now - 55_000 });
  });

  it('takes the worse of its own frames and the word of the hub', () => {
    expect(judgePicture(evidence({ hubState: 'stalled', hubLastFrameAtMs: now - 3_000 }))).toEqual({
      kind: 'stalled',
      ageMs: 3_000,
    });
    expect(judgePicture(evidence({ hubState: 'lost' })).kind).toBe('lost');
    expect(judgePicture(evidence({ presentedAtMs: now - 4_000, hubState: 'live' })).kind).toBe('stalled');
    expect(judgePicture(evidence({ hubState: 'disabled' })).kind).toBe('disabled');
  });

  it('[V56] says that it has no decoder, not that the link is lost; a lost link goes before', () => {
    const empty = { presentedAtMs: null, capturedAtMs: null, undecodable: true };
    expect(judgePicture(evidence(empty)).kind).toBe('undecodable');
    expect(judgePicture(evidence({ ...empty, hubState: 'lost' })).kind).toBe('lost');
    // Another codec in a running stream: what is still on the screen is live for its second.
    expect(judgePicture(evidence({ undecodable: true })).kind).toBe('live');
    const after = judgePicture(evidence({ undecodable: true, presentedAtMs: now - 1_001 }));
    expect([after.kind, showsPicture(after)]).toEqual(['undecodable', false]);
  });

  it('neither grants nor takes LIVE for want of a hub: only frames count then', () => {
    expect(judgePicture(evidence({ hubState: null, hubLastFrameAtMs: null })).kind).toBe('live');
    expect(judgePicture(evidence({ hubState: null, presentedAtMs: now - 2_000 })).kind).toBe('stalled');
  });

  it('waits quietly for a second, then names what it waits for, then is lost', () => {
    const empty = { presentedAtMs: null, capturedAtMs: null, hubLastFrameAtMs: null };
    expect(judgePicture(evidence({ ...empty, askedAtMs: now - 900 }))).toEqual({ kind: 'starting', overdue: false });
    expect(judgePicture(evidence({ ...empty, askedAtMs: now - 1_100 }))).toEqual({ kind: 'starting', overdue: true });
    expect(judgePicture(evidence({ ...empty, askedAtMs: now - 10_500 }))).toEqual({
      kind: 'lost',
      ageMs: 10_500,
      lastFrameAtMs: null,
    });
  });

  it('a camera the hub calls lost shows the time of its last frame from the first moment', () => {
    const truth = judgePicture(
      evidence({
        presentedAtMs: null,
        capturedAtMs: null,
        askedAtMs: now,
        hubState: 'lost',
        hubLastFrameAtMs: now - 172_000,
      }),
    );
    expect(truth).toEqual({ kind: 'lost', ageMs: 172_000, lastFrameAtMs: now - 172_000 });
  });
});
