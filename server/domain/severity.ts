import { type IncidentType, type Priority, priorities, type Severity } from '@kuzet/contracts/incident.ts';

/** Types in which people die within minutes. */
const deadly: ReadonlySet<IncidentType> = new Set<IncidentType>(['fire', 'gas', 'medical']);

/** CAP 1.2 severity of an incident: what screens call critical is extreme where it is deadly, severe where it is not. */
export function severityOf(type: IncidentType, priority: Priority): Severity {
  const urgent = deadly.has(type);
  if (priority === 'critical') return urgent ? 'extreme' : 'severe';
  if (priority === 'high') return urgent ? 'severe' : 'moderate';
  return 'minor';
}

/** The more urgent of two. */
export function higherPriority(a: Priority, b: Priority): Priority {
  return priorities.indexOf(a) <= priorities.indexOf(b) ? a : b;
}
