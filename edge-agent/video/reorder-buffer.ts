import type { RtpPacket } from './rtp.ts';

export interface ReorderBuffer {
  /** `lossBefore`: packets were missing ahead of this one. */
  push(packet: RtpPacket, nowMs: number, deliver: (packet: RtpPacket, lossBefore: boolean) => void): void;
  /** With wraps counted in the upper 16 bits; 0 before the first packet. */
  highestSequence(): number;
  lostTotal(): number;
  /** Of packets that wait for those before them. */
  heldBytes(): number;
}

/** Farther than this from what was due is a sender that started anew, not an early or late packet (RFC 3550 A.1). */
const maxJump = 3000;
/** So many in a row that come after each other, but all too late: a sender that went back, not copies on their way. */
const restartRun = 16;

/**
 * Puts packets in sequence order. Waits for a missing one until `maxPackets` wait behind it or the first of those has
 * waited `maxWaitMs`. Over TCP nothing can come late: both 0, and a gap is told at once.
 */
export function createReorderBuffer({
  maxPackets,
  maxWaitMs,
}: {
  maxPackets: number;
  maxWaitMs: number;
}): ReorderBuffer {
  const waiting = new Map<number, { packet: RtpPacket; sinceMs: number }>();
  let due: number | null = null;
  let cycles = 0;
  let lost = 0;
  let late: { due: number; run: number } | null = null;

  const step = (sequence: number) => (sequence + 1) & 0xffff;
  const ahead = (sequence: number, of: number) => (sequence - of) & 0xffff;

  function hand(packet: RtpPacket, lossBefore: boolean, deliver: (p: RtpPacket, loss: boolean) => void): void {
    due = step(packet.sequence);
    late = null;
    if (due === 0) cycles++;
    deliver(packet, lossBefore);
  }

  function drain(deliver: (p: RtpPacket, loss: boolean) => void): void {
    for (let entry = waiting.get(due!); entry; entry = waiting.get(due!)) {
      waiting.delete(entry.packet.sequence);
      hand(entry.packet, false, deliver);
    }
  }

  return {
    push(packet, nowMs, deliver) {
      if (due === null) return hand(packet, false, deliver);
      const distance = ahead(packet.sequence, due);
      if (distance === 0) {
        hand(packet, false, deliver);
        return drain(deliver);
      }
      const back = distance >= 0x1_0000 - maxJump;
      if (back) late = { due: step(packet.sequence), run: late?.due === packet.sequence ? late.run + 1 : 1 };
      if (back && late!.run < restartRun) return;
      if (back || distance > maxJump) {
        waiting.clear();
        return hand(packet, true, deliver);
      }
      waiting.set(packet.sequence, { packet, sinceMs: nowMs });
      let oldestMs = nowMs;
      for (const entry of waiting.values()) oldestMs = Math.min(oldestMs, entry.sinceMs);
      if (waiting.size <= maxPackets && nowMs - oldestMs < maxWaitMs) return;

      const from = due;
      const [first] = [...waiting.values()].sort(
        (a, b) => ahead(a.packet.sequence, from) - ahead(b.packet.sequence, from),
      );
      if (!first) return;
      lost += ahead(first.packet.sequence, from);
      waiting.delete(first.packet.sequence);
      hand(first.packet, true, deliver);
      drain(deliver);
    },
    highestSequence: () =>
      due === null ? 0 : due === 0 ? (cycles - 1) * 0x1_0000 + 0xffff : cycles * 0x1_0000 + due - 1,
    lostTotal: () => lost,
    heldBytes: () => [...waiting.values()].reduce((sum, { packet }) => sum + packet.payload.length, 0),
  };
}
