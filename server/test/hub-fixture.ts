import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Actor, Effects } from '@kuzet/contracts/actor.ts';
import type { NewAgency } from '@kuzet/contracts/api.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock, type TestClock } from '@kuzet/lib/test-clock.ts';
import { createAgencyStore } from '../dispatch/agency-store.ts';
import { createDispatchQueue } from '../dispatch/dispatch-queue.ts';
import { createDispatchService } from '../dispatch/dispatch-service.ts';
import { createDispatchWorker } from '../dispatch/outbox-worker.ts';
import { createIncidentBook } from '../incidents/incident-book.ts';
import { createIncidentChanges } from '../incidents/incident-changes.ts';
import { createIncidentService } from '../incidents/incident-service.ts';
import { loadDispatches } from '../incidents/load-dispatches.ts';
import { loadIncidents } from '../incidents/load-incidents.ts';
import type { Database } from '../store/database.ts';
import { openTestPglite, openTestPostgres, serverUrl, type TestDatabase } from './open-test-database.ts';

/** What a suite over a real database runs on: PGlite always, and the server of KUZET_TEST_DATABASE_URL where it is set. */
export const storeKinds: [string, () => Promise<TestDatabase>][] = [
  ['PGlite', openTestPglite],
  ...(serverUrl
    ? [['PostgreSQL', () => openTestPostgres(serverUrl as string)] as [string, () => Promise<TestDatabase>]]
    : []),
];

export const officer: Actor = { userId: 'u1', name: 'Aigerim', role: 'duty-officer', agencyId: null };
export const crew = (agencyId: string): Actor => ({ userId: null, name: agencyId, role: 'agency', agencyId });
export const secretA = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const secretB = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** The incident and dispatch rooms of the hub over one database, on a clock that the test turns. */
export function createHub(database: Database, clock: TestClock = createTestClock(Date.now())) {
  const effects: Effects[] = [];
  let ids = 0;
  const newId = () => `${clock.now().toString(36)}${(ids++).toString(36)}`;
  let worker: ReturnType<typeof createDispatchWorker> | null = null;
  const onCommitted = (effect: Effects) => {
    effects.push(effect);
    if (effect.dispatchQueued) worker?.wake();
  };
  const queue = createDispatchQueue({ clock, newId, loadIncidents });
  const changes = createIncidentChanges({ clock, queue });
  const allowedNetworks = ['127.0.0.0/8', '::1/128'];
  worker = createDispatchWorker({
    database,
    clock,
    log: silentLog,
    random: () => 0.5,
    changes,
    onCommitted,
    allowedNetworks,
    timeoutMs: 10_000,
  });
  return {
    database,
    clock,
    effects,
    queue,
    changes,
    worker,
    book: createIncidentBook({ clock, changes, queue }),
    incidents: createIncidentService({ database, clock, changes, queue, onCommitted }),
    dispatches: createDispatchService({ database, clock, changes, loadDispatches, onCommitted }),
    agencies: createAgencyStore({ database, clock, allowedNetworks, onCommitted }),
    async incident(id: string): Promise<Incident> {
      const [found] = await loadIncidents(database, [id]);
      if (!found) throw new Error(`no incident ${id}`);
      return found;
    },
  };
}
export type Hub = ReturnType<typeof createHub>;

export const agency = (id: string, over: Partial<NewAgency> = {}): NewAgency => ({
  id,
  service: '101',
  name: { kk: 'Өрт сөндіру', ru: 'Пожарная', en: 'Fire service' },
  channel: 'desk',
  endpoint: null,
  drillEndpoint: null,
  format: 'kuzet',
  autoDispatch: [],
  acceptWithinS: 30,
  enabled: true,
  ...over,
});

export interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
  incident: Incident;
  type: string;
  sequence: number;
  respond(status: number, headers?: Record<string, string>): void;
}

/** A webhook receiver on a port of its own: answers `status`, or holds requests until told when `status` is null. */
export async function openReceiver() {
  const requests: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const parsed = JSON.parse(body) as { type: string; data: { sequence: number; incident: Incident } };
    const received: Received = {
      url: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body,
      incident: parsed.data.incident,
      type: parsed.type,
      sequence: parsed.data.sequence,
      respond: (status, headers) => void response.writeHead(status, headers).end('{"state":"accepted"}'),
    };
    requests.push(received);
    const [status = null] = receiver.plan.length > 0 ? receiver.plan.splice(0, 1) : [receiver.status];
    if (status !== null) received.respond(status, receiver.headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver = {
    requests,
    status: 200 as number | null,
    /** Answers to give first, in order. */
    plan: [] as (number | null)[],
    headers: {} as Record<string, string>,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
export type Receiver = Awaited<ReturnType<typeof openReceiver>>;
