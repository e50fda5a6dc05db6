import type { Problem } from '@kuzet/contracts/common.ts';

/** What came of a call: expected outcomes are values. `offline`: no answer, so nobody knows whether it was done. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; status: number; problem: Problem }
  | { ok: false; status: 0; problem: null };

/** Calls `/api/v1` with the session's cookie. Repeating a call that answered `offline` is safe: the hub's actions are idempotent. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    return { ok: false, status: 0, problem: null };
  }
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const value: unknown = isJson ? await response.json().catch(() => null) : null;
  if (response.ok) return { ok: true, value: value as T };
  const problem = (value as Problem | null) ?? {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'internal',
  };
  return { ok: false, status: response.status, problem };
}
