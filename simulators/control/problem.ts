import { type ProblemCode, problemCodes } from '@kuzet/contracts/errors.ts';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** An answer that is an RFC 9457 problem. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: { path: string; message: string }[];
  constructor(code: ProblemCode, detail: string, errors: { path: string; message: string }[] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }
}

/** The document of a problem, with its HTTP status. */
export function problemDocument(code: ProblemCode, detail: string, errors: { path: string; message: string }[] = []) {
  return {
    type: `https://kuzet.dev/problems/${code}`,
    title: code,
    status: problemCodes[code],
    code,
    detail,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

/** The body as its schema has it. @throws ProblemError `invalid-request`, a line a fault. */
export function checked<T extends TSchema>(schema: T, body: unknown): Static<T> {
  if (Value.Check(schema, body)) return body;
  const errors = [...Value.Errors(schema, body)].map((error) => {
    const unknown = (error.params as { additionalProperties?: string[] }).additionalProperties;
    return { path: error.instancePath, message: unknown ? `unknown: ${unknown.join(', ')}` : error.message };
  });
  throw new ProblemError('invalid-request', 'the body does not fit', errors.slice(0, 20));
}
