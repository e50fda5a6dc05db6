import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { isReading, metricOf } from './metric-reading.ts';
import type { SparkplugMetric, SparkplugPayload } from './payload.ts';

/** A device of the site file and the folder of metrics that is its. */
export interface Claim {
  device: SiteDevice;
  folder: string;
}

/** What a birth certificate says of a metric; data messages may carry no more than its alias. */
export interface Definition {
  name: string;
  dataType: number | null;
  unit: string | null;
  /** Null: nobody declared whose it is, or it is no reading. */
  claim: Claim | null;
  /** What Kuzet calls it; the first of a device that means `temperature` is it, a second keeps its own name. */
  metric: string;
}

/** More than any node declares; what comes beyond is known by name only. */
const maxDefinitions = 10_000;
/** A node is asked for its birth certificates no oftener than this. */
const askAgainMs = 10_000;
/** So far behind what is due, a message was late or came twice; further, messages are missing. */
const maxLate = 8;

/** What is known of one node between two of its birth certificates. */
export interface NodeSession {
  /** The devices of the site file behind it, by Sparkplug's device name; '' is the node itself. */
  claims: ReadonlyMap<string, readonly Claim[]>;
  definitionOf(level: string, metric: SparkplugMetric): Definition | null;
  birth(level: string, payload: SparkplugPayload): void;
  /** Whether messages are missing before this one. */
  follows(seq: number | null): boolean;
  /** Whether this death is of the session that is known; then it ends. */
  death(payload: SparkplugPayload): boolean;
  readonly born: boolean;
  /** Whether to ask for certificates now. */
  mayAsk(nowMs: number): boolean;
  /** A yes/no that several metrics of a device say together: yes while any of them does. */
  anyYes(definition: Definition, level: string, yes: boolean): boolean;
}

const bdSeqOf = ({ metrics }: SparkplugPayload): string | null => {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value === undefined || value === null ? null : String(value);
};

export function createNodeSession(claims: ReadonlyMap<string, readonly Claim[]>): NodeSession {
  /** By `alias` alone, and by level and name. */
  const definitions = new Map<string, Definition>();
  const owners = new Map<string, string>();
  const yesSayers = new Map<string, Set<string>>();
  let due: number | null = null;
  let bdSeq: string | null = null;
  let born = false;
  let askedMs = Number.NEGATIVE_INFINITY;

  const nameKey = (level: string, name: string) => `${level}\n${name}`;
  const claimOf = (level: string, name: string): Claim | null => {
    let best: Claim | null = null;
    for (const claim of claims.get(level) ?? []) {
      if (name.startsWith(claim.folder) && (best === null || claim.folder.length > best.folder.length)) best = claim;
    }
    return best;
  };
  function define(level: string, metric: SparkplugMetric, name: string): Definition {
    const claim = isReading(name) ? claimOf(level, name) : null;
    const own = claim ? name.slice(claim.folder.length) : name;
    let word = metricOf(own);
    if (claim && typeof metric.value !== 'boolean') {
      const key = `${claim.device.id}\n${word}`;
      const owner = owners.get(key);
      if (owner === undefined) {
        if (owners.size < maxDefinitions) owners.set(key, nameKey(level, name));
      } else if (owner !== nameKey(level, name)) word = own.replaceAll('/', '.').replaceAll(' ', '_');
    }
    const definition = { name, dataType: metric.dataType, unit: metric.unit, claim, metric: word };
    if (definitions.size < maxDefinitions) {
      definitions.set(nameKey(level, name), definition);
      if (metric.alias !== null) definitions.set(metric.alias, definition);
    }
    return definition;
  }

  return {
    claims,
    get born() {
      return born;
    },
    definitionOf(level, metric) {
      if (metric.name !== null && metric.name !== '') {
        const known = definitions.get(nameKey(level, metric.name));
        if (known && (metric.alias === null || definitions.get(metric.alias) === known)) return known;
        return define(level, metric, metric.name);
      }
      return metric.alias === null ? null : (definitions.get(metric.alias) ?? null);
    },
    birth(level, payload) {
      if (level === '') {
        definitions.clear();
        owners.clear();
        yesSayers.clear();
        bdSeq = bdSeqOf(payload);
        born = true;
        due = payload.seq === null ? null : (payload.seq + 1) % 256;
      }
      for (const metric of payload.metrics) if (metric.name) define(level, metric, metric.name);
    },
    follows(seq) {
      if (seq === null) return true;
      const ahead = due === null ? 0 : (seq - due + 256) % 256;
      if (ahead >= 256 - maxLate) return true;
      due = (seq + 1) % 256;
      return ahead === 0;
    },
    death(payload) {
      const said = bdSeqOf(payload);
      if (said !== null && bdSeq !== null && said !== bdSeq) return false;
      born = false;
      due = null;
      return true;
    },
    mayAsk(nowMs) {
      if (nowMs - askedMs < askAgainMs && nowMs >= askedMs) return false;
      askedMs = nowMs;
      return true;
    },
    anyYes({ claim, metric, name }, level, yes) {
      const key = `${claim?.device.id}\n${metric}`;
      const sayers = yesSayers.get(key) ?? new Set();
      if (yes && sayers.size < maxDefinitions) sayers.add(nameKey(level, name));
      else sayers.delete(nameKey(level, name));
      if (sayers.size > 0) yesSayers.set(key, sayers);
      else yesSayers.delete(key);
      return sayers.size > 0;
    },
  };
}
