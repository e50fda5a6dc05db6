import { describe, expect, test } from 'vitest';
import type { AccessUnit } from './access-unit.ts';
import { createH264Depacketiser } from './h264-depacketiser.ts';
import { createRtpReceiver } from './rtp-receiver.ts';
import { idr, ownUnit, pps360, slice, sps360 } from './test-units.ts';

const sprop = `${sps360.toString('base64')},${pps360.toString('base64')}`;

interface Sent {
  sequence: number;
  timestamp: number;
  key?: boolean;
  ssrc?: number;
  payloadType?: number;
  tag?: number;
}

function rtp({ sequence, timestamp, key = false, ssrc = 1, payloadType = 96, tag = sequence & 0x7f }: Sent): Buffer {
  const head = Buffer.from([0x80, 0x80 | payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, key ? idr(tag) : slice(tag)]);
}

function receive(transport: 'tcp' | 'udp' = 'tcp') {
  const units: AccessUnit[] = [];
  const otherCodecAtMs: number[] = [];
  let nowMs = 1_000_000;
  const receiver = createRtpReceiver({
    transport,
    payloadType: 96,
    createDepacketiser: () => createH264Depacketiser(sprop),
    nowMs: () => nowMs,
    onAccessUnit: (unit) => units.push(ownUnit(unit)),
    onOtherCodec: () => otherCodecAtMs.push(nowMs),
  });
  return {
    units,
    receiver,
    otherCodecAtMs,
    sendPayload(sequence: number, payload: readonly number[]) {
      nowMs += 40;
      const head = rtp({ sequence, timestamp: sequence * 3600 }).subarray(0, 12);
      receiver.onRtp(Buffer.concat([head, Buffer.from(payload)]));
    },
    send(sent: Sent, stepMs = 40) {
      nowMs += stepMs;
      receiver.onRtp(rtp(sent));
    },
    nowMs: () => nowMs,
    tags: () => units.map(({ nals }) => nals[0]![2]),
    steps: () => units.slice(1).map(({ ptsTicks }, i) => ptsTicks - units[i]!.ptsTicks),
  };
}

describe('RTP receiver', () => {
  test('[V10] sequence numbers and timestamps wrap', () => {
    const { units, steps, send } = receive();
    for (let i = 0; i < 10; i++) send({ sequence: 65_530 + i, timestamp: 2 ** 32 - 5 * 3600 + i * 3600, key: i === 0 });
    expect(units.length).toBe(10);
    expect(new Set(steps())).toEqual(new Set([3600]));
    expect(units.at(-1)!.ptsTicks).toBeGreaterThan(2 ** 32);
  });

  test.each([54_000_000, 270_000, -270_000])('[V10] a timestamp that jumps by %d is stepped over', (jump) => {
    const { units, steps, send, nowMs } = receive();
    for (let i = 0; i < 30; i++)
      send({ sequence: i, timestamp: 900_000 + i * 3600 + (i >= 10 ? jump : 0), key: i % 10 === 0 });
    expect(units.length).toBe(30);
    expect(new Set(steps())).toEqual(new Set([3600]));
    if (jump === 54_000_000) expect(Math.abs(units.at(-1)!.captureTimeMs - nowMs())).toBeLessThan(1);
  });

  test('[V10] a time that runs backwards is noticed after five pictures, one that stands still at once', () => {
    for (const [timestamp, atMost] of [
      [(i: number) => 900_000 - Math.abs(20 - i) * 3600, 5],
      [(i: number) => 900_000 + Math.min(20, i) * 3600, 0],
    ] as const) {
      const { units, steps, send } = receive();
      for (let i = 0; i < 60; i++) send({ sequence: i, timestamp: timestamp(i), key: i === 0 });
      expect(units.length).toBe(60);
      expect(steps().filter((step) => step <= 0).length).toBeLessThanOrEqual(atMost);
    }
  });

  test.each([
    ['stands still', () => 5_000],
    ['runs backwards', (i: number) => 900_000 - i * 3600],
  ])('[V10] where the camera’s time %s, pictures are as far apart as they came', (_, timestamp) => {
    const { units, steps, send, nowMs } = receive();
    for (let i = 0; i < 60; i++) send({ sequence: i, timestamp: timestamp(i), key: i % 10 === 0 });
    expect(units.length).toBe(60);
    expect(new Set(steps().slice(20))).toEqual(new Set([3600]));
    expect(units.at(-1)!.captureTimeMs).toBe(nowMs());
    for (let i = 60; i < 130; i++) send({ sequence: i, timestamp: 9_000_000 + i * 7200, key: i % 10 === 0 });
    expect(steps().at(-1), 'the camera is believed again').toBe(7200);
  });

  test('[V10] B-pictures keep the camera’s time', () => {
    const { units, send } = receive();
    const order = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11];
    for (const [i, at] of [...Array(10).keys()].flatMap((g) => order.map((n) => g * 13 + n)).entries())
      send({ sequence: i, timestamp: at * 3600, key: i === 0 });
    expect(units.map(({ ptsTicks }) => ptsTicks / 3600).sort((a, b) => a - b)).toEqual([...Array(130).keys()]);
  });

  test('[V11] a camera that begins anew under another number is followed at once', () => {
    const { tags, send } = receive();
    for (let i = 0; i < 3; i++) send({ sequence: i, timestamp: i * 3600, key: i === 0 });
    for (let i = 0; i < 3; i++) send({ sequence: 500 + i, timestamp: i * 3600, key: i === 0, ssrc: 2, tag: 50 + i });
    expect(tags()).toEqual([0, 1, 2, 50, 51, 52]);
  });

  test('[V11] a second stream in the same channel is left out, and neither breaks the first', () => {
    const { tags, send } = receive();
    send({ sequence: 0, timestamp: 0, key: true });
    for (let i = 1; i < 6; i++) {
      send({ sequence: 900 + i, timestamp: i, ssrc: 2, tag: 90 });
      send({ sequence: i, timestamp: i * 3600 });
    }
    expect(tags()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('[V11] a second stream that shows a key picture costs the first no more than the wait for its own', () => {
    const { tags, send } = receive();
    for (let i = 0; i < 12; i++) {
      send({ sequence: i, timestamp: i * 3600, key: i % 6 === 0 });
      send({ sequence: 900 + i, timestamp: i, ssrc: 2, key: true, tag: 90 });
    }
    expect(tags()).toEqual([0, 90, 6, 7, 8, 9, 10, 11]);
  });

  test('[V11] a stream that was left out is taken when the first is silent', () => {
    const { tags, send } = receive();
    send({ sequence: 0, timestamp: 0, key: true });
    send({ sequence: 900, timestamp: 1, ssrc: 2, tag: 90 });
    send({ sequence: 1, timestamp: 3600 });
    send({ sequence: 901, timestamp: 2, ssrc: 2, tag: 91, key: true }, 2_100);
    expect(tags()).toEqual([0, 1, 91]);
  });

  test('[V10] a sender that goes back in its numbers is followed after sixteen packets', () => {
    for (const transport of ['tcp', 'udp'] as const) {
      const { tags, send } = receive(transport);
      for (let i = 0; i < 3; i++) send({ sequence: 1000 + i, timestamp: i * 3600, key: i === 0, tag: i });
      for (let i = 0; i < 20; i++) send({ sequence: i, timestamp: (10 + i) * 3600, key: i % 17 === 0, tag: 20 + i });
      expect(tags(), transport).toEqual([0, 1, 2, 37, 38, 39]);
    }
  });

  test('another payload type, RTCP in the place of RTP and rubbish are not pictures', () => {
    const { units, receiver, send } = receive();
    send({ sequence: 0, timestamp: 0, key: true });
    send({ sequence: 70, timestamp: 5, payloadType: 97 });
    receiver.onRtp(Buffer.from([0x80, 200, 0, 1, 0, 0, 0, 1]));
    receiver.onRtp(Buffer.alloc(0));
    receiver.onRtp(Buffer.alloc(40, 0xff));
    send({ sequence: 1, timestamp: 3600 });
    expect(units.length).toBe(2);
    expect(receiver.receiverReport()?.readUInt32BE(8)).toBe(1);
  });

  test('[V16] pictures of another codec than was told are noticed after two seconds, once', () => {
    const { send, sendPayload, nowMs, otherCodecAtMs, units } = receive();
    for (let i = 0; i < 20; i++) send({ sequence: i, timestamp: i * 3600, key: i === 0 });
    const switchedAtMs = nowMs();
    // H.265: parameter sets, and slices whole and in fragments.
    const heads = [
      [0x40, 1],
      [0x42, 1],
      [0x44, 1],
      [0x62, 1, 0x93],
      [0x02, 1],
    ];
    for (let i = 20; i < 120; i++) sendPayload(i, [...heads[i % heads.length]!, ...Array(200).fill(0xaf)]);
    expect(units.length).toBe(20);
    expect(otherCodecAtMs.length).toBe(1);
    expect(otherCodecAtMs[0]! - switchedAtMs).toBeGreaterThanOrEqual(2_000);
    expect(otherCodecAtMs[0]! - switchedAtMs).toBeLessThan(2_200);
  });

  test('[V16] a long wait for the next key picture after a loss is none', () => {
    const { send, otherCodecAtMs, units } = receive();
    for (let i = 0; i < 300; i++) if (i !== 20) send({ sequence: i, timestamp: i * 3600, key: i === 0 });
    expect([units.length, otherCodecAtMs]).toEqual([20, []]);
  });
});
