/**
 * The thin line, end to end, on the real processes: a sensor's message at the edge's broker becomes an incident, a signed
 * webhook, a picture on the wall, an acceptance at the desk.
 */
import type { Camera } from '@kuzet/contracts/camera.ts';
import type { Device } from '@kuzet/contracts/device.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoCity, descendants, isAlive, startDemoCity, until } from './demo-city.ts';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

interface ReceivedRequest {
  headers: Record<string, string>;
  body: string;
}

let city: DemoCity;
let officer: string;
let police: string;

beforeAll(async () => {
  city = await startDemoCity();
  officer = await city.token('officer');
  police = await city.token('police');
}, 90_000);
afterAll(() => city?.clean());

const fires = async (): Promise<Incident[]> =>
  (await city.get<Page<Incident>>('/api/v1/incidents?type=fire', officer)).items;

describe('a city from one command', () => {
  it('is ready within 15 s of its start', () => {
    expect(city.readyMs).toBeLessThan(15_000);
  });

  it('shows devices and live cameras that were found over ONVIF and RTSP', async () => {
    await until(
      async () => {
        const cameras = await city.get<Page<Camera>>('/api/v1/cameras?limit=100', officer);
        return cameras.items.filter((camera) => camera.state === 'live').length >= 10;
      },
      40_000,
      () => `fewer than ten cameras live:\n${city.output().slice(-3000)}`,
    );
    const devices = await city.get<Page<Device>>('/api/v1/devices?limit=1000', officer);
    expect(devices.items.length).toBeGreaterThan(100);
    expect(devices.items.filter((device) => device.state === 'online').length).toBeGreaterThan(50);
  }, 60_000);

  it('answers nothing but the open list without a sign-in', async () => {
    for (const path of ['/api/v1/incidents', '/api/v1/devices', '/api/v1/cameras', '/api/v1/audit', '/api/v1/walls']) {
      expect((await fetch(city.hub + path)).status, path).toBe(401);
    }
    expect((await fetch(`${city.edge}/cameras`)).status).toBe(401);
    expect((await fetch(`${city.hub}/healthz`)).status).toBe(200);
  });

  it('plays the camera through the hub as HLS', async () => {
    const cameras = await city.get<Page<Camera>>('/api/v1/cameras?limit=100', officer);
    const live = cameras.items.find((camera) => camera.state === 'live') as Camera;
    const headers = { authorization: `Bearer ${officer}` };
    const base = `${city.hub}/api/v1/cameras/${live.id}/live/`;
    // A camera is live with its first frame; its first segment is whole a second later.
    let playlist = '';
    await until(
      async () => {
        playlist = await (await fetch(`${base}index.m3u8`, { headers })).text();
        return playlist.includes('#EXT-X-PROGRAM-DATE-TIME');
      },
      5_000,
      () => playlist,
    );
    const segment = playlist
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .at(-1) as string;
    const bytes = new Uint8Array(await (await fetch(new URL(segment, base), { headers })).arrayBuffer());
    expect(new TextDecoder().decode(bytes.subarray(4, 8))).toMatch(/styp|moof|sidx|emsg/);
    const picture = await fetch(`${city.hub}/api/v1/cameras/${live.id}/snapshot.jpg`, { headers });
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
  });
});

describe('a fire in the mall', () => {
  let fire: Incident;

  it('becomes an incident with its zone, alarms and nearest cameras within 2 s of the first alarm-level reading', async () => {
    const before = new Set((await fires()).map((incident) => incident.id));
    const run = await fetch(`${city.simulators}/scenarios/mall-fire/run`, { method: 'POST' });
    expect(run.ok).toBe(true);
    await until(
      async () => (await fires()).some((incident) => !before.has(incident.id)),
      60_000,
      () => `no fire:\n${city.output().slice(-3000)}`,
    );
    fire = (await fires()).find((incident) => !before.has(incident.id)) as Incident;
    expect(fire.siteName?.kk).toContain('Аққу');
    expect(fire.zoneId).not.toBeNull();
    expect(fire.alarms.length).toBeGreaterThan(0);
    expect(fire.cameras.length).toBeGreaterThanOrEqual(1);
    expect(fire.cameras.length).toBeLessThanOrEqual(6);
    const distances = fire.cameras.map((camera) => camera.distanceM);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(fire.drill).toBe(false);

    const first = fire.alarms.toSorted((a, b) => a.raisedAt.localeCompare(b.raisedAt))[0];
    const openedMs = Date.parse(fire.openedAt) - Date.parse(first?.raisedAt ?? '');
    expect(openedMs).toBeLessThan(2_000);
  }, 90_000);

  it('sends the fire service a request that the package standardwebhooks verifies', async () => {
    const requests = async () =>
      (
        (await (await fetch(`${city.simulators}/receivers/101/requests`)).json()) as { items: ReceivedRequest[] }
      ).items.filter((request) => request.body.includes(fire.id));
    await until(
      async () => (await requests()).length > 0,
      10_000,
      () => 'the fire service received nothing',
    );
    const [request] = await requests();
    const body = new Webhook(city.webhookSecret()).verify(request?.body ?? '', request?.headers ?? {}) as {
      type: string;
      data: { incident: { id: string } };
    };
    expect(body.type).toBe('incident.raised');
    expect(body.data.incident.id).toBe(fire.id);
    expect(() => new Webhook(city.webhookSecret()).verify(`${request?.body} `, request?.headers ?? {})).toThrow();
  });

  it('does not call delivered accepted, and shows the desk its own dispatch only', async () => {
    const dispatches = (await city.get<Page<Dispatch>>('/api/v1/dispatches?limit=100', police)).items;
    expect(dispatches.length).toBeGreaterThan(0);
    expect(new Set(dispatches.map((dispatch) => dispatch.service))).toEqual(new Set(['102']));
    expect(dispatches.every((dispatch) => dispatch.acceptedAt === null)).toBe(true);
    const other = (await city.get<Incident>(`/api/v1/incidents/${fire.id}`, officer)).dispatches.find(
      (dispatch) => dispatch.service === '101',
    );
    expect((await city.post(`/api/v1/dispatches/${other?.id}/accept`, police, {})).status).toBe(403);
  });

  it('keeps what the officer acknowledged, however often the button is pressed', async () => {
    const moments = new Set<string | null>();
    for (let press = 0; press < 3; press++) {
      const answer = await city.post(`/api/v1/incidents/${fire.id}/acknowledge`, officer, {});
      expect(answer.status).toBe(200);
      moments.add(((await answer.json()) as Incident).acknowledgedAt);
    }
    expect([...moments]).toHaveLength(1);
    expect([...moments][0]).toEqual(expect.any(String));
  });

  it('stays through a kill -9 of the hub, and the line goes on by itself', async () => {
    const health = (await (await fetch(`${city.hub}/healthz`)).json()) as { pid: number };
    process.kill(health.pid, 'SIGKILL');
    await until(
      async () => {
        const answer = (await (await fetch(`${city.hub}/healthz`)).json()) as { pid: number };
        return answer.pid !== health.pid && (await fetch(`${city.hub}/readyz`)).ok;
      },
      30_000,
      () => `the hub did not come back:\n${city.output().slice(-3000)}`,
    );
    const now = await city.get<Incident>(`/api/v1/incidents/${fire.id}`, officer);
    expect(now.acknowledgedAt).not.toBeNull();
    expect(
      (await fires()).filter((incident) => incident.siteId === fire.siteId && incident.state !== 'closed'),
    ).toHaveLength(1);
  }, 60_000);
});

describe('stop and second start', () => {
  it('stops everything within 5 s of SIGTERM and leaves no process behind; the next start keeps incidents and devices', async () => {
    const before = (await city.get<Page<Incident>>('/api/v1/incidents?limit=100', officer)).items.map(
      (incident) => incident.id,
    );
    const all = descendants(city.parent.pid as number);
    expect(all.length).toBeGreaterThanOrEqual(3);
    const { tookMs, code } = await city.stop();
    expect(tookMs).toBeLessThan(5_000);
    expect(code).toBe(0);
    expect(city.output()).not.toContain('did not stop in time');
    expect(all.filter(isAlive)).toEqual([]);

    city = await startDemoCity({ dataDir: city.dataDir, byNpm: true });
    const token = await city.token('officer');
    const after = (await city.get<Page<Incident>>('/api/v1/incidents?limit=100', token)).items.map(
      (incident) => incident.id,
    );
    expect(after).toEqual(expect.arrayContaining(before));
    expect((await city.get<Page<Device>>('/api/v1/devices?limit=1000', token)).items.length).toBeGreaterThan(100);
  }, 120_000);

  it('stops as well when npm gets the SIGTERM, whose shell tells nobody', async () => {
    const all = descendants(city.parent.pid as number);
    expect(all.length).toBeGreaterThanOrEqual(4);
    await city.stop();
    await until(
      () => !all.some(isAlive),
      5_000,
      () => `left behind:\n${city.output().slice(-2000)}`,
    );
  });
});
