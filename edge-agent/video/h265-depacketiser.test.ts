import { describe, expect, test } from 'vitest';
import { createH265Depacketiser } from './h265-depacketiser.ts';
import { h265 } from './test-units.ts';

const { sets360, sets720, types, slice } = h265;
const base64 = (nal: Buffer) => nal.toString('base64');
const sprop = new Map([
  ['sprop-vps', base64(sets360.vps)],
  ['sprop-sps', base64(sets360.sps)],
  ['sprop-pps', base64(sets360.pps)],
]);

function feed(depacketiser = createH265Depacketiser(sprop)) {
  const out: { pts: number; key: boolean; nals: string[]; width: number }[] = [];
  return {
    out,
    pts: () => out.map(({ pts }) => pts),
    push(payload: Buffer, pts: number, { marker = false, loss = false } = {}) {
      const packet = { payloadType: 96, marker, sequence: 0, timestamp: 0, ssrc: 0, payload };
      for (const unit of depacketiser.push(packet, pts, loss)) {
        const nals = unit.nals.map((nal) => nal.toString('hex'));
        out.push({ pts: unit.ptsTicks, key: unit.keyFrame, nals, width: unit.parameters.width });
      }
    },
  };
}

const u16 = (n: number) => Buffer.from([n >> 8, n & 255]);
/** RFC 7798 section 4.4.2; `don`: with decoding order numbers. */
const aggregate = (nals: Buffer[], don = false) =>
  Buffer.concat([
    Buffer.from([48 << 1, 1]),
    ...nals.flatMap((nal, i) => [don ? (i === 0 ? u16(7) : Buffer.from([0])) : Buffer.alloc(0), u16(nal.length), nal]),
  ]);

/** RFC 7798 section 4.4.3. */
function fragment(nal: Buffer, parts: number, don = false): Buffer[] {
  const body = nal.subarray(2);
  const size = Math.ceil(body.length / parts);
  return Array.from({ length: parts }, (_, i) => {
    const flags = (i === 0 ? 0x80 : 0) | (i === parts - 1 ? 0x40 : 0);
    const header = Buffer.from([(nal[0]! & 0x81) | (49 << 1), nal[1]!, flags | (nal[0]! >> 1)]);
    return Buffer.concat([header, don && i === 0 ? u16(7) : Buffer.alloc(0), body.subarray(i * size, (i + 1) * size)]);
  });
}

describe('H.265 depacketiser', () => {
  test.each([false, true])('[V3] single NAL units, AP and FU become pictures; decoding order numbers: %s', (don) => {
    const fmtp = don ? new Map([['sprop-max-don-diff', '2']]) : undefined;
    const { out, push } = feed(createH265Depacketiser(fmtp));
    const sei = Buffer.from([39 << 1, 1, 5, 1, 0, 0x80]);
    push(aggregate([sets360.vps, sets360.sps, sets360.pps, sei], don), 0);
    const key = slice(types.idr, { tag: 1, bytes: 3000 });
    const parts = fragment(key, 3, don);
    for (const [i, part] of parts.entries()) push(part, 0, { marker: i === 2 });
    const next = slice(types.trail, { tag: 2 });
    const single = don ? Buffer.concat([next.subarray(0, 2), u16(8), next.subarray(2)]) : next;
    push(single, 3600, { marker: true });
    expect(out.map(({ pts, key: isKey, width }) => [pts, isKey, width])).toEqual([
      [0, true, 640],
      [3600, false, 640],
    ]);
    expect(out[0]!.nals).toEqual([sei.toString('hex'), key.toString('hex')]);
    expect(out[1]!.nals).toEqual([next.toString('hex')]);
  });

  test('[V3] parameter sets of the SDP are enough, and start codes in them do no harm', () => {
    const withCodes = new Map(
      [...sprop].map(([name, set]) => [
        name,
        Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from(set, 'base64')]).toString('base64'),
      ]),
    );
    for (const fmtp of [sprop, withCodes]) {
      const { out, push } = feed(createH265Depacketiser(fmtp));
      push(slice(types.idr), 0, { marker: true });
      expect(out.map(({ width }) => width)).toEqual([640]);
    }
    const without = feed(createH265Depacketiser(undefined));
    without.push(slice(types.idr), 0, { marker: true });
    expect(without.out).toEqual([]);
  });

  test.each(['idr', 'cra', 'bla'] as const)('[V3] pictures begin with %s', (kind) => {
    const { out, push } = feed();
    push(slice(types.trail), 0, { marker: true });
    push(slice(types[kind]), 3600, { marker: true });
    push(slice(types.trail), 7200, { marker: true });
    expect(out.map(({ pts, key }) => [pts, key])).toEqual([
      [3600, true],
      [7200, false],
    ]);
  });

  test('[V4] RASL pictures after a start at a CRA picture are left out, and after a BLA always', () => {
    const { pts, push } = feed();
    push(slice(types.cra), 10, { marker: true });
    push(slice(types.rasl), 5, { marker: true });
    push(slice(types.radl), 6, { marker: true });
    push(slice(types.trail), 20, { marker: true });
    push(slice(types.cra), 30, { marker: true });
    push(slice(types.rasl), 25, { marker: true });
    push(slice(types.bla), 40, { marker: true });
    push(slice(types.rasl), 35, { marker: true });
    expect(pts()).toEqual([10, 6, 20, 30, 25, 40]);
  });

  test('[V4] a loss drops all up to the next key picture, and its RASL pictures', () => {
    const { pts, push } = feed();
    push(slice(types.idr), 0, { marker: true });
    const [start, , end] = fragment(slice(types.trail, { bytes: 3000 }), 3);
    push(start!, 3600);
    push(end!, 3600, { loss: true, marker: true });
    push(slice(types.trail), 7200, { marker: true });
    push(slice(types.cra), 14_400, { marker: true });
    push(slice(types.rasl), 10_800, { marker: true });
    push(slice(types.trail), 18_000, { marker: true });
    expect(pts()).toEqual([0, 14_400, 18_000]);
  });

  test('[V4] a key picture whose first segment was lost is not taken for whole', () => {
    const { out, push } = feed();
    push(slice(types.idr, { first: false }), 0, { loss: true, marker: true });
    expect(out).toEqual([]);
  });

  test('[V5] a marker on every NAL unit, and none ever', () => {
    const always = feed();
    for (let i = 0; i < 3; i++) {
      always.push(slice(types.idr), i * 3600, { marker: true });
      always.push(slice(types.idr, { first: false }), i * 3600, { marker: true });
    }
    always.push(slice(types.trail), 99_000);
    expect(always.out.slice(1).map(({ nals }) => nals.length)).toEqual([2, 2]);
    const never = feed();
    for (let i = 0; i < 4; i++) never.push(slice(i === 0 ? types.idr : types.trail), i * 3600);
    expect(never.pts()).toEqual([0, 3600, 7200]);
  });

  test('[V5] Annex B inside RTP: one NAL unit, a whole picture, and a whole picture in fragments', () => {
    const code = Buffer.from([0, 0, 0, 1]);
    const key = slice(types.idr, { tag: 3, bytes: 300 });
    const picture = Buffer.concat([sets360.vps, sets360.sps, sets360.pps, key].flatMap((nal) => [code, nal]));
    const { out, push } = feed(createH265Depacketiser(undefined));
    push(picture, 0, { marker: true });
    for (const [i, part] of fragment(picture.subarray(4), 4).entries()) push(part, 3600, { marker: i === 3 });
    push(Buffer.concat([code, slice(types.trail, { tag: 2 })]), 7200, { marker: true });
    expect(out.map(({ nals }) => nals)).toEqual([
      [key.toString('hex')],
      [key.toString('hex')],
      [slice(types.trail, { tag: 2 }).toString('hex')],
    ]);
  });

  test('[V5] a time that stands still gives pictures all the same', () => {
    const { out, push } = feed();
    for (let i = 0; i < 5; i++) {
      const parts = fragment(slice(i === 0 ? types.idr : types.trail, { tag: i, bytes: 90 }), 3);
      for (const [part, payload] of parts.entries()) push(payload, 1000, { marker: part === 2 });
    }
    expect(out.length).toBe(5);
  });

  test('[V6] another size in parameter sets of the same id, and of another', () => {
    const { out, push } = feed();
    push(slice(types.idr), 0, { marker: true });
    push(aggregate([sets720.vps, sets720.sps, sets720.pps]), 3600);
    push(slice(types.idr), 3600, { marker: true });
    expect(out.map(({ width }) => width)).toEqual([640, 1280]);
  });

  test('layers above the base are left out', () => {
    const { out, push } = feed();
    const layer = slice(types.trail);
    layer[1] = (1 << 3) | 1;
    push(slice(types.idr), 0);
    push(layer, 0, { marker: true });
    expect(out[0]!.nals.length).toBe(1);
  });

  test('fragments without an end, of nothing and of much, keep no more memory than a picture may take', () => {
    const depacketiser = createH265Depacketiser(sprop);
    const { push, out } = feed(depacketiser);
    const [begin, middle] = fragment(slice(types.idr, { bytes: 2800 }), 2);
    middle![2] = middle![2]! & 0x3f;
    push(begin!, 0);
    for (let i = 0; i < 20_000; i++) {
      push(middle!, 0);
      expect(depacketiser.heldBytes()).toBeLessThanOrEqual(8 * 1024 * 1024);
    }
    push(begin!, 3600);
    for (let i = 0; i < 100_000; i++) push(middle!.subarray(0, 3), 3600);
    push(slice(types.idr), 7200, { marker: true });
    expect(out.map(({ pts }) => pts)).toEqual([7200]);
  });
});
