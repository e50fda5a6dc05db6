import type { Clock } from '@kuzet/lib/clock.ts';

export type HubResult = { ok: true } | { ok: false; final: boolean; detail: string };

export interface HubClient {
  /** POSTs to the hub's API, again while the hub cannot be reached or answers 5xx or 429, six times at the most. */
  post(path: string, token: string, body: unknown): Promise<HubResult>;
  stop(): void;
}

const attempts = 6;
const firstPauseMs = 500;
const timeoutMs = 5_000;

/** `baseUrl`: where the hub answers, without a trailing slash. */
export function createHubClient({ baseUrl, clock }: { baseUrl: string; clock: Clock }): HubClient {
  const stopped = new AbortController();
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve);
      stopped.signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });

  async function once(path: string, token: string, body: unknown): Promise<HubResult> {
    try {
      const answer = await fetch(`${baseUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)]),
      });
      await answer.body?.cancel();
      if (answer.ok) return { ok: true };
      return { ok: false, final: answer.status < 500 && answer.status !== 429, detail: `${path}: ${answer.status}` };
    } catch (err) {
      return { ok: false, final: stopped.signal.aborted, detail: `${path}: ${(err as Error).message}` };
    }
  }

  return {
    async post(path, token, body) {
      for (let attempt = 1; ; attempt++) {
        const result = await once(path, token, body);
        if (result.ok || result.final || attempt === attempts) return result;
        await pause(firstPauseMs * 2 ** (attempt - 1));
      }
    },
    stop: () => stopped.abort(),
  };
}
