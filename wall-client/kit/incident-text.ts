import type { Language, LocalizedText } from '@kuzet/contracts/common.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import { type Incident, priorities, type TimelineEntry } from '@kuzet/contracts/incident.ts';
import { language, say } from './i18n.ts';
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
    Number(a.state !== 'new') - Number(b.state !== 'new') ||
    a.openedAt.localeCompare(b.openedAt)
  );
}

/** A dispatch that wants an officer's eye: past its limit, declined, or not delivered. */
export const inTrouble = (dispatch: Dispatch): boolean =>
  (dispatch.overdue && dispatch.acceptedAt === null) || dispatch.state === 'rejected' || dispatch.state === 'failed';

const isText = (value: unknown): value is LocalizedText => typeof (value as LocalizedText | null)?.kk === 'string';

/** The sentence of a timeline entry. Blanks that its data does not fill are left out. */
export function sentenceOf(entry: TimelineEntry, lang: Language = language.value): string {
  const params: Record<string, string> = {};
  for (const [key, value] of Object.entries(entry.data)) {
    if (value === null || value === undefined) continue;
    params[key] = isText(value) ? value[lang] : wordFor(key, String(value), lang);
  }
  const words = timelineWords[entry.kind];
  return say(words, params, lang)
    .replace(/\{\w+\}/g, '')
    .replace(/\s+([,.:])/g, '$1')
    .replace(/[\s,:.]+$/, '')
    .replace(/\s{2,}/g, ' ');
}

function wordFor(key: string, value: string, lang: Language): string {
  const lists: Record<string, Record<string, LocalizedText>> = {
    condition: conditionWords,
    disposition: dispositionWords,
    priority: priorityWords,
    progress: { 'en-route': consoleWords.stepEnRoute, 'on-scene': consoleWords.stepOnScene },
  };
  return lists[key]?.[value]?.[lang] ?? value;
}
