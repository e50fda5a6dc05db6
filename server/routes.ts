import type { IncomingMessage } from 'node:http';
import type { Readiness } from '@kuzet/contracts/api.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { AuditLog } from './auth/audit-log.ts';
import { agencyUser } from './auth/first-users.ts';
import type { SessionStore } from './auth/session-store.ts';
import type { createSignIn } from './auth/sign-in.ts';
import type { UserStore } from './auth/user-store.ts';
import type { BrokerClient } from './broker/broker-client.ts';
import type { ServerConfig } from './config.ts';
import type { AgencyStore } from './dispatch/agency-store.ts';
import type { DispatchService } from './dispatch/dispatch-service.ts';
import type { EvidenceStore } from './evidence/evidence-store.ts';
import { isSameOrigin, readToken } from './http/access.ts';
import type { HttpApp } from './http/http-app.ts';
import { agencyRoutes } from './http/routes/agency-routes.ts';
import { alarmRoutes } from './http/routes/alarm-routes.ts';
import { deadLetterRoutes } from './http/routes/dead-letter-routes.ts';
import { dispatchRoutes } from './http/routes/dispatch-routes.ts';
import { evidenceRoutes } from './http/routes/evidence-routes.ts';
import { gapRoutes } from './http/routes/gap-routes.ts';
import { healthRoutes } from './http/routes/health-routes.ts';
import { incidentRoutes } from './http/routes/incident-routes.ts';
import { inventoryRoutes } from './http/routes/inventory-routes.ts';
import { liveRoutes } from './http/routes/live-routes.ts';
import { mediaRoutes } from './http/routes/media-routes.ts';
import { provisioningRoutes } from './http/routes/provisioning-routes.ts';
import { readingRoutes } from './http/routes/reading-routes.ts';
import { recordRoutes } from './http/routes/record-routes.ts';
import { sessionRoutes } from './http/routes/session-routes.ts';
import { userRoutes } from './http/routes/user-routes.ts';
import { wallRoutes } from './http/routes/wall-routes.ts';
import type { UpgradeVerdict } from './http/upgrades.ts';
import type { IncidentService } from './incidents/incident-service.ts';
import type { createReplay } from './ingest/dead-letter-replay.ts';
import type { Pipeline } from './ingest/pipeline.ts';
import type { Receiver } from './ingest/receiver.ts';
import type { Live } from './live/live.ts';
import type { EdgeProxy } from './media/edge-proxy.ts';
import { createProvisioning } from './provisioning/provisioning.ts';
import { createStatistics } from './statistics/statistics.ts';
import type { AlarmStore } from './store/alarm-store.ts';
import type { CameraStore } from './store/camera-store.ts';
import type { Database } from './store/database.ts';
import type { DeadLetterStore } from './store/dead-letter-store.ts';
import type { DeviceStore } from './store/device-store.ts';
import type { EdgeStore } from './store/edge-store.ts';
import { createGapStore } from './store/gap-store.ts';
import type { InventoryStore } from './store/inventory-store.ts';
import { createReadingStore } from './store/reading-store.ts';
import type { WallStore } from './walls/wall-store.ts';

export interface HubRoutesDeps {
  config: ServerConfig;
  database: Database;
  clock: Clock;
  version: string;
  readiness: () => Promise<Readiness>;
  pipeline: Pipeline;
  signIn: ReturnType<typeof createSignIn>;
  sessions: SessionStore;
  users: UserStore;
  audit: AuditLog;
  devices: DeviceStore;
  cameras: CameraStore;
  inventory: InventoryStore;
  deadLetters: DeadLetterStore;
  replay: ReturnType<typeof createReplay>;
  alarms: AlarmStore;
  incidents: IncidentService;
  dispatches: DispatchService;
  agencies: AgencyStore;
  walls: WallStore;
  proxy: EdgeProxy;
  edges: EdgeStore;
  camerasOfAgency(agencyId: string): Promise<string[]>;
  evidence: EvidenceStore & { publicKeyPem: string };
}

/** Part of the composition root: gives each route file what it asks for. */
export function hubRoutes(app: HttpApp, deps: HubRoutesDeps): void {
  const { config, database, clock, sessions, users, devices, cameras, agencies, walls, camerasOfAgency } = deps;

  healthRoutes(app, {
    version: deps.version,
    degraded: () => !deps.pipeline.state().ok,
    readiness: deps.readiness,
  });
  sessionRoutes(app, {
    signIn: deps.signIn,
    endSession: sessions.end,
    sessionS: config.auth.sessionHours * 3_600,
    screenSessionS: config.auth.screenSessionDays * 86_400,
  });
  liveRoutes(app);
  inventoryRoutes(app, {
    devices,
    cameras,
    listSites: deps.inventory.listSites,
    listZones: deps.inventory.listZones,
    camerasOfAgency,
  });
  provisioningRoutes(app, createProvisioning({ edges: deps.edges, edgeOfDevice: devices.edgeOf, ask: deps.proxy.ask }));
  mediaRoutes(app, {
    clock,
    getCamera: cameras.get,
    edgeHttpUrl: cameras.edgeHttpUrl,
    camerasOfAgency,
    ask: deps.proxy.ask,
  });
  readingRoutes(app, { read: createReadingStore(database, clock, config.store).read, getDevice: devices.get });
  incidentRoutes(app, deps.incidents);
  evidenceRoutes(app, { ...deps.evidence, getIncident: deps.incidents.get });
  dispatchRoutes(app, deps.dispatches);
  agencyRoutes(app, {
    list: agencies.list,
    create: agencies.create,
    patch: agencies.patch,
    async createToken(agency) {
      const { token } = await sessions.create(await users.put(agencyUser(agency), null));
      return token;
    },
    async endTokens(agency) {
      const found = await users.credentials(agencyUser(agency).username);
      if (found) await sessions.endOfUser(found.account.id);
    },
  });
  wallRoutes(app, walls);
  userRoutes(app, {
    list: users.list,
    get: users.get,
    create: users.create,
    setPassword: users.setPassword,
    setDisabled: users.setDisabled,
    endSessions: sessions.endOfUser,
    agencyExists: async (id) => (await agencies.byIds([id])).length > 0,
  });
  recordRoutes(app, {
    listAudit: deps.audit.list,
    statistics: createStatistics({ database, clock }),
  });
  const { list, get, counts } = deps.deadLetters;
  deadLetterRoutes(app, { list, get, counts, replay: deps.replay });
  alarmRoutes(app, deps.alarms);
  gapRoutes(app, createGapStore(database));
}

const databaseWithinMs = 2_000;

/** Database, broker and intake decide; edges are told for information. */
export function hubReadiness(deps: {
  database: Database;
  client: BrokerClient;
  receiver: Receiver;
  pipeline: Pipeline;
  edges: EdgeStore;
  clock: Clock;
}): () => Promise<Readiness> {
  const { database, client, receiver, pipeline, edges, clock } = deps;
  return async () => {
    let cancelLate: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancelLate = clock.after(databaseWithinMs, () => reject(new Error(`no answer within ${databaseWithinMs} ms`)));
    });
    let migrations = '';
    let edgesOnline = '';
    let databaseCheck: { ok: boolean; detail?: string };
    try {
      const [rows, known] = await Promise.race([
        Promise.all([
          database.query<{ name: string }>('select name from kuzet.migrations order by version desc limit 1'),
          edges.all(),
        ]),
        late,
      ]);
      migrations = rows[0]?.name ?? '';
      edgesOnline = `${known.filter(({ online }) => online).length} of ${known.length} online`;
      databaseCheck = { ok: true, detail: database.description };
    } catch (error) {
      databaseCheck = { ok: false, detail: (error as Error).message };
    } finally {
      cancelLate();
    }
    const checks = {
      database: databaseCheck,
      migrations: { ok: migrations !== '', ...(migrations && { detail: migrations }) },
      broker: client.state(),
      receiver: receiver.state(),
      pipeline: pipeline.state(),
    };
    const ready = Object.values(checks).every(({ ok }) => ok);
    return { ready, checks: { ...checks, ...(edgesOnline && { edges: { ok: true, detail: edgesOnline } }) } };
  };
}

/** The hub's own figures for /metrics. */
export function hubFigures(deps: { pipeline: Pipeline; receiver: Receiver; live: Live; video: { viewers(): number } }) {
  const { pipeline, receiver, live, video } = deps;
  const figures: Record<string, { help: string; value: number }> = {
    kuzet_live_connections: { help: 'Screens connected', value: live.connections() },
    kuzet_video_viewers: { help: 'Live sockets of cameras that are open', value: video.viewers() },
    kuzet_screens_dropped_total: { help: 'Screens dropped because they fell behind', value: live.dropped() },
  };
  for (const [part, values] of Object.entries({ ingest: pipeline.figures(), receiver: receiver.figures() })) {
    for (const [name, value] of Object.entries(values)) {
      const word = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      figures[`kuzet_${part}_${word}`] = { help: `${name} of ${part} since start`, value };
    }
  }
  return figures;
}

/** Who may open /ws: a session by cookie from our own origin, or by Bearer token. */
export function authorizeUpgrade(
  sessions: SessionStore,
  trustProxy: boolean,
): (request: IncomingMessage) => Promise<UpgradeVerdict> {
  return async ({ headers }) => {
    const forwarded = trustProxy ? headers['x-forwarded-host'] : undefined;
    const host = String(forwarded ?? headers.host ?? '');
    // Browsers name the origin of every WebSocket; what names none is a program, which no foreign page can steer.
    if (headers.origin !== undefined && !isSameOrigin(headers, host)) return { ok: false, why: 'forbidden' };
    const found = readToken(headers);
    const session = found ? await sessions.use(found.token) : null;
    return session ? { ok: true, session } : { ok: false, why: 'sign-in-needed' };
  };
}
