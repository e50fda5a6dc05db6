import type { IntakeFailure } from './video-intake.ts';

/** Carries a failure up to the one place that reports it. Its message holds no secret. */
export class IntakeError extends Error {
  override name = 'IntakeError';
  readonly kind: IntakeFailure['kind'];

  constructor(kind: IntakeFailure['kind'], detail: string) {
    super(detail);
    this.kind = kind;
  }
}

const socketWords: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the camera reset the connection',
  EPIPE: 'the camera closed the connection',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to its network',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
};

/** What a thrown value means for a camera; only fixed words and error codes get out, never an error's own text. */
export function toIntakeFailure(thrown: unknown): IntakeFailure {
  if (thrown instanceof IntakeError) return { kind: thrown.kind, detail: thrown.message };
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  if (code) return { kind: 'unreachable', detail: socketWords[code] ?? `the network said ${code}` };
  return { kind: 'protocol', detail: thrown instanceof Error ? `an unexpected ${thrown.name}` : 'an unexpected fault' };
}
