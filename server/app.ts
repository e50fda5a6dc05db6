import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Effects } from '@kuzet/contracts/actor.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { openSigningKey } from '@kuzet/lib/evidence/signing-key.ts';
import { type Lifecycle, StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createAuditLog } from './auth/audit-log.ts';
import { demoAgencyTokenHash, ensureAdmin, ensureAgencyToken, ensureDemoUsers } from './auth/first-users.ts';
import type { PasswordCost } from './auth/password.ts';
import { createSessionStore } from './auth/session-store.ts';
import { createSignIn } from './auth/sign-in.ts';
import { createSignInLimit } from './auth/sign-in-limit.ts';
import { createUserStore } from './auth/user-store.ts';
import { createBrokerClient } from './broker/broker-client.ts';
import { createEmbeddedBroker } from './broker/embedded-broker.ts';
import { type ConfiguredAgency, missingTokenWarning, type ServerConfig } from './config.ts';
import { createAgencyStore } from './dispatch/agency-store.ts';
import { createDispatchQueue } from './dispatch/dispatch-queue.ts';
import { createDispatchService } from './dispatch/dispatch-service.ts';
import { createDispatchWorker } from './dispatch/outbox-worker.ts';
import { createEvidenceFolder } from './evidence/evidence-folder.ts';
import { createEvidenceStore } from './evidence/evidence-store.ts';
import { createEvidenceWorker } from './evidence/evidence-worker.ts';
import { createHttpApp } from './http/http-app.ts';
import { answerUpgrades } from './http/upgrades.ts';
import { createIncidentBook } from './incidents/incident-book.ts';
import { createIncidentChanges } from './incidents/incident-changes.ts';
import { createIncidentService } from './incidents/incident-service.ts';
import { loadDispatches } from './incidents/load-dispatches.ts';
import { loadIncidents, openIncidentIds } from './incidents/load-incidents.ts';
import { createAckSender } from './ingest/ack.ts';
import { createCameraWatch } from './ingest/camera-watch.ts';
import { createReplay } from './ingest/dead-letter-replay.ts';
import { createPipeline } from './ingest/pipeline.ts';
import { createReceiver } from './ingest/receiver.ts';
import { createSilenceWatch } from './ingest/silence-watch.ts';
import { createSupervision } from './ingest/supervision.ts';
import { createLive, type LiveEffects } from './live/live.ts';
import { createLiveUpgrade } from './live/live-upgrade.ts';
import { createAgencyCameras } from './media/agency-cameras.ts';
import { createEdgeProxy } from './media/edge-proxy.ts';
import { createLiveVideo } from './media/live-video.ts';
import pkg from './package.json' with { type: 'json' };
import { authorizeUpgrade, hubFigures, hubReadiness, hubRoutes } from './routes.ts';
import { createSystemState } from './statistics/system-state.ts';
import { createAggregation } from './store/aggregation.ts';
import { createAlarmStore } from './store/alarm-store.ts';
import { createCameraStore } from './store/camera-store.ts';
import { createDeadLetterStore } from './store/dead-letter-store.ts';
import { createDeviceStore } from './store/device-store.ts';
import { createEdgeStore } from './store/edge-store.ts';
import { createInventoryStore } from './store/inventory-store.ts';
import { migrate } from './store/migrate.ts';
import { openDatabase } from './store/open-database.ts';
import { applyTimescaleSettings } from './store/timescale-settings.ts';
import { createWallStore } from './walls/wall-store.ts';

export interface HubDeps {
  config: ServerConfig;
  clock: Clock;
  log: Log;
  /** 0 up to 1. */
  random?: () => number;
  /** Folder of the built pages where the configuration names none. */
  pagesDir: string;
  /** Tests make passwords cheap. */
  passwordCost?: PasswordCost;
}

export interface Hub {
  /** Where pages and API answer. */
  url: string;
  /** Port of the embedded broker; null where another broker is used. */
  mqttPort: number | null;
}

const hourMs = 3_600_000;

/**
 * The hub, put together: everything that knows everybody stands here. Starts in the order below, stops in the reverse
 * one; listening for people comes last, so whoever gets an answer gets it from a whole hub.
 * @throws StartError with the next step for what a person can mend.
 */
export async function startHub(lifecycle: Lifecycle, deps: HubDeps): Promise<Hub> {
  const { config, clock, log, passwordCost: cost } = deps;
  const version = pkg.version;

  // Database.
  const database = await lifecycle.start('database', async () => {
    const value = await openDatabase({ url: config.database.url, dataDir: config.dataDir, log });
    return { value, stop: () => value.close() };
  });
  await migrate(database, log);
  await applyTimescaleSettings(database, config.store);
  log.info({ database: database.description }, 'database is open');

  // Stores.
  const devices = createDeviceStore(database);
  const cameras = createCameraStore(database);
  const inventory = createInventoryStore(database);
  const edges = createEdgeStore(database);
  const deadLetters = createDeadLetterStore(database, { keep: config.deadLetters.keep });
  const alarms = createAlarmStore({ database, clock, onFaults: () => live.publish({ faults: true }) });
  const walls = createWallStore({ database, clock, onChanged: () => live.publish({ walls: true }) });

  // After each commit: screens first, then what has to leave the hub.
  const onCommitted = (effects: Effects & LiveEffects) => {
    live.publish(effects);
    if (effects.dispatchQueued) worker.wake();
    if (effects.incidents) evidence.wake();
  };

  // Incidents and dispatch.
  const newId = randomUUID;
  const queue = createDispatchQueue({ clock, newId, loadIncidents });
  const changes = createIncidentChanges({ clock, queue });
  const book = createIncidentBook({ clock, changes, queue });
  const incidents = createIncidentService({ database, clock, changes, queue, onCommitted });
  const dispatches = createDispatchService({ database, clock, changes, loadDispatches, onCommitted });
  const { allowedNetworks, timeoutMs } = config.dispatch;
  const agencies = createAgencyStore({ database, clock, allowedNetworks, onCommitted });
  const worker = createDispatchWorker({
    database,
    clock,
    log: log.child({ part: 'dispatch' }),
    random: deps.random ?? Math.random,
    changes,
    onCommitted,
    allowedNetworks,
    timeoutMs,
  });

  // Evidence.
  const evidenceFolder = createEvidenceFolder(join(config.dataDir, 'evidence'));
  const evidenceKey = openSigningKey(join(config.dataDir, 'evidence-key.pem'));
  const evidence = createEvidenceWorker({
    database,
    clock,
    log: log.child({ part: 'evidence' }),
    folder: evidenceFolder,
    key: evidenceKey,
    hubVersion: version,
    ask: (edge, path, options) => proxy.ask(edge, path, options),
    edgeHttpUrl: cameras.edgeHttpUrl,
    settings: config.evidence,
  });

  // People and agencies' systems that sign in.
  const users = createUserStore({ database, clock, cost });
  const sessions = createSessionStore({
    database,
    clock,
    limits: {
      sessionMs: config.auth.sessionHours * hourMs,
      screenSessionMs: config.auth.screenSessionDays * 24 * hourMs,
    },
    onEnded: (tokenHashes) => {
      live.endSessions(tokenHashes);
      video.endSessions(tokenHashes);
    },
  });
  const audit = createAuditLog({ database, clock });
  const signIn = createSignIn({ users, sessions, limit: createSignInLimit(clock), cost });

  // Screens.
  const systemState = createSystemState({ database, clock, version, demo: config.demo.password !== null });
  const live = createLive({
    load: {
      incidents: async (ids) => loadIncidents(database, ids === 'open' ? await openIncidentIds(database) : ids),
      devices: (ids) => (ids === 'all' ? devices.all() : devices.byIds(ids)),
      cameras: (ids) => (ids === 'all' ? cameras.all() : cameras.byIds(ids)),
      sites: inventory.listSites,
      zones: inventory.listZones,
      agencies: agencies.list,
      walls: walls.list,
      edges: edges.all,
      system: systemState,
    },
    clock,
    log: log.child({ part: 'live' }),
    coalesceMs: config.live.coalesceMs,
    maxBufferedBytes: config.live.maxBufferedBytes,
    lookSession: sessions.look,
    onReceived: (dispatchId, { agencyId }) => {
      if (agencyId === null) return;
      dispatches
        .markDelivered(dispatchId, agencyId)
        .catch((err: unknown) => log.error({ err, dispatchId }, 'a desk’s receipt cannot be written'));
    },
  });
  lifecycle.onStop('live', live.stop);
  const camerasOfAgency = createAgencyCameras(database);
  const video = createLiveVideo({
    ...config.edge,
    edgeHttpUrl: cameras.edgeHttpUrl,
    knowsCamera: async (id) => (await cameras.get(id)) !== null,
    camerasOfAgency,
    lookSession: sessions.look,
    clock,
    log: log.child({ part: 'video' }),
  });
  lifecycle.onStop('video', video.stop);

  // What the configuration says must be there.
  const people = { users, sessions, cost };
  await ensureAdmin(people, config.auth.adminPassword, (password) =>
    log.warn(`First start: user admin, password ${password} (shown this once; set another with KUZET_ADMIN_PASSWORD)`),
  );
  const known = new Set((await agencies.list()).map(({ id }) => id));
  await agencies.addMissing(
    config.agencies
      .filter(({ id }) => !known.has(id))
      .map(({ tokenHash: _, ...agency }) => ({ ...agency, secret: secretOf(agency, config, log) })),
  );
  await walls.addMissing(config.walls);
  if (config.demo.password !== null) await ensureDemoUsers(people, config.demo.password);
  for (const agency of config.agencies) {
    if (agency.tokenHash) await ensureAgencyToken(people, agency, agency.tokenHash);
    if (config.demo.agencyToken)
      await ensureAgencyToken(people, agency, demoAgencyTokenHash(config.demo.agencyToken, agency.id));
  }
  await sessions.sweep();
  const stopSweeping = clock.every(hourMs, () => {
    deadLetters
      .prune(new Date(clock.now() - config.deadLetters.keepDays * 24 * hourMs))
      .catch((err: unknown) => log.error({ err }, 'old dead letters cannot be deleted'));
    sessions.sweep().catch((err: unknown) => log.error({ err }, 'old sessions cannot be deleted'));
  });
  lifecycle.onStop('hourly sweep', stopSweeping);

  // Agencies: what was queued before the stop goes out now.
  await lifecycle.start('dispatch worker', () => {
    worker.start();
    return { value: worker, stop: () => worker.stop() };
  });

  // Intake.
  const tokenWarning = missingTokenWarning(config);
  if (tokenWarning !== null) log.warn(tokenWarning);
  const embedded =
    config.mqtt.url !== null
      ? null
      : await lifecycle.start('broker', async () => {
          const edgeToken = config.edge.token ?? randomBytes(32).toString('base64url');
          const value = await createEmbeddedBroker({ host: config.mqtt.host, port: config.mqtt.port, edgeToken, log });
          return { value, stop: () => value.close() };
        });
  const client = await lifecycle.start('broker client', () => {
    const { url } = config.mqtt;
    const value = embedded?.client ?? createBrokerClient({ url: url ?? '', clientId: `kuzet-hub-${newId()}`, log });
    return { value, stop: () => value.close() };
  });
  const pipeline = await lifecycle.start('pipeline', () => {
    const value = createPipeline({
      database,
      inventory,
      deadLetters,
      book,
      clock,
      log: log.child({ part: 'ingest' }),
      sendAck: createAckSender(client),
      onCommitted,
    });
    return { value, stop: () => value.stop() };
  });
  const receiver = await lifecycle.start('receiver', async () => {
    const value = createReceiver({
      client,
      pipeline,
      database,
      edges,
      deadLetters,
      clock,
      log: log.child({ part: 'ingest' }),
      onCommitted,
    });
    await value.start();
    return { value, stop: () => value.stop() };
  });
  await lifecycle.start('silence watch', () => {
    const value = createSilenceWatch({ database, clock, log: log.child({ part: 'ingest' }), onCommitted });
    return { value, stop: () => value.stop() };
  });
  const hearing = () => client.state().ok && receiver.state().ok && pipeline.state().ok;
  const supervised = { database, clock, log: log.child({ part: 'ingest' }), newId, hearing, onCommitted };
  await lifecycle.start('supervision', () => {
    const value = createSupervision(supervised);
    return { value, stop: () => value.stop() };
  });
  await lifecycle.start('camera watch', () => {
    const value = createCameraWatch(supervised);
    return { value, stop: () => value.stop() };
  });

  await lifecycle.start('aggregation', () => {
    const value = createAggregation({
      database,
      clock,
      log: log.child({ part: 'store' }),
      hubId: newId(),
      keeping: config.store,
    });
    return { value, stop: () => value.stop() };
  });

  // People.
  const proxy = await lifecycle.start('edge proxy', () => {
    const value = createEdgeProxy({ ...config.edge, log });
    return { value, stop: () => value.close() };
  });
  if (config.evidence.enabled)
    await lifecycle.start('evidence', () => {
      evidence.start();
      return { value: evidence, stop: () => evidence.stop() };
    });
  const readiness = hubReadiness({ database, client, receiver, pipeline, edges, clock });
  const http = await createHttpApp({
    log,
    version,
    trustProxy: config.http.trustProxy,
    bodyLimitBytes: config.http.bodyLimitBytes,
    pagesDir: config.http.pagesDir ?? deps.pagesDir,
    useSession: sessions.use,
    audit: audit.write,
    metrics: { token: config.http.metricsToken, figures: () => hubFigures({ pipeline, receiver, live, video }) },
    routes: (app) =>
      hubRoutes(app, {
        config,
        database,
        clock,
        version,
        readiness,
        pipeline,
        signIn,
        sessions,
        users,
        audit,
        devices,
        cameras,
        inventory,
        deadLetters,
        replay: createReplay({
          store: deadLetters,
          edgeHttpUrl: edges.httpUrl,
          ask: proxy.ask,
          clock,
          onReplayed: () => onCommitted({ deadLetters: 1 }),
        }),
        alarms,
        incidents,
        dispatches,
        agencies,
        walls,
        proxy,
        edges,
        camerasOfAgency,
        evidence: { ...createEvidenceStore(database, evidenceFolder), publicKeyPem: evidenceKey.publicPem },
      }),
  });
  const { host, port } = config.http;
  await lifecycle.start('http', async () => {
    const screens = answerUpgrades({
      server: http.server,
      upgrades: [createLiveUpgrade(live), video.upgrade],
      clock,
      log: log.child({ part: 'live' }),
      authorize: authorizeUpgrade(sessions, config.http.trustProxy),
    });
    try {
      await http.listen({ host, port });
    } catch (cause) {
      screens.stop();
      await http.close();
      throw listenFailed(host, port, cause as NodeJS.ErrnoException);
    }
    return {
      value: http,
      stop: async () => {
        live.stop();
        video.stop();
        screens.stop();
        await http.close();
      },
    };
  });
  const taken = (http.server.address() as AddressInfo).port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  log.info({ url, mqttPort: embedded?.port ?? null }, 'the hub answers');
  return { url, mqttPort: embedded?.port ?? null };
}

/** A webhook without a secret would be unsigned: until a person gives one, it is signed with one that nobody knows. */
function secretOf(agency: ConfiguredAgency, { demo }: ServerConfig, log: Log): string | undefined {
  const secret = agency.secret ?? demo.webhookSecret ?? undefined;
  if (secret !== undefined || agency.channel === 'desk') return secret;
  log.warn({ agency: agency.id }, 'no secret for its webhooks: PATCH /api/v1/agencies/:id with the one it expects');
  return `whsec_${randomBytes(32).toString('base64')}`;
}

function listenFailed(host: string, port: number, cause: NodeJS.ErrnoException): StartError {
  const what = `The hub cannot listen on ${host}:${port}`;
  const next = 'with KUZET_HTTP_HOST and KUZET_HTTP_PORT (http.host, http.port)';
  if (cause.code === 'EADDRINUSE')
    return new StartError(`${what}: the port is taken. Stop what listens there, or choose another ${next}.`, { cause });
  if (cause.code === 'EACCES')
    return new StartError(`${what}: this user may not take it. Choose a port above 1023 ${next}.`, { cause });
  return new StartError(`${what} (${cause.code}). Choose another address ${next}.`, { cause });
}
