import type { Readable } from 'node:stream';
import type { Log } from '@kuzet/lib/log.ts';
import { Agent, request } from 'undici';

export interface EdgeProxyDeps {
  token: string | null;
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  log: Log;
}

export type EdgeAnswer =
  | { ok: true; status: number; headers: Record<string, string>; body: Readable }
  /** `unsent`: no connection came about, so nothing of the request reached the edge. */
  | { ok: false; detail: string; unsent?: boolean };

export interface EdgeProxy {
  /** Asks an edge agent; `path` is one of its own, already escaped. The body streams and must be read or destroyed. */
  ask(edgeHttpUrl: string, path: string, options?: { method?: 'GET' | 'POST'; json?: unknown }): Promise<EdgeAnswer>;
  close(): Promise<void>;
}

const unsentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const passedHeaders = ['content-type', 'content-length', 'cache-control', 'etag', 'last-modified', 'retry-after'];

/** Fetches video and snapshots from edge agents for people who are signed in here; the edges know the hub only. */
export function createEdgeProxy({ token, connectTimeoutMs, answerTimeoutMs, log }: EdgeProxyDeps): EdgeProxy {
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    connections: 64,
  });
  return {
    async ask(edgeHttpUrl, path, { method = 'GET', json } = {}) {
      const edge = new URL(edgeHttpUrl).host;
      try {
        const { statusCode, headers, body } = await request(new URL(path, edgeHttpUrl), {
          dispatcher,
          method,
          headers: {
            ...(token !== null && { authorization: `Bearer ${token}` }),
            ...(json !== undefined && { 'content-type': 'application/json' }),
          },
          ...(json !== undefined && { body: JSON.stringify(json) }),
        });
        if (statusCode === 401 || statusCode === 403) {
          await body.dump();
          return { ok: false, detail: `The edge agent at ${edge} refuses the hub: edge.token differs.`, unsent: true };
        }
        const passed = passedHeaders.flatMap((name) => {
          const value = headers[name];
          return typeof value === 'string' ? [[name, value] as const] : [];
        });
        return { ok: true, status: statusCode, headers: Object.fromEntries(passed), body };
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        log.debug({ err: error, edge, path }, 'edge agent does not answer');
        const unsent = unsentCodes.has(code ?? '');
        return { ok: false, detail: `The edge agent at ${edge} does not answer (${code ?? message}).`, unsent };
      }
    },
    close: () => dispatcher.destroy(),
  };
}
