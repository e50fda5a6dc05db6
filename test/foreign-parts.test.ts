/**
 * The demo city on servers and with programs that are not ours: a PostgreSQL server (with TimescaleDB where it has it),
 * Eclipse Mosquitto with the settings we ship for it, its command-line clients as sensors, ffprobe at the cameras.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Device } from '@kuzet/contracts/device.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { topics } from '@kuzet/contracts/topics.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoCity, startDemoCity, until } from './demo-city.ts';
import {
  type Mosquitto,
  missingMosquitto,
  publish,
  startMosquitto,
  startPublisher,
  startSubscriber,
} from './mosquitto.ts';

const serverUrl = process.env.KUZET_TEST_DATABASE_URL;
const lacking = [
  ...(serverUrl ? [] : ['KUZET_TEST_DATABASE_URL (a PostgreSQL server whose user may create databases)']),
  ...missingMosquitto,
];
if (lacking.length > 0) console.warn(`SKIPPED: the city on servers that are not ours. Missing: ${lacking.join(', ')}`);
const ffprobe = process.env.FFPROBE_PATH ?? 'ffprobe';
const hasFfprobe = spawnSync(ffprobe, ['-version']).status === 0;
if (!hasFfprobe) console.warn('SKIPPED: ffprobe at the simulated cameras, which is not installed (FFPROBE_PATH)');

const run = promisify(execFile);
const word = () => randomBytes(18).toString('base64url');
const air = { site: 'qala', device: 'qala-air-01', metric: 'temperature' };
const airTopic = topics.reading(air.site, air.device);

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

describe.skipIf(lacking.length > 0)('the city on servers that are not ours', () => {
  // A password that an address must escape.
  const passwords = { hub: `${word()}@/:`, edge: word(), stranger: word(), camera: word() };
  const databaseName = `kuzet_city_${randomBytes(6).toString('hex')}`;
  let database: pg.Client;
  let mosquitto: Mosquitto;
  let city: DemoCity;
  let officer: string;

  const administer = async (sql: string) => {
    const client = new pg.Client(serverUrl);
    await client.connect();
    await client.query(sql);
    await client.end();
  };

  beforeAll(async () => {
    await administer(`create database ${databaseName}`);
    const url = new URL(serverUrl as string);
    url.pathname = `/${databaseName}`;
    mosquitto = await startMosquitto({
      hub: passwords.hub,
      'demo-edge': passwords.edge,
      'other-edge': passwords.stranger,
    });
    city = await startDemoCity({
      env: {
        KUZET_DATABASE_URL: url.href,
        KUZET_MQTT_URL: `mqtt://hub:${encodeURIComponent(passwords.hub)}@127.0.0.1:${mosquitto.port}`,
        KUZET_EDGE_TOKEN: passwords.edge,
        KUZET_SIM_CAMERA_PASSWORD: passwords.camera,
      },
    });
    database = new pg.Client(url.href);
    await database.connect();
    officer = await city.token('officer');
  }, 90_000);
  afterAll(async () => {
    await city?.stop();
    city?.clean();
    await mosquitto?.remove();
    await database?.end();
    await administer(`drop database if exists ${databaseName} with (force)`);
  });

  /** Every value of the air sensor that the database has, through the API. */
  async function airValues(): Promise<number[]> {
    const values: number[] = [];
    let cursor: string | null = null;
    do {
      const place: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<{ value: number }> = await city.get(
        `/api/v1/readings?deviceId=${air.device}&metric=${air.metric}&limit=1000${place}`,
        officer,
      );
      values.push(...page.items.map(({ value }) => value));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return values;
  }

  it('is ready, with its data on the server and its edge at the broker', async () => {
    const ready = await fetch(`${city.hub}/readyz`);
    expect(ready.status).toBe(200);
    const { database: shown } = ((await ready.json()) as { checks: Record<string, { detail: string }> }).checks;
    const { rows } = await database.query(
      `select (select count(*)::int from kuzet.devices) as devices,
         exists (select from pg_extension where extname = 'timescaledb') as timescale`,
    );
    expect(rows[0].devices).toBeGreaterThan(100);
    expect(shown?.detail).toMatch(rows[0].timescale ? /^PostgreSQL .*, TimescaleDB / : /^PostgreSQL [\d.]+$/);
    if (!rows[0].timescale) return console.warn('SKIPPED: hypertable; the server has no TimescaleDB');
    const hypertables = await database.query('select hypertable_name as name from timescaledb_information.hypertables');
    expect(hypertables.rows).toEqual([{ name: 'readings' }]);
  });

  it('has its devices online', async () => {
    await until(
      async () => {
        const { items } = await city.get<Page<Device>>('/api/v1/devices?limit=1000', officer);
        return items.length > 100 && items.filter(({ state }) => state === 'online').length > items.length * 0.9;
      },
      30_000,
      () => `a tenth of the devices is not online:\n${city.output().slice(-3000)}`,
    );
  }, 40_000);

  it('keeps one edge from speaking for another, and strangers out', async () => {
    const asHub = startSubscriber(mosquitto.port, topics.edgeStatuses, { username: 'hub', password: passwords.hub });
    const stranger = { username: 'other-edge', password: passwords.stranger };
    const asStranger = startSubscriber(mosquitto.port, 'kuzet/v1/#', stranger);
    try {
      // The retained word of our edge says that the subscription stands.
      await until(
        () => asHub.heard().some((line) => line.startsWith(topics.edgeStatus('demo-edge'))),
        10_000,
        () => 'the hub heard nothing of demo-edge',
      );
      publish(mosquitto.port, topics.edgeStatus('demo-edge'), { forged: true }, stranger);
      publish(mosquitto.port, topics.edgeStatus('other-edge'), { own: true }, stranger);
      await until(
        () => asHub.heard().some((line) => line.includes('"own"')),
        10_000,
        () => 'what other-edge says of itself did not arrive',
      );
      expect(asHub.heard().join('\n')).not.toContain('forged');

      const hub = { username: 'hub', password: passwords.hub };
      const ack = topics.ack('other-edge', 'alarm');
      await until(
        () => {
          publish(mosquitto.port, topics.ack('demo-edge', 'alarm'), { forged: true }, stranger);
          publish(mosquitto.port, ack, { own: true }, hub);
          return asStranger.heard().length > 0;
        },
        10_000,
        () => 'other-edge does not hear its own acknowledgements',
      );
      expect(new Set(asStranger.heard())).toEqual(new Set([`${ack} {"own":true}`]));
      expect(() => publish(mosquitto.port, 'kuzet/v1/x', {}, { ...stranger, password: 'wrong' })).toThrow();
      expect(() => publish(mosquitto.port, 'kuzet/v1/x', {})).toThrow();
    } finally {
      asHub.stop();
      asStranger.stop();
    }
  }, 20_000);

  it('takes a reading from mosquitto_pub', async () => {
    const value = 20.123456;
    const observedAt = new Date().toISOString();
    publish(city.edgeMqttPort, airTopic, { observedAt, values: { [air.metric]: value } });
    await until(
      async () => (await airValues()).includes(value),
      10_000,
      () => `the reading did not arrive:\n${city.output().slice(-3000)}`,
    );
    const path = `/api/v1/readings?deviceId=${air.device}&metric=${air.metric}&from=${observedAt}`;
    const { items } = await city.get<Page<{ value: number; observedAt: string }>>(path, officer);
    expect(items).toContainEqual(expect.objectContaining({ value, observedAt }));
  }, 20_000);

  it('opens a fire on smoke from Zigbee2MQTT', async () => {
    publish(city.edgeMqttPort, 'zigbee2mqtt/akku-smoke-306', { smoke: true, battery: 97, linkquality: 120 });
    const fires = async () => (await city.get<Page<Incident>>('/api/v1/incidents?type=fire', officer)).items;
    await until(
      async () => (await fires()).length > 0,
      10_000,
      () => `no fire:\n${city.output().slice(-3000)}`,
    );
    const [fire] = await fires();
    expect(fire).toMatchObject({ siteId: 'akku', zoneId: 'akku-f3-foodcourt', priority: 'critical', drill: false });
    expect(fire?.alarms.map(({ deviceId, condition }) => ({ deviceId, condition }))).toEqual([
      { deviceId: 'akku-smoke-306', condition: 'smoke' },
    ]);
  }, 20_000);

  it.skipIf(!hasFfprobe).each(['tcp', 'udp'])(
    'shows ffprobe a camera over RTSP in %s',
    async (transport) => {
      const { stdout } = await run(ffprobe, [
        ...['-v', 'error', '-rtsp_transport', transport, '-analyzeduration', '1000000', '-of', 'json', '-show_streams'],
        `rtsp://kuzet:${passwords.camera}@127.0.0.1:${city.rtspPort}/K-0412/main`,
      ]);
      const [video] = (JSON.parse(stdout) as { streams: Record<string, unknown>[] }).streams;
      expect(video).toMatchObject({ codec_name: 'h264', codec_type: 'video', width: 640, height: 360 });
    },
    30_000,
  );

  /**
   * Sends values over one connection, 100 a second, none twice; breaks something meanwhile; then expects each of them once.
   * @param from degrees of the first value, which no other test uses within 20.
   * @param disturb gets how many were sent so far and whether the value of a number has arrived.
   */
  async function expectEachOnce(
    from: number,
    disturb: (sent: () => number, hasArrived: (index: number) => Promise<boolean>) => Promise<void>,
  ): Promise<void> {
    const degrees = (index: number) => Number((from + 0.00005 + index / 1000).toFixed(5));
    const hasArrived = async (index: number) => (await airValues()).includes(degrees(index));
    const publisher = startPublisher(city.edgeMqttPort, airTopic, 10, (index) => ({
      observedAt: new Date().toISOString(),
      values: { [air.metric]: degrees(index) },
    }));
    await until(
      () => hasArrived(50),
      10_000,
      () => `the first values did not arrive:\n${city.output().slice(-3000)}`,
    );
    await disturb(publisher.sent, hasArrived);
    const sent = await publisher.end();
    await until(
      () => hasArrived(sent - 1),
      20_000,
      () => `the last value did not arrive:\n${city.output().slice(-3000)}`,
    );
    // The edge's telemetry is one line in order: with the last value here, nothing before it is still to come.
    const ours = new Set(Array.from({ length: sent }, (_, index) => degrees(index)));
    const arrived = (await airValues()).filter((value) => ours.has(value));
    expect(arrived.toSorted((a, b) => a - b)).toEqual([...ours]);
  }

  it('loses and doubles nothing when the broker is killed and comes back', async () => {
    await expectEachOnce(100, async (sent, hasArrived) => {
      await mosquitto.kill();
      const sentBefore = sent();
      await until(
        async () => (await fetch(`${city.hub}/readyz`)).status === 503 && sent() > sentBefore + 100,
        10_000,
        () => 'the hub did not notice',
      );
      expect(await (await fetch(`${city.hub}/readyz`)).text()).toContain('MQTT');
      const whileDown = sent() - 1;
      expect(await hasArrived(whileDown)).toBe(false);

      await mosquitto.start();
      await until(
        () => hasArrived(whileDown),
        30_000,
        () => `what came while the broker was down did not arrive:\n${city.output().slice(-3000)}`,
      );
      expect((await fetch(`${city.hub}/readyz`)).status).toBe(200);
    });
  }, 60_000);

  it('loses and doubles nothing when the database server cuts every connection of the hub, again and again', async () => {
    await expectEachOnce(130, async (sent, hasArrived) => {
      let cut = 0;
      for (let round = 0; round < 5; round++) {
        const before = sent();
        await until(
          () => hasArrived(before),
          20_000,
          () => `nothing arrives after ${round} cuts:\n${city.output().slice(-3000)}`,
        );
        const { rowCount } = await database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name = 'kuzet-hub' and datname = current_database()`,
        );
        cut += rowCount ?? 0;
      }
      expect(cut).toBeGreaterThanOrEqual(5);
    });
    expect((await fetch(`${city.hub}/healthz`)).status).toBe(200);
    expect(city.output()).not.toContain('hub  | ended');
  }, 60_000);
});
