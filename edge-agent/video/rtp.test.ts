import { describe, expect, test } from 'vitest';
import { createReorderBuffer } from './reorder-buffer.ts';
import { parseSenderReport, writeReceiverReport } from './rtcp.ts';
import { parseRtp, type RtpPacket } from './rtp.ts';
import { createRtpClock } from './rtp-clock.ts';

const packet = (sequence: number): RtpPacket => ({
  payloadType: 96,
  marker: false,
  sequence,
  timestamp: 0,
  ssrc: 1,
  payload: Buffer.from([sequence & 0xff]),
});

const noonMs = Date.UTC(2026, 10, 22, 12);
function senderReport(ntpMs: number, rtpTimestamp: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(0x80c8_0006, 0);
  bytes.writeUInt32BE(7, 4);
  bytes.writeUInt32BE(Math.floor(ntpMs / 1000) + 2_208_988_800, 8);
  bytes.writeUInt32BE(Math.round(((ntpMs % 1000) / 1000) * 2 ** 32), 12);
  bytes.writeUInt32BE(rtpTimestamp, 16);
  return bytes;
}

describe('RTP', () => {
  test('skips contributing sources, extension and padding', () => {
    const head = Buffer.from([0xb1, 0xe0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
    const whole = Buffer.concat([
      head,
      Buffer.alloc(4),
      Buffer.from([0xbe, 0xde, 0, 1, 9, 9, 9, 9]),
      Buffer.from('xy'),
      Buffer.from([0, 0, 3]),
    ]);
    expect(parseRtp(whole)).toEqual({
      payloadType: 96,
      marker: true,
      sequence: 1,
      timestamp: 2,
      ssrc: 3,
      payload: Buffer.from('xy'),
    });
    for (let length = 0; length < whole.length; length++) {
      const cut = parseRtp(whole.subarray(0, length));
      if (cut) expect(cut.payload.length).toBeLessThanOrEqual(length - 12);
    }
  });
});

describe('reorder buffer', () => {
  function collect(sequences: number[], maxPackets: number, stepMs = 1) {
    const buffer = createReorderBuffer({ maxPackets, maxWaitMs: 100 });
    const out: string[] = [];
    sequences.forEach((sequence, i) => {
      buffer.push(packet(sequence), i * stepMs, (p, loss) => out.push(`${loss ? '!' : ''}${p.sequence}`));
    });
    return { out, buffer };
  }

  test('orders, drops what comes twice, and wraps', () => {
    const { out, buffer } = collect([65_534, 0, 65_535, 65_535, 2, 1, 3], 8);
    expect(out).toEqual(['65534', '65535', '0', '1', '2', '3']);
    expect(buffer.highestSequence()).toBe(65_536 + 3);
  });

  test('tells a loss once enough wait behind it, or it has waited long enough', () => {
    expect(collect([1, 3, 4, 5], 2).out).toEqual(['1', '!3', '4', '5']);
    expect(collect([1, 3, 4, 5], 64).out).toEqual(['1']);
    expect(collect([1, 3, 4, 5, 6], 64, 40).out).toEqual(['1', '!3', '4', '5', '6']);
    expect(collect([1, 3, 4], 2).buffer.lostTotal()).toBe(0);
  });

  test('a sender that starts anew is followed', () => {
    expect(collect([1, 2, 30_000, 30_001], 8).out).toEqual(['1', '2', '!30000', '30001']);
  });

  test('over TCP a gap is told at once', () => {
    const buffer = createReorderBuffer({ maxPackets: 0, maxWaitMs: 0 });
    const out: [number, boolean][] = [];
    for (const n of [1, 3, 4]) buffer.push(packet(n), 0, (p, loss) => out.push([p.sequence, loss]));
    expect(out).toEqual([
      [1, false],
      [3, true],
      [4, false],
    ]);
    expect(buffer.lostTotal()).toBe(1);
  });
});

describe('RTCP', () => {
  test('reads a sender report after another packet, and refuses what is cut', () => {
    const compound = Buffer.concat([Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]), senderReport(noonMs + 250, 900)]);
    const report = parseSenderReport(compound)!;
    expect(report).toMatchObject({ ssrc: 7, rtpTimestamp: 900 });
    expect(report.ntpMs).toBeCloseTo(noonMs + 250, 3);
    for (let length = 0; length < compound.length; length++)
      expect(parseSenderReport(compound.subarray(0, length))).toBeNull();
  });

  test('writes a receiver report whose lengths add up', () => {
    const bytes = writeReceiverReport({
      ownSsrc: 1,
      senderSsrc: 2,
      highestSequence: 3,
      lostTotal: 4,
      middleNtp: 5,
      delaySinceSenderReportMs: 1000,
    });
    expect(bytes.length).toBe(4 * (7 + 1) + 4 * (3 + 1));
    expect(bytes.readUInt32BE(28)).toBe(65_536);
  });
});

describe('RTP clock', () => {
  test('unwraps both ways', () => {
    const clock = createRtpClock(90_000);
    expect(clock.unwrap(0xffff_fff0)).toBe(0xffff_fff0);
    expect(clock.unwrap(0x10)).toBe(0x1_0000_0010);
    expect(clock.unwrap(0xffff_fff8)).toBe(0xffff_fff8);
  });

  test('capture time comes from arrival first, jitter taken out, then from the sender report', () => {
    const clock = createRtpClock(90_000);
    const at = (ticks: number, arrivalMs: number) => clock.captureTimeMs(clock.unwrap(ticks), arrivalMs);
    expect(at(0, noonMs)).toBe(noonMs);
    expect(at(9_000, noonMs + 180)).toBe(noonMs + 100);
    const report = parseSenderReport(senderReport(noonMs - 150, 0))!;
    clock.onSenderReport(report, noonMs + 200);
    expect(at(18_000, noonMs + 230)).toBeCloseTo(noonMs + 50, 3);
    expect(clock.cameraClockErrorMs()).toBeCloseTo(-150, 3);
  });

  test('a camera with a clock that was never set is not believed', () => {
    const clock = createRtpClock(90_000);
    clock.captureTimeMs(clock.unwrap(0), noonMs);
    clock.onSenderReport(parseSenderReport(senderReport(86_400_000, 0))!, noonMs);
    expect(clock.captureTimeMs(clock.unwrap(9_000), noonMs + 100)).toBe(noonMs + 100);
    expect(clock.cameraClockErrorMs()).toBeLessThan(-1e12);
  });

  test('timestamps that jump do not drag capture times along', () => {
    const clock = createRtpClock(90_000);
    clock.captureTimeMs(clock.unwrap(1_000_000_000), noonMs);
    expect(clock.captureTimeMs(clock.unwrap(5), noonMs + 40)).toBe(noonMs + 40);
  });
});
