/** Long, with a seed, on PostgreSQL: `npm run chaos`. */
import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos.ts';
import { findPostgres } from './chaos-line.ts';

const wantsPostgres = process.env.KUZET_TEST_DATABASE_URL !== undefined;
const hasPostgres = wantsPostgres && findPostgres() !== null;
if (!hasPostgres) console.warn('SKIPPED: kill -9 of a PostgreSQL server. It takes KUZET_TEST_DATABASE_URL and PG_BIN');

describe('kill -9 at random moments while readings flow, a tenth of them sent twice', () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  // Twenty in all.
  const kills = hasPostgres ? 10 : 20;
  const whole = { missing: 0, duplicates: 0, foreign: 0, gaps: 0, deadLetters: 0 };

  it('[E54] [U11] of hub and edge: nothing is lost, nothing is there twice', async () => {
    const result = await runChaos({ database: 'pglite', seed, kills, minMs: 0, ratePerS: 1_000 });
    expect(result, `seed ${seed}`).toMatchObject(whole);
    expect(result.sent).toBeGreaterThan(1_000);
    expect(result.resent).toBeGreaterThan(0);
    expect(result.redelivered).toBeGreaterThan(result.sent / 20);
  }, 240_000);

  it.skipIf(!hasPostgres)(
    '[E54] [U11] of hub, edge and PostgreSQL: nothing is lost, nothing is there twice',
    async () => {
      const result = await runChaos({ database: 'postgres', seed, kills, minMs: 0, ratePerS: 500 });
      expect(result, `seed ${seed}`).toMatchObject(whole);
      expect(result.kills.database).toBeGreaterThan(0);
    },
    240_000,
  );
});
