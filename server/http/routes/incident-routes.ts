import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import {
  AcknowledgeBody,
  AssignBody,
  CloseBody,
  DispatchBody,
  IncidentsQuery,
  MergeBody,
  NewIncident,
  NoteBody,
  Page,
  PriorityBody,
  ResolveBody,
  SplitBody,
  StepBody,
} from '@kuzet/contracts/api.ts';
import { Incident } from '@kuzet/contracts/incident.ts';
import { type Static, type TObject, Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { actorOf, type Listing } from '../ports.ts';
import { unwrap } from '../problems.ts';

type Act<B extends TObject> = (id: string, body: Static<B>, actor: Actor) => Promise<ActionResult<Incident>>;

export interface IncidentRoutesDeps {
  list(query: Static<typeof IncidentsQuery>, actor: Actor): Listing<Incident>;
  get(id: string, actor: Actor): Promise<ActionResult<Incident>>;
  open(body: NewIncident, actor: Actor): Promise<ActionResult<Incident>>;
  acknowledge: Act<typeof AcknowledgeBody>;
  assign: Act<typeof AssignBody>;
  dispatch: Act<typeof DispatchBody>;
  resolve: Act<typeof ResolveBody>;
  close: Act<typeof CloseBody>;
  note: Act<typeof NoteBody>;
  merge: Act<typeof MergeBody>;
  split: Act<typeof SplitBody>;
  setPriority: Act<typeof PriorityBody>;
  setStep(id: string, stepId: string, body: Static<typeof StepBody>, actor: Actor): Promise<ActionResult<Incident>>;
}

const tags = ['incidents'];
const ById = Type.Object({ id: Type.String({ pattern: '^INC-[0-9]{4}-[0-9]{6,}$' }) });
const ByStep = Type.Object({ ...ById.properties, stepId: Type.String({ maxLength: 64 }) });

/** Incidents, and everything that people do to them. */
export function incidentRoutes(app: HttpApp, incidents: IncidentRoutesDeps): void {
  app.get(
    '/api/v1/incidents',
    {
      schema: {
        tags,
        summary: 'Incidents, newest first; an agency sees its own',
        querystring: IncidentsQuery,
        response: { 200: Page(Incident) },
      },
      config: { access: ['view', 'desk'] },
    },
    async (request) => unwrap(await incidents.list(request.query, actorOf(userOf(request)))),
  );
  app.get(
    '/api/v1/incidents/:id',
    {
      schema: { tags, summary: 'One incident', params: ById, response: { 200: Incident } },
      config: { access: ['view', 'desk'] },
    },
    async (request) => unwrap(await incidents.get(request.params.id, actorOf(userOf(request)))),
  );
  app.post(
    '/api/v1/incidents',
    {
      schema: { tags, summary: 'A person reports an incident', body: NewIncident, response: { 201: Incident } },
      config: { access: 'operate', action: 'incident.open' },
    },
    async (request, reply) => {
      const incident = unwrap(await incidents.open(request.body, actorOf(userOf(request))));
      request.auditSubject = incident.id;
      return reply.code(201).header('location', `/api/v1/incidents/${incident.id}`).send(incident);
    },
  );

  const action = <B extends TObject>(name: string, summary: string, body: B, act: Act<B>) =>
    app.post(
      `/api/v1/incidents/:id/${name}`,
      {
        schema: { tags, summary, params: ById, body: body as TObject, response: { 200: Incident } },
        config: { access: 'operate', action: `incident.${name}` },
      },
      async (request) =>
        unwrap(await act((request.params as { id: string }).id, request.body as Static<B>, actorOf(userOf(request)))),
    );
  action('acknowledge', 'An officer has seen it', AcknowledgeBody, incidents.acknowledge);
  action('assign', 'Who looks after it', AssignBody, incidents.assign);
  action('dispatch', 'Hand it to agencies', DispatchBody, incidents.dispatch);
  action('resolve', 'It is over', ResolveBody, incidents.resolve);
  action('close', 'Close it with a disposition', CloseBody, incidents.close);
  action('note', 'Write a note', NoteBody, incidents.note);
  action('merge', 'It is the same as another; answers that one', MergeBody, incidents.merge);
  action('split', 'Some of its alarms are another incident; answers the new one', SplitBody, incidents.split);
  action('priority', 'Change its priority', PriorityBody, incidents.setPriority);

  for (const method of ['POST', 'PUT'] as const) {
    app.route({
      method,
      url: '/api/v1/incidents/:id/steps/:stepId',
      schema: {
        tags,
        summary: 'Tick a step of the procedure',
        params: ByStep,
        body: StepBody,
        response: { 200: Incident },
      },
      config: { access: 'operate', action: 'incident.step' },
      handler: async (request) => {
        const { id, stepId } = request.params as Static<typeof ByStep>;
        const body = request.body as Static<typeof StepBody>;
        return unwrap(await incidents.setStep(id, stepId, body, actorOf(userOf(request))));
      },
    });
  }
}
