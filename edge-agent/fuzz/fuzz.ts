import { UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Log, silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { Compile } from 'typebox/compile';
import { createIntake } from '../intake/intake.ts';
import { profiles as allProfiles } from '../profiles/index.ts';
import type { Profile, ReaderMemory } from '../profiles/profile.ts';
import { createDiscoveredDevices } from '../provisioning/discovered-devices.ts';
import { loadCorpus } from './corpus.ts';
import { createMutator, type Mutated } from './mutator.ts';
import { createNoise } from './random.ts';

export interface FuzzOptions {
  count: number;
  seed: number;
  /** A message that takes longer, and does so again and again, is a fault. */
  maxMs?: number;
  /** Left out: all. */
  profiles?: Readonly<Record<string, Profile>>;
  /** Called now and then; true stops. */
  onProgress?(done: number): void;
}

export interface FuzzResult {
  messages: number;
  seed: number;
  samples: number;
  devices: number;
  /** Messages that gave items and nothing was wrong with them. */
  decoded: number;
  /** Messages kept as a dead letter, whole or for a part of them. */
  deadLettered: number;
  /** Topics that carry no reading, by the profile's rule. */
  ignored: number;
  /** Of a device, understood, and rightly empty: a retained state that is taken away, an answer to a command. */
  empty: number;
  items: number;
  /** Items that time brought and no message. */
  emitted: number;
  published: number;
  discovered: number;
  /** The slowest message, ms; the best of three where it was slow once. */
  slowestMs: number;
  elapsedMs: number;
  /** Growth of the process's memory from a tenth of the way to the end, bytes. */
  grownBytes: number;
  by: Record<string, number>;
}

/** A message that broke a promise: with what to do to see it again. */
export class FuzzFault extends Error {
  constructor(what: string, message: Mutated, number: number, options?: ErrorOptions) {
    const shown = message.payload.subarray(0, 600).toString('base64');
    super(`${what}\nmessage ${number} (${message.how}) on ${message.topic}\npayload, base64: ${shown}`, options);
  }
}

const check = Compile(UplinkItem);
const maxPayloadBytes = 65_536;

/**
 * Sends messages that began as fixtures through the intake as it stands in the edge agent, with a spool that only
 * counts. The same seed sends the same messages.
 * @throws FuzzFault when one is thrown upon, gives what the uplink may not carry, is answered twice or never, vanishes, or
 * takes too long.
 */
export function fuzz({ count, seed, maxMs = 250, profiles = allProfiles, onProgress }: FuzzOptions): FuzzResult {
  const corpus = loadCorpus();
  const random = createNoise(seed);
  const nextMessage = createMutator(corpus, random);
  const clock = createTestClock();
  const discovered = createDiscoveredDevices();
  let current: Mutated = { topic: '', payload: Buffer.alloc(0), how: 'none' };
  let stale = false;
  let number = 0;
  let during = false;
  const now = { items: 0, letters: 0, answers: 0 };
  const result = { decoded: 0, deadLettered: 0, ignored: 0, empty: 0, items: 0, emitted: 0, published: 0 };
  const by: Record<string, number> = {};

  // The intake survives a profile that fails, and says so in an error; here that is a fault.
  let error: unknown = null;
  const onError = (fields: { err?: unknown }, text: string) => {
    error ??= fields.err ?? text;
  };
  const intake = createIntake({
    site: { devices: corpus.devices },
    profiles,
    clock,
    log: { ...silentLog, error: onError } as unknown as Log,
    maxPayloadBytes,
    discovered,
    memoryOf: () => createMemory(),
    sink: {
      appendText(_lane, text, done) {
        const item: unknown = JSON.parse(text);
        if (!check.Check(item)) throw new FuzzFault(`an item that the uplink may not carry: ${text}`, current, number);
        if (item.t === 'reading' && Object.keys(item.values).length === 0) {
          throw new FuzzFault('a reading of nothing', current, number);
        }
        if (!during) result.emitted++;
        else if (item.t === 'dead-letter') now.letters++;
        else now.items++;
        done(null);
      },
    },
  });

  function send(): number {
    const before = intake.figures().ignored;
    now.items = 0;
    now.letters = 0;
    now.answers = 0;
    during = true;
    const startMs = performance.now();
    try {
      intake.take({ ...current, stale, reply: () => void result.published++ }, () => void now.answers++);
    } catch (cause) {
      throw cause instanceof FuzzFault
        ? cause
        : new FuzzFault(`it threw: ${(cause as Error).stack}`, current, number, { cause });
    }
    const tookMs = performance.now() - startMs;
    during = false;
    if (error !== null)
      throw new FuzzFault(`an error: ${error instanceof Error ? error.stack : error}`, current, number);
    if (now.answers !== 1) throw new FuzzFault(`answered ${now.answers} times`, current, number);
    const ignored = intake.figures().ignored > before;
    result.items += now.items;
    if (now.letters > 0) result.deadLettered++;
    else if (now.items > 0) result.decoded++;
    else if (ignored) result.ignored++;
    else result.empty++;
    return tookMs;
  }

  let slowestMs = 0;
  let earlyBytes = process.memoryUsage.rss();
  const startMs = performance.now();
  for (number = 1; number <= count; number++) {
    current = nextMessage();
    stale = random.chance(0.03);
    const how = current.how.replace(', other topic', '');
    by[how] = (by[how] ?? 0) + 1;
    let tookMs = send();
    if (tookMs > maxMs / 10) {
      // The machine may have had something else to do; a message that is slow in itself is slow again.
      const totals = { ...result };
      tookMs = Math.min(send(), send(), tookMs);
      Object.assign(result, totals);
      if (tookMs > maxMs) throw new FuzzFault(`it took ${Math.round(tookMs)} ms`, current, number);
    }
    slowestMs = Math.max(slowestMs, tookMs);
    if (number % 16 === 0) clock.advance(random.below(400));
    if (number % 5_000 === 0) clock.advance(3_600_000);
    if (number === Math.ceil(count / 10)) earlyBytes = process.memoryUsage.rss();
    if (number % 50_000 === 0) onProgress?.(number);
  }
  clock.advance(86_400_000);
  intake.close();
  if (Object.keys(Object.prototype).length > 0 || 'polluted' in {}) {
    throw new FuzzFault('the prototype of all objects was changed', current, number);
  }
  return {
    messages: count,
    seed,
    samples: corpus.samples.length,
    devices: corpus.devices.length,
    ...result,
    discovered: discovered.list().length,
    slowestMs: Math.round(slowestMs * 100) / 100,
    elapsedMs: Math.round(performance.now() - startMs),
    grownBytes: process.memoryUsage.rss() - earlyBytes,
    by,
  };
}

/** As the real one: bounded, the oldest gives way. */
function createMemory(): ReaderMemory {
  const texts = new Map<string, string>();
  return {
    entries: () => [...texts],
    set(key, text) {
      texts.delete(key);
      if (text === null) return;
      texts.set(key, text);
      if (texts.size > 20_000) texts.delete(texts.keys().next().value!);
    },
  };
}
