import type { DeviceKind, MetricValue } from '@kuzet/contracts/device.ts';
import type { AlarmCondition, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { KnownMetric } from '@kuzet/contracts/metrics.ts';

/** One line of the rule set. A yes/no rule raises on true and clears on false. */
export interface AlarmRule {
  condition: AlarmCondition;
  metric: KnownMetric;
  /** Null: any kind of device. */
  kinds: readonly DeviceKind[] | null;
  /** Raises at `raiseAt` and above, clears below `clearBelow`; in the metric's unit. Absent: yes/no. */
  threshold?: { raiseAt: number; clearBelow: number };
  priority: Priority;
  /** Null: the alarm is shown and logged, but is no incident. */
  incidentType: IncidentType | null;
}

const fireDetectors: readonly DeviceKind[] = ['smoke-detector', 'heat-detector'];

/**
 * The first rule set. A metric that no rule names raises nothing.
 *
 * Heat: 57 °C lies in the static response band of EN 54-5 class A1 (54–65 °C); it clears below 50 °C, the highest
 * temperature that class may stand in without an alarm. On fire detectors only: a weather station in the sun is no fire.
 *
 * Smoke density: a pre-alarm (EN 54-2) at about half of what point detectors of EN 54-7 alarm at. It calls a person to
 * look, and because its priority is not critical it calls no agency.
 */
export const alarmRules: readonly AlarmRule[] = [
  { condition: 'smoke', metric: 'smoke', kinds: null, priority: 'critical', incidentType: 'fire' },
  { condition: 'smoke', metric: 'alarm', kinds: ['smoke-detector'], priority: 'critical', incidentType: 'fire' },
  {
    condition: 'smoke-density',
    metric: 'smokeDensity',
    kinds: fireDetectors,
    threshold: { raiseAt: 2, clearBelow: 1 },
    priority: 'high',
    incidentType: 'fire',
  },
  {
    condition: 'heat',
    metric: 'temperature',
    kinds: fireDetectors,
    threshold: { raiseAt: 57, clearBelow: 50 },
    priority: 'critical',
    incidentType: 'fire',
  },
  { condition: 'heat', metric: 'alarm', kinds: ['heat-detector'], priority: 'critical', incidentType: 'fire' },
  {
    condition: 'manual-call-point',
    metric: 'alarm',
    kinds: ['manual-call-point'],
    priority: 'critical',
    incidentType: 'fire',
  },
  { condition: 'panel-fire', metric: 'fire', kinds: null, priority: 'critical', incidentType: 'fire' },
  { condition: 'panel-fire', metric: 'alarm', kinds: ['fire-panel'], priority: 'critical', incidentType: 'fire' },
  { condition: 'gas', metric: 'gas', kinds: null, priority: 'critical', incidentType: 'gas' },
  { condition: 'gas', metric: 'alarm', kinds: ['gas-detector'], priority: 'critical', incidentType: 'gas' },
  { condition: 'door-forced', metric: 'forced', kinds: null, priority: 'high', incidentType: 'intrusion' },
  { condition: 'water-leak', metric: 'leak', kinds: null, priority: 'high', incidentType: 'water' },
  // Gauges are set so that 0 is the mean level and 3 m the bank; a gauge with another datum sends `alarm` itself.
  {
    condition: 'water-level',
    metric: 'level',
    kinds: ['water-level'],
    threshold: { raiseAt: 3, clearBelow: 2.8 },
    priority: 'high',
    incidentType: 'water',
  },
  { condition: 'water-level', metric: 'alarm', kinds: ['water-level'], priority: 'high', incidentType: 'water' },
  { condition: 'device-fault', metric: 'fault', kinds: null, priority: 'routine', incidentType: null },
  { condition: 'device-fault', metric: 'tamper', kinds: null, priority: 'routine', incidentType: null },
  { condition: 'device-fault', metric: 'batteryLow', kinds: null, priority: 'routine', incidentType: null },
];

/** What a value says to a rule. `hold`: between the thresholds, or not a value that the rule understands. */
export type Verdict = 'raise' | 'clear' | 'hold';

export interface Signal {
  rule: AlarmRule;
  verdict: Verdict;
}

const rulesByMetric = new Map<string, AlarmRule[]>();
for (const rule of alarmRules) rulesByMetric.set(rule.metric, [...(rulesByMetric.get(rule.metric) ?? []), rule]);

/** Whether any rule looks at the metric at all: most readings end here. */
export const isAlarmMetric = (metric: string): boolean => rulesByMetric.has(metric);

/** What one value of a device says, one signal a rule that applies to its kind. */
export function judge(kind: DeviceKind, metric: string, value: MetricValue): Signal[] {
  return (rulesByMetric.get(metric) ?? [])
    .filter((rule) => rule.kinds === null || rule.kinds.includes(kind))
    .map((rule) => ({ rule, verdict: verdictOf(rule, value) }));
}

function verdictOf({ threshold }: AlarmRule, value: MetricValue): Verdict {
  if (!threshold) return value === true ? 'raise' : value === false ? 'clear' : 'hold';
  if (typeof value !== 'number') return 'hold';
  if (value >= threshold.raiseAt) return 'raise';
  return value < threshold.clearBelow ? 'clear' : 'hold';
}
