import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import type { CameraStatusItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Lifecycle } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createCameraEvents } from './cameras/camera-events.ts';
import { createCameraFleet } from './cameras/camera-fleet.ts';
import { secretKeyFileName, unsealCameras } from './cameras/camera-secrets.ts';
import { plainPasswords } from './cameras/plain-passwords.ts';
import { type EdgeConfig, missingTokenWarning, uplinkUrl } from './config.ts';
import { startHttp } from './http.ts';
import { createIntake } from './intake/intake.ts';
import { createSensorBroker } from './intake/sensor-broker.ts';
import { createSensorClient } from './intake/sensor-client.ts';
import { inventoryItem } from './inventory.ts';
import pkg from './package.json' with { type: 'json' };
import { profiles } from './profiles/index.ts';
import { adoptedFileName, saveAdopted } from './provisioning/adopted-file.ts';
import { createAdoption } from './provisioning/adoption.ts';
import { createDiscoveredDevices } from './provisioning/discovered-devices.ts';
import { createReaderMemories } from './provisioning/reader-memory.ts';
import { loadSite } from './site-file.ts';
import { openSpool } from './spool/spool.ts';
import { createUplink, type Uplink } from './uplink/uplink.ts';
import { createClipRecorder } from './video/clip-recorder.ts';

export interface EdgeAgent {
  /** Ports as taken; `sensors` is null when the broker is switched off. */
  ports: { http: number; sensors: number | null };
}

export interface EdgeAgentDeps {
  config: EdgeConfig;
  clock: Clock;
  log: Log;
  env?: NodeJS.ProcessEnv;
}

/**
 * The edge agent, put together: spool, cameras, intake, HTTP, uplink. A hub that is away, a camera that is dead or a
 * foreign broker that does not answer keep nothing from starting.
 * @throws StartError for what a person must mend first.
 */
export async function startEdgeAgent(lifecycle: Lifecycle, deps: EdgeAgentDeps): Promise<EdgeAgent> {
  const { config, clock, log } = deps;
  const adoptedFile = join(config.dataDir, adoptedFileName);
  const { site, adopted, moved } = loadSite({ file: config.siteFile, adoptedFile }, profiles, deps.env);
  if (moved.length > 0)
    log.info({ moved, adoptedFile }, 'the site file has these adopted devices now; its entries count');
  const plain = plainPasswords(config.siteFile);
  if (plain.length > 0) {
    log.warn(
      { cameras: plain },
      'passwords of these cameras stand in the site file for all to read: seal them (npm run edge -- --seal)',
    );
  }
  const cameras = unsealCameras(site.cameras, join(config.dataDir, secretKeyFileName));
  const token = config.uplink.token;
  const tokenWarning = missingTokenWarning(config);
  if (tokenWarning !== null) log.warn(tokenWarning);
  if (httpUrl(config.http, config.http.port) === null) {
    log.warn('the hub cannot know where to fetch video. Set KUZET_EDGE_PUBLIC_URL (http.publicUrl)');
  }

  const spool = await lifecycle.start('spool', async () => {
    const value = await openSpool({
      folder: join(config.dataDir, 'edge'),
      settings: config.spool,
      clock,
      log,
      newEpoch: () => randomBytes(12).toString('base64url'),
    });
    return { value, stop: () => value.close() };
  });

  const announce = (of: SiteFile) =>
    new Promise<void>((resolve, reject) =>
      spool.append('alarm', [inventoryItem(of, clock.now())], (err) => (err ? reject(err) : resolve())),
    );
  // Before all else, so that the hub knows a device before its first word. Not awaited: a disk that takes nothing at
  // the moment keeps neither the hub from what is there, nor the cameras from starting.
  const announced = announce(site).then(
    () => spool.alarm.head,
    (err) => {
      log.error({ err }, 'the inventory could not be announced');
      return null;
    },
  );

  let lostOwn = 0;
  /** The agent's own words have no sender who would keep them: what the spool refuses is counted and gone. */
  const tell = (lane: 'alarm' | 'telemetry', items: UplinkItem[]) =>
    spool.append(lane, items, (err) => {
      if (err && lostOwn++ === 0) log.warn({ err, lane }, 'camera states are being lost while the spool cannot write');
    });

  const fleet = await lifecycle.start('cameras', () => {
    const value = createCameraFleet({
      cameras,
      clock,
      log,
      onStateChange: (item) => tell('alarm', [item]),
      rings: config.video,
    });
    value.start();
    return { value, stop: () => value.stop() };
  });
  await lifecycle.start('camera-events', () => {
    const watched = cameras.flatMap(({ id, enabled, events }) => {
      const onvif = enabled && events ? fleet.get(id)?.onvif : null;
      return onvif ? [{ id, onvif }] : [];
    });
    const value = createCameraEvents({ cameras: watched, clock, log, tell });
    return { value, stop: () => value.stop() };
  });
  const clips = await lifecycle.start('clips', async () => {
    const value = createClipRecorder({
      folder: join(config.dataDir, 'edge-clips'),
      clock,
      log,
      camera(id) {
        const camera = fleet.get(id);
        if (!camera) return null;
        const { session, ring } = camera;
        return { ring, whyLost: () => (session.status().state === 'live' ? null : session.status().lastError) };
      },
      keepMs: config.video.clipKeepHours * 3_600_000,
      maxBytes: config.video.clipMaxBytes,
    });
    await value.start();
    return { value, stop: () => value.stop() };
  });
  await lifecycle.start('camera-reports', () => {
    const stop = clock.every(config.cameras.statusIntervalS * 1_000, () => {
      const at = timestamp(clock.now());
      const items = fleet.list().map(({ id, state, lastFrameAt, lastError }): CameraStatusItem => {
        return { t: 'camera-status', camera: id, state, at, lastFrameAt, lastError };
      });
      if (items.length > 0) tell('telemetry', items);
    });
    return { value: undefined, stop };
  });

  const discovered = createDiscoveredDevices();
  const intake = await lifecycle.start('intake', () => {
    const memories = createReaderMemories({ folder: join(config.dataDir, 'profile-memory'), clock, log });
    const value = createIntake({
      site,
      profiles,
      sink: spool,
      clock,
      log,
      maxPayloadBytes: config.sensors.maxPayloadBytes,
      discovered,
      memoryOf: memories.of,
    });
    const stop = () => {
      value.close();
      return memories.close();
    };
    return { value, stop };
  });
  const adoption = createAdoption({
    site,
    adopted,
    profiles,
    discovered: (profile, topic) => discovered.get(profile, topic),
    save: (devices) => saveAdopted(adoptedFile, devices),
    announce,
    onAdopted(known, device) {
      intake.setDevices(known.devices);
      discovered.forget(device.profile, device.topic ?? '');
    },
    log,
  });
  const { broker: brokerSettings, clients } = config.sensors;
  const broker = brokerSettings.enabled
    ? await lifecycle.start('sensor-broker', async () => {
        const value = await createSensorBroker(brokerSettings, { intake, log });
        return { value, stop: () => value.close() };
      })
    : null;
  const foreign = await lifecycle.start('sensor-clients', () => {
    const value = clients.map((settings, index) =>
      createSensorClient(settings, { intake, clientId: `kuzet-edge-${config.id}-sensors-${index}`, clock, log }),
    );
    return { value, stop: async () => void (await Promise.all(value.map((client) => client.close()))) };
  });

  let uplink: Uplink | null = null;
  const http = await lifecycle.start('http', async () => {
    const value = await startHttp(config.http, {
      version: pkg.version,
      cameras: fleet,
      // Without a token of its own nobody can know this one, and video stays closed.
      token: token ?? randomBytes(32).toString('base64url'),
      healthy: () => spool.fault === null && foreign.every((client) => client.fault === null),
      status: () => ({
        edge: config.id,
        uplink: uplink && { connected: uplink.connected, fault: uplink.fault, lanes: uplink.figures() },
        spool: {
          fault: spool.fault,
          heldBytes: spool.alarm.heldBytes + spool.telemetry.heldBytes,
          dropped: spool.dropped,
          duplicates: spool.duplicates,
        },
        intake: intake.figures(),
        discovered: discovered.list().length,
        sensorClients: foreign.map(({ fault }) => ({ fault })),
      }),
      clips,
      replay: { intake },
      provisioning: { discovered, adoption },
      clock,
      log,
    });
    return { value, stop: () => value.close() };
  });

  // Last: the hub is told of this edge when its video can be fetched. What came in meanwhile is in the spool.
  uplink = await lifecycle.start('uplink', () => {
    const value = createUplink(
      { ...config.uplink, url: uplinkUrl(config) },
      {
        edge: config.id,
        version: pkg.version,
        httpUrl: httpUrl(config.http, http.port),
        spool,
        clock,
        log,
        holdTelemetryMs: 5_000,
        onHubWentBack: () =>
          announce(adoption.site()).catch((err) => log.error({ err }, 'the inventory could not be announced again')),
      },
    );
    void announced.then((seq) => seq !== null && value.announced(seq));
    return { value, stop: () => value.stop() };
  });

  log.info(
    {
      edge: config.id,
      http: http.port,
      sensors: broker?.port ?? null,
      devices: site.devices.length,
      cameras: site.cameras.length,
    },
    'edge agent ready',
  );
  return { ports: { http: http.port, sensors: broker?.port ?? null } };
}

/** Null where the address it listens on is no address to call, and no other is given. */
function httpUrl({ host, publicUrl }: EdgeConfig['http'], port: number): string | null {
  if (publicUrl !== null) return publicUrl;
  if (host === '0.0.0.0' || host === '::') return null;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
