import type { FastifyInstance } from 'fastify';

export interface AuditEntry {
  actor: string;
  role: string | null;
  action: string;
  subject: string | null;
  address: string | null;
  outcome: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the mutation was about when the address does not say: a new thing's id, a sign-in's user name. */
    auditSubject: string | null;
  }
}

/** Refused requests carry what they like, and PostgreSQL takes no NUL: their line must not be lost for it. */
const storable = (text: string) => text.slice(0, 200).replaceAll('\0', '\ufffd');

/**
 * Writes every mutation of a signed-in caller, and every sign-in, before its answer leaves. Floods that the sign-in
 * limit refused are not written: nobody may fill the log from outside.
 */
export function auditMutations(app: FastifyInstance, write: (entry: AuditEntry) => Promise<void>): void {
  app.decorateRequest('auditSubject', null);
  app.addHook('onSend', async (request, reply) => {
    const { action, access } = request.routeOptions.config;
    if (!action || reply.statusCode === 429 || (!request.session && access !== 'open')) return;
    const { id, stepId } = request.params as { id?: string; stepId?: string };
    const named = request.auditSubject ?? ([id, stepId].filter(Boolean).join('/') || null);
    const subject = named && storable(named);
    try {
      await write({
        actor: request.session?.user.username ?? subject ?? '-',
        role: request.session?.user.role ?? null,
        action,
        subject,
        address: request.ip,
        outcome: reply.statusCode < 400 ? 'ok' : (request.problemCode ?? 'internal'),
      });
    } catch (err) {
      // The action is done and its own timeline tells of it: an answer that calls it failed would be the worse lie.
      request.log.error({ err, action, subject }, 'audit log cannot be written');
    }
  });
}
