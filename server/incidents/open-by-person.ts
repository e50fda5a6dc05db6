import type { NewIncident } from '@kuzet/contracts/api.ts';
import type { IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import { type Done, type PersonsAct, type Refusal, refuse } from './actions.ts';
import { insertIncident, lockIncidentNumbers } from './new-incident.ts';

/** Without a person's word on it, what kills within minutes is critical. */
const priorityOf = (type: IncidentType): Priority =>
  type === 'fire' || type === 'gas' || type === 'medical' ? 'critical' : 'high';

/** Opens an incident from a person's report; the place comes from the zone or the site where no position is given. */
export async function openByPerson(act: PersonsAct, body: NewIncident): Promise<Done | Refusal> {
  const { tx, clock, changes, queue, actor } = act;
  const [zoneRow] = body.zoneId
    ? await tx.query<{ doc: Zone }>('select doc from kuzet.zones where id = $1 and removed_at is null', [body.zoneId])
    : [];
  if (body.zoneId && !zoneRow) return refuse('invalid-request', `no zone ${body.zoneId}`);
  const zone = zoneRow?.doc ?? null;
  const siteId = body.siteId ?? zone?.siteId ?? null;
  if (zone && zone.siteId !== siteId)
    return refuse('invalid-request', `zone ${zone.id} lies in ${zone.siteId}, not in ${siteId}`);
  const [siteRow] = siteId
    ? await tx.query<{ doc: Site }>('select doc from kuzet.sites where id = $1 and removed_at is null', [siteId])
    : [];
  if (siteId && !siteRow) return refuse('invalid-request', `no site ${siteId}`);

  const priority = body.priority ?? priorityOf(body.type);
  await lockIncidentNumbers(tx, clock);
  const incident = await insertIncident(tx, clock, {
    type: body.type,
    priority,
    drill: body.drill ?? false,
    siteId,
    zoneId: zone?.id ?? null,
    address: body.address ?? null,
    position: body.position ?? zone?.position ?? siteRow?.doc.position ?? null,
    description: body.description ?? null,
    source: 'person',
  });
  const agencyIds = priority === 'critical' ? await queue.autoAgencies(tx, body.type) : [];
  const { dispatchQueued } = await changes.apply(tx, incident, {
    timeline: [{ kind: 'opened', data: { source: 'person' } }],
    actor: actor.name,
    news: null,
    dispatchTo: { agencyIds, again: false },
  });
  return { ok: true, id: incident.id, touched: [incident.id], dispatchQueued };
}
