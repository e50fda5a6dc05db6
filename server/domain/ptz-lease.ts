import type { Role } from '@kuzet/contracts/user.ts';

/** Who moves a camera, and how long nobody else does. */
export interface PtzLease {
  userId: string;
  /** As shown to the others. */
  name: string;
  role: Role;
  /** Epoch ms; every command of the holder moves it on. */
  untilMs: number;
}

/** So long after the last command a camera is nobody's again: as long as a move lasts whose stop got lost. */
export const ptzIdleMs = 5_000;

/** Who goes before whom; the rest may not move cameras at all. */
const rank: Partial<Record<Role, number>> = { 'duty-officer': 1, supervisor: 2, admin: 3 };

/**
 * One who commands a camera gets or keeps it when it is free, theirs already, or held by a lower role. Between equals the
 * first keeps it.
 * @returns the lease as it is now: the asker's where it was granted, else that of whoever holds it.
 */
export function leaseFor(
  current: PtzLease | null,
  asker: Omit<PtzLease, 'untilMs'>,
  nowMs: number,
): { granted: boolean; lease: PtzLease } {
  const held = current !== null && nowMs < current.untilMs && current.userId !== asker.userId;
  if (held && (rank[asker.role] ?? 0) <= (rank[current.role] ?? 0)) return { granted: false, lease: current };
  return { granted: true, lease: { ...asker, untilMs: nowMs + ptzIdleMs } };
}
