import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ProblemError } from './problems.ts';

export interface MetricsDeps {
  /** Bearer token for other machines; null: this machine only. */
  token: string | null;
  /** Figures read when somebody asks: name → help and value. Names ending in `_total` only grow. */
  figures(): Record<string, { help: string; value: number }>;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

function mayRead(request: FastifyRequest, token: string | null): boolean {
  const given = request.headers.authorization;
  if (token !== null && given !== undefined) return timingSafeEqual(digest(given), digest(`Bearer ${token}`));
  // A proxy on this machine makes every caller look local; its header gives it away.
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
  return isLocal && request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined;
}

/** `/metrics` in the text format of Prometheus. */
export function registerMetrics(app: FastifyInstance, { token, figures }: MetricsDeps): void {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const requests = new Histogram({
    name: 'kuzet_http_request_seconds',
    help: 'HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
    registers: [register],
  });
  const signIns = new Counter({
    name: 'kuzet_sign_ins_total',
    help: 'Sign-ins by what came of them',
    labelNames: ['outcome'],
    registers: [register],
  });
  const gauges = new Map<string, Gauge>();

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    if (request.method === 'POST' && route === '/api/v1/session') signIns.inc({ outcome: request.problemCode ?? 'ok' });
  });
  app.addHook('onClose', async () => register.clear());

  app.get('/metrics', { schema: { hide: true }, config: { access: 'open' } }, async (request, reply) => {
    if (!mayRead(request, token))
      throw new ProblemError('sign-in-needed', 'Metrics are for this machine, or by the token of http.metricsToken.', {
        'www-authenticate': 'Bearer',
      });
    for (const [name, { help, value }] of Object.entries(figures())) {
      let gauge = gauges.get(name);
      if (!gauge) {
        gauge = new Gauge({ name, help, registers: [register] });
        gauges.set(name, gauge);
      }
      gauge.set(value);
    }
    return reply.type(register.contentType).send(await register.metrics());
  });
}
