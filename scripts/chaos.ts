// `npm run chaos -- [--kills 200] [--seed N] [--minutes M] [--rate R] [--database pglite|postgres] [--dist FOLDER]`: the
// test of test/chaos.test.ts for as long as wanted. Ends with 1 when a reading is missing or there twice.
import { parseArgs } from 'node:util';
import { runChaos } from '../test/chaos.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '0' },
    rate: { type: 'string', default: '1000' },
    database: { type: 'string', default: 'pglite' },
    dist: { type: 'string' },
  },
});
const { kills, seed, minutes, rate, database, dist } = values;
if (database !== 'pglite' && database !== 'postgres') throw new Error('--database is pglite or postgres');
process.stderr.write(`seed ${seed}: the same seed draws the same pauses\n`);
const result = await runChaos({
  database,
  seed: Number(seed),
  kills: Number(kills),
  minMs: Number(minutes) * 60_000,
  ratePerS: Number(rate),
  say: (text) => void process.stderr.write(`${text}\n`),
  ...(dist ? { dist } : {}),
});
process.stdout.write(`${JSON.stringify({ seed: Number(seed), database, ...result })}\n`);
const isWhole = result.missing === 0 && result.duplicates === 0 && result.foreign === 0 && result.gaps === 0;
process.exit(isWhole ? 0 : 1);
