import type { Role } from '@kuzet/contracts/user.ts';
import { describe, expect, test } from 'vitest';
import { leaseFor, ptzIdleMs } from './ptz-lease.ts';

const who = (userId: string, role: Role = 'duty-officer') => ({ userId, name: userId, role });
const now = 1_000_000;
const held = (userId: string, role?: Role) => leaseFor(null, who(userId, role), now).lease;

describe('[O8] PTZ lease', () => {
  test('a free camera is theirs who moves it, until five seconds after their last command', () => {
    const first = leaseFor(null, who('a'), now);
    expect(first).toEqual({ granted: true, lease: { ...who('a'), untilMs: now + ptzIdleMs } });
    expect(leaseFor(first.lease, who('a'), now + 4_000).lease.untilMs).toBe(now + 9_000);
    expect(leaseFor(first.lease, who('b'), now + 4_999).granted).toBe(false);
    expect(leaseFor(first.lease, who('b'), now + 5_000)).toMatchObject({ granted: true, lease: { userId: 'b' } });
  });

  test.each<[Role, Role, boolean]>([
    ['duty-officer', 'duty-officer', false],
    ['duty-officer', 'supervisor', true],
    ['duty-officer', 'admin', true],
    ['supervisor', 'duty-officer', false],
    ['supervisor', 'supervisor', false],
    ['supervisor', 'admin', true],
    ['admin', 'supervisor', false],
    ['admin', 'admin', false],
  ])('held by a %s, asked for by a %s: %s', (holder, asker, granted) => {
    expect(leaseFor(held('a', holder), who('b', asker), now + 1)).toMatchObject({
      granted,
      lease: { userId: granted ? 'b' : 'a' },
    });
  });

  test('a refusal does not lengthen what it was refused for', () => {
    const lease = held('a');
    expect(leaseFor(lease, who('b'), now + 3_000).lease).toBe(lease);
  });
});
