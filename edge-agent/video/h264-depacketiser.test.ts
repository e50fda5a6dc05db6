import { describe, expect, test } from 'vitest';
import { createH264Depacketiser } from './h264-depacketiser.ts';
import { idr, pps360, pps720, slice, sps360, sps720 } from './test-units.ts';

const sprop = `${sps360.toString('base64')},${pps360.toString('base64')}`;

function feed(depacketiser = createH264Depacketiser(sprop)) {
  const out: { pts: number; key: boolean; nals: string[]; width: number }[] = [];
  return {
    out,
    push(payload: Buffer, pts: number, { marker = false, loss = false } = {}) {
      const packet = { payloadType: 96, marker, sequence: 0, timestamp: 0, ssrc: 0, payload };
      for (const unit of depacketiser.push(packet, pts, loss)) {
        const nals = unit.nals.map((nal) => nal.toString('hex'));
        out.push({ pts: unit.ptsTicks, key: unit.keyFrame, nals, width: unit.parameters.width });
      }
    },
  };
}

const stapA = (...nals: Buffer[]) =>
  Buffer.concat([Buffer.from([24]), ...nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 255]), nal])]);

function fuA(nal: Buffer, parts: number): Buffer[] {
  const body = nal.subarray(1);
  const size = Math.ceil(body.length / parts);
  return Array.from({ length: parts }, (_, i) => {
    const flags = (i === 0 ? 0x80 : 0) | (i === parts - 1 ? 0x40 : 0);
    const header = Buffer.from([(nal[0]! & 0xe0) | 28, flags | (nal[0]! & 0x1f)]);
    return Buffer.concat([header, body.subarray(i * size, (i + 1) * size)]);
  });
}

describe('H.264 depacketiser', () => {
  test('single NAL units, STAP-A with parameter sets, and FU-A become pictures', () => {
    const { out, push } = feed(createH264Depacketiser(undefined));
    push(stapA(sps360, pps360, Buffer.from([6, 5, 1, 0, 0x80])), 0);
    const parts = fuA(idr(1, 3000), 3);
    for (const [i, part] of parts.entries()) push(part, 0, { marker: i === 2 });
    push(slice(2), 3600, { marker: true });
    expect(out.map(({ pts, key, width }) => [pts, key, width])).toEqual([
      [0, true, 640],
      [3600, false, 640],
    ]);
    expect(out[0]!.nals).toEqual(['0605010080', idr(1, 3000).toString('hex')]);
  });

  test('nothing comes before the first IDR, nor without parameter sets', () => {
    const { out, push } = feed();
    push(slice(1), 0, { marker: true });
    expect(out).toEqual([]);
    push(idr(2), 3600, { marker: true });
    expect(out.length).toBe(1);
    const without = feed(createH264Depacketiser(undefined));
    without.push(idr(1), 0, { marker: true });
    expect(without.out).toEqual([]);
  });

  test('a timestamp that moves on ends a picture whose marker never came', () => {
    const { out, push } = feed();
    push(idr(1), 0);
    push(slice(2), 3600);
    push(slice(3), 7200);
    expect(out.map(({ pts }) => pts)).toEqual([0, 3600]);
  });

  test('a loss inside a picture drops it and all up to the next whole IDR', () => {
    const { out, push } = feed();
    push(idr(1), 0, { marker: true });
    const [start, , end] = fuA(slice(2, 3000), 3);
    push(start!, 3600);
    push(end!, 3600, { loss: true, marker: true });
    push(slice(3), 7200, { marker: true });
    const broken = fuA(idr(4, 3000), 3);
    push(broken[1]!, 10_800, { loss: true });
    push(broken[2]!, 10_800, { marker: true });
    push(slice(5), 14_400, { marker: true });
    push(idr(6), 18_000, { marker: true });
    push(slice(7), 21_600, { marker: true });
    expect(out.map(({ pts }) => pts)).toEqual([0, 18_000, 21_600]);
  });

  test('an IDR whose first slice was lost is not taken for whole', () => {
    const { out, push } = feed();
    const laterSlice = Buffer.from([0x65, 0x00, 0x40, 1, 2, 3]);
    push(laterSlice, 0, { loss: true, marker: true });
    expect(out).toEqual([]);
  });

  test('a camera that marks every slice still gives whole pictures, after one group', () => {
    const { out, push } = feed();
    const second = Buffer.from([0x65, 0x00, 0x40, 9]);
    for (let i = 0; i < 3; i++) {
      push(idr(i), i * 3600, { marker: true });
      push(second, i * 3600, { marker: true });
    }
    push(slice(9), 99_000);
    expect(out.slice(1).map(({ nals }) => nals.length)).toEqual([2, 2]);
  });

  test('parameter sets that change in the stream change the picture’s parameters', () => {
    const { out, push } = feed();
    push(idr(1), 0, { marker: true });
    push(stapA(sps720, pps720), 3600);
    push(idr(2), 3600, { marker: true });
    expect(out.map(({ width }) => width)).toEqual([640, 1280]);
  });

  test('rubbish makes no picture, no exception and no growing memory', () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const { out, push } = feed();
    const started = performance.now();
    for (let i = 0; i < 30_000; i++) {
      const payload = Buffer.from(Array.from({ length: random(40) }, () => random(256)));
      push(payload, Math.floor(i / 7) * 3600, { marker: random(5) === 0, loss: random(50) === 0 });
    }
    for (const unit of out) expect(unit.nals.length).toBeGreaterThan(0);
    const endless = fuA(idr(1, 1400), 1)[0]!;
    endless[1] = endless[1]! & ~0x40;
    push(endless, 1e9);
    endless[1] = endless[1]! & ~0x80;
    for (let i = 0; i < 20_000; i++) push(endless, 1e9);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('H.264 from odd cameras', () => {
  const code = Buffer.from([0, 0, 0, 1]);

  test('[V5] Annex B inside RTP: one NAL unit, a whole picture, and a whole picture in fragments', () => {
    const key = idr(3, 300);
    const picture = Buffer.concat([sps360, pps360, key].flatMap((nal) => [code, nal]));
    const { out, push } = feed(createH264Depacketiser(undefined));
    push(picture, 0, { marker: true });
    for (const [i, part] of fuA(picture.subarray(4), 4).entries()) push(part, 3600, { marker: i === 3 });
    push(Buffer.concat([code.subarray(1), slice(2)]), 7200, { marker: true });
    expect(out.map(({ nals }) => nals)).toEqual([
      [key.toString('hex')],
      [key.toString('hex')],
      [slice(2).toString('hex')],
    ]);
  });

  test('[V5] a time that stands still gives pictures all the same, after a loss from the next IDR on', () => {
    const { out, push } = feed();
    const picture = (tag: number, loss = false) => {
      const parts = fuA(tag % 4 === 0 ? idr(tag, 90) : slice(tag, 90), 3);
      for (const [i, part] of parts.entries()) push(part, 1000, { marker: i === 2, loss: loss && i === 1 });
    };
    for (let tag = 0; tag < 10; tag++) picture(tag, tag === 5);
    expect(out.map(({ nals }) => Number.parseInt(nals[0]!.slice(4, 6), 16))).toEqual([0, 1, 2, 3, 4, 8, 9]);
  });

  test('[V6] another size in parameter sets of another id holds from the picture on that refers to it', () => {
    const withId1 = (nal: Buffer, at: number, bits: (byte: number) => number) => {
      const out = Buffer.from(nal);
      out[at] = bits(out[at]!);
      return out;
    };
    // seq_parameter_set_id "1" (0) → "010" (1) needs room; x264's SPS of 720p begins with id 0, so it is made by hand.
    const sps = Buffer.concat([sps720.subarray(0, 4), shifted(sps720.subarray(4))]);
    // pic_parameter_set_id 1, seq_parameter_set_id 1: "010 010 …".
    const pps = withId1(pps720, 1, () => 0b0100_1011);
    const key = Buffer.concat([Buffer.from([0x65, 0b1000_1000, 0b0100_0000]), Buffer.alloc(20, 7)]);
    const { out, push } = feed();
    push(idr(1), 0, { marker: true });
    push(stapA(sps, pps), 3600);
    push(slice(2), 3600, { marker: true });
    push(key, 7200, { marker: true });
    expect(out.map(({ width }) => width)).toEqual([640, 640, 1280]);
  });
});

/** A leading "1" (ue 0) becomes "010" (ue 1): two bits more before the rest. */
function shifted(bytes: Buffer): Buffer {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const longer = `010${bits.slice(1)}`.padEnd(Math.ceil((bits.length + 2) / 8) * 8, '0');
  return Buffer.from(longer.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
}
