import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { type Lifecycle, StartError } from '@kuzet/lib/lifecycle.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { CameraFarm, CameraFarmDeps, FarmCamera } from './camera/camera-farm.ts';
import type { SimulatorsConfig } from './config.ts';
import { createControlServer } from './control/control-server.ts';
import { createFaultDesk } from './control/fault-desk.ts';
import { createAgencyPerson } from './receivers/agency-person.ts';
import { createHubClient } from './receivers/hub-client.ts';
import { createReceiver } from './receivers/receiver.ts';
import { loadScenarios } from './scenarios/load-scenarios.ts';
import { createPerformStep } from './scenarios/perform-step.ts';
import { createScenarioPlayer } from './scenarios/player.ts';
import { createSensorGateways } from './sensors/sensor-gateways.ts';
import { createSensorWorld } from './sensors/sensor-world.ts';

export interface AppDeps {
  config: SimulatorsConfig;
  site: SiteFile;
  createCameraFarm(deps: CameraFarmDeps): Pick<CameraFarm, 'start' | 'stop' | 'fault' | 'setClip' | 'list'>;
  clock: Clock;
  log: Log;
  lifecycle: Lifecycle;
  version: string;
}

/**
 * Starts the simulators: cameras, sensors, and last the control API, which answers once everything else runs. Each stop
 * is registered with its start.
 * @returns where the control API listens.
 * @throws StartError for a port that is taken, a camera without a clip, or a scenario that does not fit the city.
 */
export async function startSimulators(deps: AppDeps): Promise<{ controlUrl: string }> {
  const { config, site, clock, log, lifecycle } = deps;
  const scenarios = loadScenarios(config.scenarioFolder, site);
  if (!scenarios.has(config.scenario)) {
    throw new StartError(
      `scenario "${config.scenario}" (KUZET_SCENARIO): there is none; there are ${[...scenarios.keys()].join(', ')}`,
    );
  }
  const cameras = site.cameras.map((camera) => farmCamera(camera, config));
  const isCamera = (id: string) => cameras.some((camera) => camera.id === id);

  const farm = await lifecycle.start('cameras', async () => {
    const { host, rtspPort, onvifPort } = config.cameras;
    try {
      const value = deps.createCameraFarm({ cameras, host, rtspPort, onvifPort, clock, log });
      await value.start();
      return { value, stop: () => value.stop() };
    } catch (cause) {
      const taken = portOf(cause);
      if (!taken) throw cause;
      const name = taken.port === rtspPort ? 'KUZET_SIM_RTSP_PORT' : 'KUZET_SIM_ONVIF_PORT';
      throw new StartError(`camera port ${taken.port}: ${taken.why}. Free it, or set ${name} to another.`, { cause });
    }
  });

  const { world, gateways } = await lifecycle.start('sensors', () => {
    const { host, port, username, password } = config.sensors;
    const sending = createSensorGateways({
      devices: site.devices,
      url: `mqtt://${host}:${port}`,
      username,
      password,
      log,
    });
    const living = createSensorWorld({ devices: site.devices, clock, seed: config.seed, publish: sending.publish });
    living.start();
    const stop = async () => {
      living.stop();
      await sending.stop();
    };
    return { value: { world: living, gateways: sending }, stop };
  });

  const faults = await lifecycle.start('faults', () => {
    const camerasOf = (siteId: string) =>
      site.sites.some(({ id }) => id === siteId)
        ? site.cameras.filter((camera) => camera.siteId === siteId).map(({ id }) => id)
        : null;
    const value = createFaultDesk({ world, farm, isCamera, camerasOf, clock });
    return { value, stop: () => value.stop() };
  });

  const player = await lifecycle.start('scenarios', () => {
    const usualClip = (cameraId: string) => config.cameras.clips[cameraId]!;
    const perform = createPerformStep({ world, farm, usualClip });
    const value = createScenarioPlayer({ scenarios, perform, clock, log, seed: config.seed });
    return { value, stop: () => value.close() };
  });

  const receivers = await lifecycle.start('receivers', () => {
    const hub = createHubClient({ baseUrl: `http://${config.hub.host}:${config.hub.port}`, clock });
    const value = new Map(
      config.receivers.agencies.map((agency) => {
        const token = agency.token || (config.hub.agencyToken && `${config.hub.agencyToken}.${agency.name}`);
        const person = createAgencyPerson({ name: agency.name, token, hub, clock, log });
        return [agency.name, createReceiver({ config: agency, keep: config.receivers.keep, person, clock })];
      }),
    );
    const stop = () => {
      for (const receiver of value.values()) receiver.stop();
      hub.stop();
    };
    return { value, stop };
  });

  const controlUrl = await lifecycle.start('control', async () => {
    const { version } = deps;
    const server = createControlServer({
      version,
      scenarios,
      player,
      faults,
      receivers,
      farm,
      isCamera,
      gateways,
      clock,
      log,
    });
    try {
      const value = await server.listen({ host: config.control.host, port: config.control.port });
      return { value, stop: () => server.close() };
    } catch (cause) {
      const taken = portOf(cause);
      if (!taken) throw cause;
      throw new StartError(`control port ${taken.port}: ${taken.why}. Free it, or set KUZET_SIM_PORT to another.`, {
        cause,
      });
    }
  });

  player.run(config.scenario);
  log.info(
    { controlUrl, cameras: cameras.length, devices: site.devices.length, scenario: config.scenario },
    'simulators run',
  );
  return { controlUrl };
}

/** `K-0412` carries number 412 in its frame stamp. */
function farmCamera(camera: SiteFile['cameras'][number], config: SimulatorsConfig): FarmCamera {
  const number = Number(/(\d+)$/.exec(camera.id)?.[1] ?? Number.NaN);
  if (!(number <= 4095)) throw new StartError(`camera ${camera.id}: its id must end in a number of 0 to 4095`);
  const clip = config.cameras.clips[camera.id];
  if (!clip) throw new StartError(`camera ${camera.id}: name a clip for it at cameras.clips.${camera.id}`);
  const { id, name, username = '', password = '', ptz } = camera;
  return { id, number, name: name.en, clip, username, password, ptz };
}

/** The port and the plain reason when an error says that a port could not be had. */
function portOf(err: unknown): { port: number; why: string } | null {
  for (let cause = err; cause instanceof Error; cause = cause.cause) {
    const { code, port } = cause as NodeJS.ErrnoException & { port?: number };
    if (port === undefined) continue;
    if (code === 'EADDRINUSE') return { port, why: 'another program has it' };
    if (code === 'EACCES') return { port, why: 'not allowed for this user' };
  }
  return null;
}
