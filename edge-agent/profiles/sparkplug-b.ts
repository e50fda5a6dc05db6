import { type KnownMetric, knownMetrics } from '@kuzet/contracts/metrics.ts';
import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { maxValues, toMetricValue } from './metric-value.ts';
import {
  type Profile,
  type ProfileReader,
  type ReaderItem,
  type ReaderMessage,
  type ReaderResult,
  readsWithState,
  type Sighting,
} from './profile.ts';
import { type Address, messageTypes, parseDeclared, parseTopic } from './sparkplug/address.ts';
import { inKeptUnit, isReading, metricOf, plainValue, said } from './sparkplug/metric-reading.ts';
import { type Claim, createNodeSession, type NodeSession } from './sparkplug/node-session.ts';
import { decodePayload, type SparkplugMetric, type SparkplugPayload } from './sparkplug/payload.ts';
import { rebirthRequest } from './sparkplug/rebirth.ts';

const declaredTopic = ({ topic, id }: SiteDevice): string => topic ?? `spBv1.0/kuzet/${id}`;
const ignoredTopic = /^spBv1\.0\/(?:STATE\/[^/]+|[^/]+\/(?:NCMD|DCMD)\/.+)$/;
const types: ReadonlySet<string> = new Set(messageTypes);
const maxFaults = 3;

/** The level that a message speaks of within its node: '' is the node itself. */
const levelOf = ({ device }: Address): string => device ?? '';

/** Nodes of the site file, each with what hangs behind it. */
function nodesOf(devices: readonly SiteDevice[]): Map<string, Map<string, Claim[]>> {
  const nodes = new Map<string, Map<string, Claim[]>>();
  for (const device of devices) {
    const declared = parseDeclared(declaredTopic(device));
    if (!declared) continue;
    const levels = nodes.get(declared.node) ?? new Map<string, Claim[]>();
    nodes.set(declared.node, levels);
    const level = declared.device ?? '';
    levels.set(level, [...(levels.get(level) ?? []), { device, folder: declared.folder }]);
  }
  return nodes;
}

const namesOf = (claims: ReadonlyMap<string, readonly Claim[]>): string =>
  JSON.stringify([...claims].map(([level, all]) => [level, all.map(({ device, folder }) => [device.id, folder])]));

function openReader(): ProfileReader {
  let sessions = new Map<string, NodeSession>();

  function readMessage(message: ReaderMessage, address: Address): ReaderResult {
    const payload = decodePayload(message.payload);
    if ('refused' in payload) return { items: [], refused: payload.refused };
    const session = sessions.get(address.node);
    const level = levelOf(address);
    const claims = session?.claims.get(level) ?? [];
    // What came before its time says nothing of the session that is.
    const live = !message.stale;
    if (session && address.type === 'NDEATH') {
      if (!live || !session.death(payload)) return { items: [], refused: null };
      return { items: offline([...session.claims.values()].flat()), refused: null };
    }
    const follows = !session || !live || address.type === 'NBIRTH' || session.follows(payload.seq);
    const isBirth = address.type.endsWith('BIRTH');
    if (session && live && isBirth) session.birth(level, payload);
    if (!session || claims.length === 0) {
      // A node that holds devices of ours and no reading of its own is no stranger.
      const quiet = session && level === '' && !payload.metrics.some(({ name }) => name === null || isReading(name));
      if (quiet) return { items: [], refused: null };
      const sighting = isBirth ? sightingOf(address, payload) : null;
      return {
        items: [],
        refused: `unknown device ${address.node}${address.device === null ? '' : `/${address.device}`}`,
        ...(sighting ? { sightings: [sighting] } : {}),
      };
    }
    if (address.type.endsWith('DATA') && payload.metrics.length === 0) return { items: [], refused: 'no metric in it' };
    if (address.type === 'DDEATH') return { items: live ? offline(claims) : [], refused: null };

    const { items, faults, namesMissing } = readMetrics(session, level, payload, message.nowMs);
    if (isBirth && live) {
      items.unshift(...claims.map(({ device }) => ({ t: 'device-status' as const, online: true, device: device.id })));
    }
    if (namesMissing) faults.unshift('a metric by alias, of which no birth certificate was heard');
    if (!follows) faults.unshift('messages of this node are missing before this one');
    const ask = live && (!follows || namesMissing || !session.born) && session.mayAsk(message.nowMs);
    return {
      items,
      refused: faults.length > 0 ? faults.slice(0, maxFaults).join('; ').slice(0, 500) : null,
      ...(ask ? { publish: [rebirthRequest(address, message.nowMs)] } : {}),
    };
  }

  return {
    devices(devices) {
      const next = new Map<string, NodeSession>();
      for (const [node, claims] of nodesOf(devices)) {
        const known = sessions.get(node);
        next.set(node, known && namesOf(known.claims) === namesOf(claims) ? known : createNodeSession(claims));
      }
      sessions = next;
    },
    route(topic) {
      if (!topic.startsWith('spBv1.0/')) return null;
      return parseTopic(topic)?.type ?? null;
    },
    read(message) {
      const address = types.has(message.kind) ? parseTopic(message.topic) : null;
      return address ? readMessage(message, address) : { items: [], refused: 'Sparkplug has no message on this topic' };
    },
  };
}

const offline = (claims: readonly Claim[]): ReaderItem[] =>
  claims.map(({ device }) => ({ t: 'device-status', online: false, device: device.id }));

/** One reading a device, moment, and 64 values. */
function readMetrics(session: NodeSession, level: string, payload: SparkplugPayload, nowMs: number) {
  const readings = new Map<string, Extract<ReaderItem, { t: 'reading' }>>();
  const counts = new Map<string, number>();
  const faults: string[] = [];
  let namesMissing = false;
  for (const metric of payload.metrics) {
    const definition = session.definitionOf(level, metric);
    if (!definition) {
      namesMissing = true;
      continue;
    }
    if (!definition.claim || metric.isNull) continue;
    const value = takenValue(metric, definition, faults);
    if (value === undefined) continue;
    const result = toMetricValue(definition.metric, value);
    if ('refused' in result) {
      faults.push(result.refused);
      continue;
    }
    const { device } = definition.claim;
    const saidMs = metric.timestampMs ?? payload.timestampMs;
    const moment = `${device.id}\n${saidMs}\n${metric.isHistorical}`;
    const count = counts.get(moment) ?? 0;
    counts.set(moment, count + 1);
    const key = `${moment}\n${Math.floor(count / maxValues)}`;
    const reading = readings.get(key) ?? {
      t: 'reading' as const,
      device: device.id,
      observedAtMs: saidMs ?? nowMs,
      values: {},
      ...(saidMs === null ? {} : { ownTime: true as const }),
      ...(metric.isHistorical ? { historical: true as const } : {}),
    };
    readings.set(key, reading);
    // A yes among several that say the same stays one until the last of them takes it back.
    const shared = typeof result.value === 'boolean' && !metric.isHistorical;
    reading.values[definition.metric] = shared
      ? session.anyYes(definition, level, result.value === true)
      : result.value;
  }
  return { items: [...readings.values()] as ReaderItem[], faults, namesMissing };
}

/** Undefined where there is nothing to take; what is wrong goes to `faults`. */
function takenValue(
  metric: SparkplugMetric,
  definition: { name: string; metric: string; dataType: number | null; unit: string | null },
  faults: string[],
): unknown {
  if (metric.isCompound) {
    faults.push(`${definition.metric} is no single value (a data set, a template, bytes)`);
    return undefined;
  }
  if (metric.value === null) {
    faults.push(`${definition.metric} has no value`);
    return undefined;
  }
  const value = plainValue(metric.value, metric.dataType ?? definition.dataType);
  if (!Object.hasOwn(knownMetrics, definition.metric)) return value;
  const kept = inKeptUnit(said(value), metric.unit ?? definition.unit, knownMetrics[definition.metric as KnownMetric]);
  if (kept === null) {
    faults.push(`${definition.metric} is in a unit that is not known for it`);
    return undefined;
  }
  return kept.value;
}

function sightingOf({ node, nodeName, device }: Address, { metrics }: SparkplugPayload): Sighting | null {
  const names = new Set(
    metrics.map(({ name }) => name).filter((name) => name !== null && name !== '' && isReading(name)),
  );
  if (names.size === 0) return null;
  const words = new Set([...names].slice(0, maxValues).map((name) => metricOf(name!)));
  return {
    topic: `spBv1.0/${node}${device === null ? '' : `/${device}`}`,
    id: device === null ? nodeName : `${nodeName}-${device}`,
    metrics: [...words].map((name) => ({
      name,
      unit: Object.hasOwn(knownMetrics, name) ? knownMetrics[name as KnownMetric] : '',
    })),
  };
}

/**
 * Sparkplug B 3.0: birth certificates name what data messages say by alias, sequence numbers tell what went missing, and
 * death certificates take a node and all behind it offline. `topic` in the site file:
 * `spBv1.0/{group}/{node}[/{device}[/{folder of its metrics}]]`.
 */
export const sparkplugB: Profile = {
  name: 'sparkplug-b',
  // Nobody publishes there; it is the device's alone, which is what counts.
  topics: (device) => [{ topic: declaredTopic(device), kind: 'address' }],
  unknownDevice: () => null,
  ignores: (topic) => ignoredTopic.test(topic),
  read: readsWithState,
  open: openReader,
};
