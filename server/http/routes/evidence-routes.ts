import type { Readable } from 'node:stream';
import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import { EvidenceList } from '@kuzet/contracts/evidence.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import { actorOf } from '../ports.ts';
import { found, ProblemError, unwrap } from '../problems.ts';
import { parseRange } from '../range.ts';

interface StoredFile {
  sizeBytes: number;
  contentType: string;
  read(start: number, end: number): Readable;
  close(): Promise<void>;
}

export interface EvidenceRoutesDeps {
  /** Refuses an incident that the caller may not see. */
  getIncident(id: string, actor: Actor): Promise<ActionResult<Incident>>;
  list(incidentId: string): Promise<EvidenceList>;
  open(incidentId: string, name: string): Promise<StoredFile | null>;
  publicKeyPem: string;
}

const ById = Type.Object({ id: Type.String({ pattern: '^INC-[0-9]{4}-[0-9]{6,}$' }) });
const ByFile = Type.Object({
  ...ById.properties,
  file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$' }),
});
const tags = ['evidence'];
const access = ['view', 'desk'] as const;

/** Clips and stills of incidents, for whoever may see the incident. Every download stands in the audit log. */
export function evidenceRoutes(app: HttpApp, deps: EvidenceRoutesDeps): void {
  app.get(
    '/api/v1/incidents/:id/evidence',
    {
      schema: { tags, summary: 'Clips and stills of an incident', params: ById, response: { 200: EvidenceList } },
      config: { access },
    },
    async (request) => {
      const { id } = unwrap(await deps.getIncident(request.params.id, actorOf(userOf(request))));
      return deps.list(id);
    },
  );
  app.get(
    '/api/v1/incidents/:id/evidence/:file',
    {
      schema: { tags, summary: 'One file of it; Range as in RFC 9110', params: ByFile },
      config: { access, action: 'evidence.download' },
    },
    async (request, reply) => {
      const { id, file: name } = request.params;
      request.auditSubject = `${id}/${name}`;
      unwrap(await deps.getIncident(id, actorOf(userOf(request))));
      const file = found(await deps.open(id, name), `file ${name} of ${id}`);
      const range = parseRange(request.headers.range, file.sizeBytes);
      reply.header('accept-ranges', 'bytes').header('cache-control', 'private, no-store');
      if (range === 'unsatisfiable') {
        await file.close();
        throw new ProblemError('invalid-request', `It has ${file.sizeBytes} bytes.`, {
          'content-range': `bytes */${file.sizeBytes}`,
        });
      }
      const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 };
      if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${file.sizeBytes}`);
      return reply
        .type(file.contentType)
        .header('content-length', end - start + 1)
        .header('content-disposition', `attachment; filename="${id}-${name}"`)
        .send(file.read(start, end));
    },
  );
  app.get(
    '/api/v1/evidence-key',
    { schema: { tags, summary: 'Public key that evidence is signed with, in PEM' }, config: { access: 'signed-in' } },
    async (_request, reply) => reply.type('application/x-pem-file').send(deps.publicKeyPem),
  );
}
