import { STATUS_CODES } from 'node:http';
import type { ActionResult } from '@kuzet/contracts/actor.ts';
import type { Problem } from '@kuzet/contracts/common.ts';
import { type ProblemCode, problemCodes } from '@kuzet/contracts/errors.ts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the problem this request was answered with, for the audit log. */
    problemCode: ProblemCode | null;
  }
}

/** An answer of RFC 9457. Thrown or sent, it reads the same. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }
}

/** The value of an action, or its refusal as a problem. */
export function unwrap<T>(result: ActionResult<T>): T {
  if (!result.ok) throw new ProblemError(result.code, result.detail);
  return result.value;
}

/** `what` with its name, or a 404. */
export function found<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new ProblemError('not-found', `There is no ${what}.`);
  return value;
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  detail?: string,
  more: { status?: number; errors?: Problem['errors'] } = {},
): FastifyReply {
  const status = more.status ?? problemCodes[code];
  request.problemCode = code;
  const body: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    ...(detail && { detail }),
    ...(more.errors && { errors: more.errors }),
  };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

interface SchemaFault {
  keyword: string;
  instancePath: string;
  message?: string;
  params: { additionalProperties?: string[]; requiredProperties?: string[]; allowedValues?: string[] };
}

/** What the schema found, by JSON pointer; an unknown key and a missing one are named themselves. */
function toErrors(faults: readonly SchemaFault[]): { path: string; message: string }[] {
  const errors = faults.flatMap(({ keyword, instancePath, message = 'does not fit', params }) => {
    const each = (keys: string[] | undefined, text: string) =>
      (keys ?? []).map((key) => ({ path: `${instancePath}/${key}`, message: text }));
    if (keyword === 'boolean') return [];
    if (keyword === 'additionalProperties') return each(params.additionalProperties, 'is not known here');
    if (keyword === 'required') return each(params.requiredProperties, 'is missing');
    const allowed = params.allowedValues ? `: ${params.allowedValues.join(', ')}` : '';
    return [{ path: instancePath || '/', message: `${message}${allowed}` }];
  });
  return errors.length > 0 ? errors : [{ path: '/', message: 'does not fit its schema' }];
}

const codeOfStatus = (status: number): ProblemCode =>
  status === 404
    ? 'not-found'
    : status === 413
      ? 'too-large'
      : status === 429
        ? 'too-many-requests'
        : 'invalid-request';

/** The one place where an error becomes an answer. What went wrong inside stays in the log. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ProblemError) {
    return sendProblem(request, reply.headers(error.headers), error.code, error.message);
  }
  if (error.validation) {
    const where = error.validationContext ?? 'request';
    return sendProblem(request, reply, 'invalid-request', `The ${where} does not fit.`, {
      errors: toErrors(error.validation as unknown as SchemaFault[]),
    });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return sendProblem(request, reply, codeOfStatus(status), error.message, { status });

  const sqlState = error.name === 'DatabaseError' ? (error as unknown as { sqlState: string | null }).sqlState : '';
  // SQLSTATE class 22: a value that no schema could refuse, such as a foreign cursor or a NUL in a text.
  if (sqlState?.startsWith('22')) return sendProblem(request, reply, 'invalid-request', 'A value cannot be used.');
  request.log.error({ err: error, requestId: request.id }, 'request failed');
  if (sqlState === null) return sendProblem(request, reply, 'not-ready', 'The database does not answer.');
  return sendProblem(request, reply, 'internal', `See the hub's log for request ${request.id}.`);
}
