import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import { AlarmRecord, AlarmsQuery } from '@kuzet/contracts/alarm.ts';
import { Page } from '@kuzet/contracts/api.ts';
import { Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { actorOf, type Listing } from '../ports.ts';
import { unwrap } from '../problems.ts';

export interface AlarmRoutesDeps {
  list(query: AlarmsQuery): Listing<AlarmRecord>;
  acknowledge(id: string, actor: Actor): Promise<ActionResult<AlarmRecord>>;
}

/** Alarms of every kind, those of no incident with their acknowledgement. */
export function alarmRoutes(app: HttpApp, alarms: AlarmRoutesDeps): void {
  const tags = ['alarms'];
  app.get(
    '/api/v1/alarms',
    {
      schema: {
        tags,
        summary: 'Alarms, newest first; incident=false: faults and silence',
        querystring: AlarmsQuery,
        response: { 200: Page(AlarmRecord) },
      },
      config: { access: 'view' },
    },
    async ({ query }) => unwrap(await alarms.list(query)),
  );
  app.post(
    '/api/v1/alarms/:id/acknowledge',
    {
      schema: {
        tags,
        summary: 'Acknowledge an alarm of no incident',
        params: Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) }),
        response: { 200: AlarmRecord },
      },
      config: { access: ['operate', 'engineer'], action: 'alarm.acknowledge' },
    },
    async (request) => unwrap(await alarms.acknowledge(request.params.id, actorOf(userOf(request)))),
  );
}
