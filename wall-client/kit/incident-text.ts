import type { Language, LocalizedText } from '@kuzet/contracts/common.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import { type Incident, priorities, type TimelineEntry } from '@kuzet/contracts/incident.ts';
import { language, say } from './i18n.ts';
import { shortTime } from './time.ts';
import { common, conditionWords, dispositionWords, incidentTypeWords, priorityWords } from './words/common.ts';
import { consoleWords } from './words/console.ts';
import { timelineWords } from './words/timeline.ts';

/** `Өрт, «Аққу»`: what, and the site's name where it has one. */
export function titleOf(incident: Incident, lang: Language = language.value): string {
  const what = say(incidentTypeWords[incident.type], {}, lang);
  return incident.siteName ? `${what}, ${incident.siteName[lang]}` : what;
}

/** Zone, address and district, as far as they are known. */
export function placeOf(incident: Incident, lang: Language = language.value): string {
  const parts = [incident.zoneName, incident.address, incident.district].filter((part) => part !== null);
  return parts.length > 0 ? parts.map((part) => part[lang]).join(', ') : say(common.unknownPlace, {}, lang);
}

/** Severity, then what nobody has taken, then age: the oldest first. */
export function compareIncidents(a: Incident, b: Incident): number {
  return (
    priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
    Number(!isUntaken(a)) - Number(!isUntaken(b)) ||
    a.openedAt.localeCompare(b.openedAt)
  );
}

/** A dispatch that wants an officer's eye: past its limit, declined, or not delivered. */
export const inTrouble = (dispatch: Dispatch): boolean =>
  (dispatch.overdue && dispatch.acceptedAt === null) || dispatch.state === 'rejected' || dispatch.state === 'failed';

/** Nobody in the room has said "I have it" yet, whatever an agency has already done. */
export const isUntaken = (incident: Incident): boolean =>
  incident.acknowledgedAt === null && incident.state !== 'resolved' && incident.state !== 'closed';

const textIn = (text: LocalizedText | undefined, lang: Language): string | undefined => text?.[lang];

/**
 * The sentence of a timeline entry. Entries carry ids; names come from the incident's own alarms, dispatches and steps.
 * A blank that nothing fills is left out.
 */
export function sentenceOf(entry: TimelineEntry, incident: Incident, lang: Language = language.value): string {
  const { data } = entry;
  const word = (key: string): string | undefined => {
    const value = data[key];
    return value === undefined || value === null ? undefined : String(value);
  };
  const alarm = incident.alarms.find((item) => item.id === data.alarmId);
  const dispatch = incident.dispatches.find((item) => item.id === data.dispatchId || item.agencyId === data.agencyId);
  const step = incident.steps.find((item) => item.id === data.stepId);
  const priority = word('priority') ?? word('to');
  const eta = word('etaAt');
  const blanks: Record<string, string | undefined> = {
    device: textIn(alarm?.deviceName, lang) ?? word('deviceId'),
    condition: textIn(conditionWords[data.condition as keyof typeof conditionWords], lang),
    service: dispatch?.service ?? word('agencyId') ?? entry.actor,
    step: textIn(step?.text, lang) ?? word('stepId'),
    priority: textIn(priorityWords[priority as keyof typeof priorityWords], lang),
    disposition: textIn(dispositionWords[data.disposition as keyof typeof dispositionWords], lang),
    progress: textIn(progressWords[data.progress as keyof typeof progressWords], lang),
    incident: word('into') ?? word('from') ?? word('splitFrom'),
    eta: eta && shortTime(eta),
    camera: word('cameraId'),
    assignee: word('assignee'),
    unit: word('unit'),
    reason: word('reason'),
    note: word('note'),
    text: word('text'),
  };
  const filled = Object.fromEntries(Object.entries(blanks).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  return say(timelineWords[entry.kind], filled, lang)
    .replace(/\{\w+\}/g, '')
    .replace(/\s+([,.:])/g, '$1')
    .replace(/[\s,:.]+$/, '')
    .replace(/\s{2,}/g, ' ');
}

const progressWords = { 'en-route': consoleWords.stepEnRoute, 'on-scene': consoleWords.stepOnScene };

/** `дым: 3 (Дымовой извещатель 304, …)`: active alarms by what was seen, so that a flood stays readable. */
export function alarmSummary(incident: Incident, lang: Language = language.value): string[] {
  const byCondition = new Map<string, string[]>();
  for (const alarm of incident.alarms) {
    if (alarm.state !== 'active') continue;
    byCondition.set(alarm.condition, [...(byCondition.get(alarm.condition) ?? []), alarm.deviceName[lang]]);
  }
  return [...byCondition].map(([condition, names]) => {
    const rest = names.length > 2 ? ` +${names.length - 2}` : '';
    return `${conditionWords[condition as keyof typeof conditionWords][lang]}: ${names.slice(0, 2).join(', ')}${rest}`;
  });
}
