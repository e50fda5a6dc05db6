/** Kills everything at random points while numbered readings flow, and counts them in the database afterwards. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@kuzet/lib/log.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { openDatabase } from '@kuzet/server/store/open-database.ts';
import type { GeneratorFigures, GeneratorSettings } from './chaos-generator.ts';
import { type ChaosLine, createChaosLine, type EdgeStatus, type Part } from './chaos-line.ts';
import { until } from './demo-city.ts';

export interface ChaosSettings {
  database: 'pglite' | 'postgres';
  seed: number;
  /** At least so many in all, each part at least a fifth of its share. */
  kills: number;
  /** And not before so long has passed. */
  minMs: number;
  /** Readings a second. */
  ratePerS: number;
  /** Built bundles, other than ours where something is to be shown to fail. */
  dist?: string;
  say?: (text: string) => void;
}

export interface ChaosResult {
  kills: Partial<Record<Part, number>>;
  tookMs: number;
  sent: number;
  resent: number;
  redelivered: number;
  /** Of numbers that were acknowledged to a sensor, those that the database does not hold. */
  missing: number;
  /** Rows beyond the first of a number. */
  duplicates: number;
  /** Rows that nobody sent. */
  foreign: number;
  /** Items that the edge says it gave up. */
  gaps: number;
  deadLetters: number;
  /** Redeliveries that the edge knew since its last start. */
  knownDuplicates: number;
}

export interface Generator {
  figures(): GeneratorFigures | null;
  /** No new readings; resolves with the last figures when all is acknowledged. */
  end(withinMs: number): Promise<GeneratorFigures>;
  kill(): void;
}

export function startGenerator(settings: GeneratorSettings): Generator {
  const script = fileURLToPath(new URL('chaos-generator.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let figures: GeneratorFigures | null = null;
  createInterface(child.stdout).on('line', (line) => {
    figures = JSON.parse(line) as GeneratorFigures;
  });
  return {
    figures: () => figures,
    async end(withinMs) {
      child.stdin.write('end\n');
      await until(
        () => figures?.ended === true,
        withinMs,
        () => `sensors wait for acknowledgements: ${JSON.stringify(figures)}`,
      );
      return figures as GeneratorFigures;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How often everything dies in the same moment, and how often what died dies once more while it starts. */
const allAtOnce = 0.15;
const hubMachine = 0.35;
const again = 0.6;
/** Items that say that readings flow. */
const flowing = 20;

/** @throws Error when the line does not come back, or does not hand over what it holds. */
export async function runChaos(settings: ChaosSettings): Promise<ChaosResult> {
  const { seed, kills: wanted, ratePerS, say = () => undefined } = settings;
  const random = createRandom(seed);
  const devices = Array.from({ length: 4 }, (_, index) => `chaos-${index}`);
  const line = await createChaosLine({
    database: settings.database,
    devices,
    spool: { segmentBytes: 65_536 },
    // With few readings a file of the spool, what the edge was told is safe soon goes from its disk, and a commit takes
    // long: an acknowledgement that comes too early is found out.
    commitDelayMs: 50,
    ...(settings.dist ? { dist: settings.dist } : {}),
  });
  let generator: Generator | null = null;
  const startedMs = performance.now();
  try {
    for (const part of [...line.parts].reverse()) {
      line.start(part);
      await line.whenUp(part, 60_000);
    }
    generator = startGenerator({
      port: line.sensorPort,
      devices,
      ratePerS,
      window: 50,
      redeliverShare: 0.1,
      alarmEvery: 10,
      noteChars: 250,
      seed: seed + 1,
    });
    const sensors = generator;
    await until(
      () => (sensors.figures()?.acked ?? 0) > ratePerS / 4,
      30_000,
      () => `no reading is acknowledged:\n${line.output().slice(-3_000)}`,
    );

    const kills: Partial<Record<Part, number>> = {};
    const total = () => Object.values(kills).reduce((sum, count) => sum + count, 0);
    const tooFew = () => line.parts.filter((part) => (kills[part] ?? 0) < wanted / line.parts.length / 5);
    const isEnough = () =>
      total() >= wanted && performance.now() - startedMs >= settings.minMs && tooFew().length === 0;
    /** Resolves when readings get from the sensors to the hub: a kill while nothing flows proves little. */
    async function whenFlowing(): Promise<void> {
      let before: number | null = null;
      await until(
        async () => {
          for (const part of line.parts) if (!line.running(part)) line.start(part);
          const now = await handedTo(line);
          before ??= now;
          return now >= before + flowing;
        },
        90_000,
        () => `nothing flows:\n${line.output().slice(-5_000)}`,
      );
    }
    async function strike(victims: readonly Part[]): Promise<void> {
      await Promise.all(victims.map((part) => line.kill(part)));
      for (const part of victims) {
        kills[part] = (kills[part] ?? 0) + 1;
        line.start(part);
      }
    }
    while (!isEnough()) {
      await whenFlowing();
      await pause(random() * 400);
      const lacking = total() < wanted ? [] : tooFew().slice(0, 1);
      const victims = lacking.length > 0 ? lacking : drawVictims(line.parts, random);
      await strike(victims);
      if (random() < again) {
        await pause(random() * 500);
        await strike(victims);
      }
      const known = sensors.figures();
      say(
        `${Math.round((performance.now() - startedMs) / 1_000)} s: ${total()} kills, ${JSON.stringify(kills)}, ${known?.acked} acknowledged, ${known?.redelivered} sent twice`,
      );
    }
    for (const part of line.parts) await line.whenUp(part, 60_000);

    const told = await sensors.end(60_000);
    const status = await handedOver(line, 120_000);
    // What is acknowledged is committed: so it must be there after this, too.
    await line.kill('hub');
    await line.kill('edge');
    return {
      kills,
      tookMs: Math.round(performance.now() - startedMs),
      sent: told.sent,
      resent: told.resent,
      redelivered: told.redelivered,
      ...(await recount(line, told.last)),
      knownDuplicates: status.spool.duplicates,
    };
  } finally {
    generator?.kill();
    await line.clean();
  }
}

/** One, or all, or those that stand on the hub's machine: what the edge was told then has nobody left to mend it. */
function drawVictims(parts: readonly Part[], random: () => number): readonly Part[] {
  const drawn = random();
  if (drawn < allAtOnce) return parts;
  if (drawn < allAtOnce + hubMachine) return parts.filter((part) => part !== 'edge');
  return [parts[Math.floor(random() * parts.length)] as Part];
}

/** Items that the hub has acknowledged; the epoch never changes here. */
async function handedTo(line: ChaosLine): Promise<number> {
  const { alarm, telemetry } = (await line.edgeStatus()).uplink.lanes;
  return alarm.acked + telemetry.acked;
}

/** Resolves when the hub has acknowledged all that the edge holds. */
export async function handedOver(line: ChaosLine, withinMs: number): Promise<EdgeStatus> {
  let status: EdgeStatus | null = null;
  await until(
    async () => {
      for (const part of line.parts) if (!line.running(part)) line.start(part);
      status = await line.edgeStatus();
      return Object.values(status.uplink.lanes).every(({ head, acked }) => head > 0 && acked === head);
    },
    withinMs,
    () => `the edge is left with items: ${JSON.stringify(status)}\n${line.output().slice(-3_000)}`,
  );
  return status as unknown as EdgeStatus;
}

/** What the database holds of the numbers 1 to `last` of each device. The hub must not run. */
export async function recount(
  line: ChaosLine,
  last: Record<string, number>,
): Promise<Pick<ChaosResult, 'missing' | 'duplicates' | 'foreign' | 'gaps' | 'deadLetters'>> {
  const database = await openDatabase({
    url: line.databaseUrl,
    dataDir: join(line.folder, 'hub'),
    log: silentLog,
  });
  try {
    const rows = await database.query<{ device_id: string; value: number; times: number }>(
      `select device_id, value, count(*)::integer as times from kuzet.readings where metric = 'n' group by 1, 2`,
    );
    let present = 0;
    let duplicates = 0;
    let foreign = 0;
    for (const { device_id, value, times } of rows) {
      duplicates += times - 1;
      if (Number.isInteger(value) && value >= 1 && value <= (last[device_id] ?? 0)) present++;
      else foreign++;
    }
    const [counted] = await database.query<{ gaps: number; letters: number }>(
      `select (select coalesce(sum(to_seq - from_seq + 1), 0)::integer from kuzet.gaps) as gaps,
         (select count(*)::integer from kuzet.dead_letters) as letters`,
    );
    const wanted = Object.values(last).reduce((sum, count) => sum + count, 0);
    return {
      missing: wanted - present,
      duplicates,
      foreign,
      gaps: counted?.gaps ?? 0,
      deadLetters: counted?.letters ?? 0,
    };
  } finally {
    await database.close();
  }
}
