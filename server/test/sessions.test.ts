import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ensureAdmin, ensureDemoUsers } from '../auth/first-users.ts';
import { verifyPassword } from '../auth/password.ts';
import { createSessionStore, hashToken } from '../auth/session-store.ts';
import { createUserStore } from '../auth/user-store.ts';
import { migrate } from '../store/migrate.ts';
import { openTestPglite, type TestDatabase } from './open-test-database.ts';

const hourMs = 3_600_000;
const cost = { ln: 4, r: 8, p: 1 };
const clock = createTestClock();
const onEnded = vi.fn();
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestPglite();
  await migrate(database.database, silentLog);
});
afterAll(() => database?.remove());

function setUp() {
  const db = database.database;
  const users = createUserStore({ database: db, clock, cost });
  const limits = { sessionMs: 12 * hourMs, screenSessionMs: 90 * 24 * hourMs };
  return { db, users, sessions: createSessionStore({ database: db, clock, limits, onEnded }), cost };
}
const person = (username: string, role: 'duty-officer' | 'screen') => ({
  username,
  displayName: username,
  role,
  agencyId: null,
});

it('[H5] a session ends twelve hours after its last use, a screen’s after ninety days', async () => {
  const { users, sessions } = setUp();
  const officer = await sessions.create(await users.put(person('p1', 'duty-officer'), '!'));
  const screen = await sessions.create(await users.put(person('p2', 'screen'), '!'));
  for (let n = 0; n < 3; n++) {
    clock.advance(11 * hourMs);
    expect((await sessions.use(officer.token))?.user.username).toBe('p1');
  }
  clock.advance(12 * hourMs);
  expect(await sessions.use(officer.token)).toBeNull();
  clock.advance(80 * 24 * hourMs);
  expect((await sessions.use(screen.token))?.user.username).toBe('p2');
  expect(await sessions.use('another-token')).toBeNull();
});

it('[H1] the token itself is not in the database', async () => {
  const { db, users, sessions } = setUp();
  const { token } = await sessions.create(await users.put(person('p3', 'duty-officer'), '!'));
  const rows = await db.query('select token_hash from kuzet.sessions');
  expect(rows.map((row) => row.token_hash)).toContain(hashToken(token));
  expect(JSON.stringify(rows)).not.toContain(token);
});

it('[H5] ending and disabling take effect at once and are told', async () => {
  const { users, sessions } = setUp();
  const user = await users.put(person('p4', 'duty-officer'), '!');
  const kept = await sessions.create(user);
  const other = await sessions.create(user);
  expect(await sessions.use(other.token)).not.toBeNull();
  await sessions.endOfUser(user.id, kept.session.tokenHash);
  expect(onEnded).toHaveBeenLastCalledWith([other.session.tokenHash]);
  expect(await sessions.use(other.token)).toBeNull();
  expect(await sessions.use(kept.token)).not.toBeNull();
  await sessions.end(kept.session.tokenHash);
  expect(await sessions.use(kept.token)).toBeNull();
  const again = await sessions.create(user);
  await users.setDisabled(user.id, true);
  expect(await sessions.use(again.token)).toBeNull();
});

it('[H12] admin’s password is made and told once; a configured one takes effect and ends its sessions', async () => {
  const people = setUp();
  const told: string[] = [];
  const tell = (password: string) => void told.push(password);
  await ensureAdmin(people, null, tell);
  await ensureAdmin(people, null, tell);
  expect(told).toHaveLength(1);
  const stored = await people.users.credentials('admin');
  expect(await verifyPassword(told[0] ?? '', stored?.passwordHash ?? '')).toBe(true);
  const { token } = await people.sessions.create(stored!.account);

  await ensureAdmin(people, 'configured-1', tell);
  const changed = await people.users.credentials('admin');
  expect(await verifyPassword('configured-1', changed?.passwordHash ?? '')).toBe(true);
  expect(await people.sessions.use(token)).toBeNull();
  const next = await people.sessions.create(stored!.account);
  await ensureAdmin(people, 'configured-1', tell);
  expect(await people.sessions.use(next.token)).not.toBeNull();
  expect(told).toHaveLength(1);
});

it('demo users keep their sessions over a start with the same password, and lose them with another', async () => {
  const people = setUp();
  await ensureDemoUsers(people, 'demo-password');
  const { account } = (await people.users.credentials('officer'))!;
  const { token } = await people.sessions.create(account);
  await ensureDemoUsers(people, 'demo-password');
  expect(await people.sessions.use(token)).not.toBeNull();
  await ensureDemoUsers(people, 'other-password');
  expect(await people.sessions.use(token)).toBeNull();
});
