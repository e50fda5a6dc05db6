import type { MetricValue } from '@kuzet/contracts/device.ts';
import { alarmLaneMetrics } from '@kuzet/contracts/metrics.ts';
import { maxTextLength, maxValues, metricName, toMetricValue } from './metric-value.ts';
import { type ProfileItem, type ProfileResult, refuse } from './profile.ts';

/** When a reading was taken, and who says so; spread into its item. */
export type Observed = Pick<Extract<ProfileItem, { t: 'reading' }>, 'observedAtMs' | 'ownTime' | 'senderKey'>;

/** Collects what one message says: what fits is taken, what does not is told, and neither costs the other. */
export interface Gathering {
  /**
   * A value of a known meaning: one that does not fit is told, with the vendor's word for it (`said`). null and undefined
   * are values not known yet. Yes from any of several words for one alarm is yes.
   */
  take(metric: string, value: unknown, said?: string): void;
  /** A value under the vendor's own name, unit as it came; what cannot be a metric is left out. */
  pass(name: string, value: unknown): void;
  fault(reason: string): void;
  has(metric: string): boolean;
  result(observed: Observed): ProfileResult;
}

export function createGathering(): Gathering {
  const values: Record<string, MetricValue> = {};
  const faults: string[] = [];
  function take(metric: string, value: unknown, said?: string): void {
    if (value === null || value === undefined) return;
    const result = toMetricValue(metric, value);
    if ('refused' in result) faults.push(said === undefined ? result.refused : `${said}: ${result.refused}`);
    else if (!(values[metric] === true && result.value === false && alarmLaneMetrics.has(metric))) {
      values[metric] = result.value;
    }
  }
  return {
    take,
    pass(name, value) {
      if (value === null || value === undefined || typeof value === 'object' || !metricName.test(name)) return;
      if (typeof value === 'string' && value.length > maxTextLength) return;
      take(name, value);
    },
    fault: (reason) => void faults.push(reason),
    has: (metric) => Object.hasOwn(values, metric),
    result(observed) {
      const count = Object.keys(values).length;
      if (count > maxValues) return refuse(`${count} values in one message; at most ${maxValues}`);
      return {
        items: count > 0 ? [{ t: 'reading', ...observed, values }] : [],
        refused: faults.length > 0 ? faults.slice(0, 3).join('; ') : null,
      };
    },
  };
}

/** Presence by a word of two, in any case; an empty payload is how a retained one is taken away. */
export function readPresence(payload: Buffer, online: string, offline: string): ProfileResult {
  if (payload.length === 0) return { items: [], refused: null };
  const said = payload.toString('utf8', 0, 32).trim().toLowerCase();
  if (said === online || said === offline) {
    return { items: [{ t: 'device-status', online: said === online }], refused: null };
  }
  return refuse(`presence is neither ${online} nor ${offline}`);
}

/** Before this a device's clock was never set: it counts from 1970 or from its firmware's build. */
const neverSetMs = Date.UTC(2020, 0, 1);

/** The sender's time in epoch ms where it has one; the edge's clock where its own was never set. */
export function observedAt(saidMs: number | null, nowMs: number): Observed {
  if (saidMs === null || !Number.isFinite(saidMs) || saidMs < neverSetMs || saidMs > maxTimeMs) {
    return { observedAtMs: nowMs };
  }
  return { observedAtMs: Math.round(saidMs), ownTime: true };
}

/** The last moment that RFC 3339 has a name for. */
const maxTimeMs = Date.UTC(9999, 11, 31, 23, 59, 59);
