import type { webhookTypes } from '@kuzet/contracts/api.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';

export type WebhookType = (typeof webhookTypes)[number];

export interface WebhookMessage {
  type: WebhookType;
  /** RFC 3339: when what it tells happened. */
  timestamp: string;
  data: { dispatchId: string; sequence: number; incident: Incident };
}

/** Standard Webhooks 1.0 asks for payloads below 20 kB. */
export const largestBodyBytes = 20_000;

/** What may go, least needed at the scene first; each turn leaves less until the body fits. */
const trims: readonly ((incident: Incident) => Incident)[] = [
  (incident) => ({ ...incident, timeline: incident.timeline.slice(-20) }),
  (incident) => ({ ...incident, timeline: incident.timeline.slice(-5) }),
  (incident) => ({ ...incident, timeline: [] }),
  (incident) => ({ ...incident, steps: [] }),
  // The first alarm says where it began, the latest where it has got to.
  (incident) => ({ ...incident, alarms: [...incident.alarms.slice(0, 3), ...incident.alarms.slice(3).slice(-12)] }),
  (incident) => ({ ...incident, description: cut(incident.description, 1_000) }),
  (incident) => ({ ...incident, alarms: incident.alarms.slice(0, 3), description: cut(incident.description, 200) }),
  (incident) => ({ ...incident, dispatches: incident.dispatches.slice(0, 5) }),
];

const cut = (text: string | null, most: number): string | null =>
  text !== null && text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** The body as it is signed and sent, below 20 kB: the timeline is trimmed first, from its oldest end. */
export function webhookBody(message: WebhookMessage): string {
  let incident = message.data.incident;
  let body = JSON.stringify(message);
  for (const trim of trims) {
    if (Buffer.byteLength(body) < largestBodyBytes) break;
    incident = trim(incident);
    body = JSON.stringify({ ...message, data: { ...message.data, incident } });
  }
  return body;
}
