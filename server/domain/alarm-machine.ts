import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { Verdict } from './alarm-rules.ts';

/** An open alarm of one device and condition (ISA-18.2: active; whether acknowledged is a person's business). */
export interface ActiveAlarm {
  /** The metric that raised it, whose values it shows. */
  metric: string;
  peakValue: MetricValue;
  /** Metrics that say so at present. */
  sources: readonly string[];
}

export interface AlarmInput {
  metric: string;
  value: MetricValue;
  verdict: Verdict;
  /** The device is in test mode or out of service: it raises nothing (EN 54-2 test and disablement conditions). */
  muted: boolean;
}

export type AlarmChange =
  | { kind: 'none' }
  | { kind: 'raise' }
  | { kind: 'update'; peakValue: MetricValue; sources: string[] }
  | { kind: 'clear' };

const none: AlarmChange = { kind: 'none' };

/**
 * One step of an alarm. Raises once; while active only the worst value and the set of metrics that say so change; clears
 * when the last of them does. A condition that returns after clearing raises again, also when the device never stopped
 * sending the same word in between. Muting keeps alarms from being raised, never from clearing.
 */
export function stepAlarm(active: ActiveAlarm | null, { metric, value, verdict, muted }: AlarmInput): AlarmChange {
  if (!active) return verdict === 'raise' && !muted ? { kind: 'raise' } : none;
  const isSource = active.sources.includes(metric);
  if (verdict === 'clear') {
    if (!isSource) return none;
    const sources = active.sources.filter((source) => source !== metric);
    return sources.length === 0 ? { kind: 'clear' } : { kind: 'update', peakValue: active.peakValue, sources };
  }
  if (verdict === 'hold' && !isSource) return none;
  if (verdict === 'raise' && muted && !isSource) return none;
  const worse =
    metric === active.metric &&
    typeof value === 'number' &&
    typeof active.peakValue === 'number' &&
    value > active.peakValue;
  if (isSource && !worse) return none;
  return {
    kind: 'update',
    peakValue: worse ? value : active.peakValue,
    sources: isSource ? [...active.sources] : [...active.sources, metric],
  };
}
