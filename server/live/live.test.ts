import type { Incident } from '@kuzet/contracts/incident.ts';
import { closeCodes, type LiveChange, type LiveSnapshot, type ServerMessage } from '@kuzet/contracts/live.ts';
import type { Role } from '@kuzet/contracts/user.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it, vi } from 'vitest';
import { createLive } from './live.ts';
import type { LiveLoader } from './live-loader.ts';

const name = (en: string) => ({ kk: en, ru: en, en });
const incidentOf = (id: string, agencyIds: string[], more: Partial<Incident> = {}) =>
  ({
    id,
    state: 'new',
    siteId: 'mall',
    zoneId: null,
    cameras: [{ id: 'cam-1', distanceM: 5, bearingDeg: 0 }],
    dispatches: agencyIds.map((agencyId) => ({ agencyId })),
    ...more,
  }) as Incident;
const byId = <T extends { id: string }>(items: T[], ids: readonly string[]) =>
  items.filter(({ id }) => ids.includes(id));

function setUp() {
  const clock = createTestClock();
  const city = {
    incident: [] as Incident[],
    device: [{ id: 'dev-1', state: 'online' }],
    camera: [{ id: 'cam-1' }, { id: 'cam-2' }],
    site: [
      { id: 'mall', name: name('Mall') },
      { id: 'park', name: name('Park') },
    ],
    zone: [] as { id: string }[],
    agency: [{ id: '102' }, { id: '101' }],
    wall: [{ id: 'main' }],
    edge: [{ id: 'edge-1', online: true }],
    system: { id: 'hub', deadLetters: 0 },
  };
  const isOpen = ({ state }: Incident) => state !== 'closed';
  let failing = false;
  const loader = {
    incidents: vi.fn(async (ids: readonly string[] | 'open') => {
      if (failing) throw new Error('no database');
      return ids === 'open' ? city.incident.filter(isOpen) : byId(city.incident, ids);
    }),
    devices: vi.fn(async (ids: readonly string[] | 'all') => (ids === 'all' ? city.device : byId(city.device, ids))),
    cameras: async (ids: readonly string[] | 'all') => (ids === 'all' ? city.camera : byId(city.camera, ids)),
    sites: async () => city.site,
    zones: async () => city.zone,
    agencies: async () => city.agency,
    walls: async () => city.wall,
    edges: async () => city.edge,
    system: async () => city.system,
  };
  const onReceived = vi.fn();
  const lookSession = vi.fn(async () => null as { expiresAtMs: number | null } | null);
  const live = createLive({
    load: loader as unknown as LiveLoader,
    clock,
    log: silentLog,
    coalesceMs: 250,
    maxBufferedBytes: 100_000,
    lookSession,
    onReceived,
  });

  async function connect(role: Role, agencyId: string | null = null, hello = true) {
    const messages: ServerMessage[] = [];
    const closed: number[] = [];
    const socket = {
      bufferedAmount: 0,
      send: (text: string) => void messages.push(JSON.parse(text) as ServerMessage),
      close: (code: number) => void closed.push(code),
      terminate: vi.fn(),
    };
    const user = { id: role, username: role, displayName: role, role, agencyId };
    const connection = live.connect(socket, { tokenHash: `hash-${role}`, user, expiresAtMs: null });
    const send = (message: unknown) => connection.receive(JSON.stringify(message));
    if (hello) {
      send({ t: 'hello', protocol: 1, page: 'test' });
      await vi.waitFor(() => expect(messages.length + closed.length).toBeGreaterThan(0));
    }
    const of = <T extends ServerMessage['t']>(t: T) =>
      messages.filter((message): message is Extract<ServerMessage, { t: T }> => message.t === t);
    const changes = () => of('patch').flatMap((patch) => patch.changes);
    return { messages, closed, socket, send, of, changes, connection };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    city,
    loader,
    live,
    connect,
    settled,
    onReceived,
    lookSession,
    fail: (value: boolean) => {
      failing = value;
    },
  };
}
const pairs = (changes: LiveChange[]) => changes.map(({ kind, id, value }) => `${kind} ${id}${value ? '' : ' gone'}`);
const idsOf = (data: LiveSnapshot) =>
  Object.entries(data).flatMap(([kind, items]) => items.map((item: { id: string }) => `${kind} ${item.id}`));

describe('live', () => {
  it('[W1] hello brings a snapshot, then each patch has the next rev and a tick names the last', async () => {
    const { city, live, clock, connect } = setUp();
    const screen = await connect('screen');
    expect(screen.of('snapshot')[0]).toMatchObject({ protocol: 1, rev: 0, now: clock.now(), user: { role: 'screen' } });
    for (const id of ['INC-2026-000001', 'INC-2026-000002']) {
      city.incident.push(incidentOf(id, []));
      live.publish({ incidents: [id] });
      await vi.waitFor(() => expect(pairs(screen.changes())).toContain(`incident ${id}`));
    }
    expect(screen.of('patch').map(({ rev }) => rev)).toEqual([1, 2]);
    clock.advance(1_000);
    expect(screen.of('tick')).toEqual([{ t: 'tick', rev: 2, now: clock.now() }]);
  });

  it('[W2] incidents go at once, devices are gathered to at most four patches a second', async () => {
    const { city, live, clock, connect, settled } = setUp();
    const screen = await connect('screen');
    for (let n = 0; n < 40; n++) {
      live.publish({ devices: ['dev-1'] });
      clock.advance(25);
      await settled();
    }
    expect(screen.of('patch').length).toBeGreaterThanOrEqual(3);
    expect(screen.of('patch').length).toBeLessThanOrEqual(4);
    const before = screen.of('patch').length;
    city.incident.push(incidentOf('INC-2026-000001', []));
    live.publish({ incidents: ['INC-2026-000001'], devices: ['dev-1'] });
    await vi.waitFor(() => expect(screen.of('patch').length).toBe(before + 1));
    expect(pairs(screen.changes())).toContain('incident INC-2026-000001');
  });

  it('[P23] an incident goes before readings that were gathered, and between two parts of them', async () => {
    const { city, live, clock, loader, connect } = setUp();
    city.device = Array.from({ length: 250 }, (_, i) => ({ id: `dev-${i}`, state: 'online' }));
    city.incident.push(incidentOf('INC-2026-000001', []), incidentOf('INC-2026-000002', []));
    const screen = await connect('screen');
    let opened = false;
    loader.devices.mockImplementation(async (ids) => {
      // Raised while the first part is read.
      if (!opened) live.publish({ incidents: ['INC-2026-000002'] });
      opened = true;
      return ids === 'all' ? city.device : byId(city.device, ids);
    });
    live.publish({ devices: city.device.map(({ id }) => id), incidents: ['INC-2026-000001'] });
    await vi.waitFor(() => expect(screen.changes()).toHaveLength(1));
    clock.advance(250);
    await vi.waitFor(() => expect(screen.changes()).toHaveLength(252));
    const told = screen.of('patch').map(({ changes }) => `${changes[0]?.kind} ${changes.length}`);
    expect(told).toEqual(['incident 1', 'device 100', 'incident 1', 'device 100', 'device 50']);
  });

  it('[P23] while no screen is connected nothing is read', async () => {
    const { live, clock, loader, settled } = setUp();
    live.publish({ devices: ['dev-1'], incidents: ['INC-2026-000001'] });
    clock.advance(1_000);
    await settled();
    expect(loader.devices).not.toHaveBeenCalled();
    expect(loader.incidents).not.toHaveBeenCalled();
  });

  it('[W3] a closed incident sends its last word and goes', async () => {
    const { city, live, connect } = setUp();
    city.incident.push(incidentOf('INC-2026-000001', []));
    const screen = await connect('screen');
    city.incident[0]!.state = 'closed';
    live.publish({ incidents: ['INC-2026-000001'] });
    await vi.waitFor(() => expect(screen.of('patch').length).toBe(1));
    expect(pairs(screen.changes())).toEqual(['incident INC-2026-000001', 'incident INC-2026-000001 gone']);
  });

  it('[W4] a dispatcher sees its agency’s incidents and what they need, and nothing else', async () => {
    const { city, live, connect } = setUp();
    city.incident.push(incidentOf('INC-2026-000001', ['102']), incidentOf('INC-2026-000002', ['101']));
    const desk = await connect('dispatcher', '102');
    expect(idsOf(desk.of('snapshot')[0]!.data)).toEqual([
      'incident INC-2026-000001',
      'camera cam-1',
      'site mall',
      'agency 102',
      'system hub',
    ]);
    live.publish({ incidents: ['INC-2026-000002'], devices: ['dev-1'], walls: true, edges: ['edge-1'] });
    city.incident.push(
      incidentOf('INC-2026-000003', ['102'], {
        siteId: 'park',
        cameras: [{ id: 'cam-2', distanceM: 1, bearingDeg: 0 }],
      }),
    );
    live.publish({ incidents: ['INC-2026-000003'] });
    await vi.waitFor(() => expect(desk.of('patch').length).toBeGreaterThan(0));
    expect(pairs(desk.changes())).toEqual(['site park', 'camera cam-2', 'incident INC-2026-000003']);
    expect(desk.of('patch').map(({ rev }) => rev)).toEqual([1]);
  });

  it('[W4] what an agency no longer has, its desk forgets', async () => {
    const { city, live, connect } = setUp();
    city.incident.push(incidentOf('INC-2026-000001', ['102']));
    const desk = await connect('dispatcher', '102');
    city.incident[0]!.state = 'closed';
    live.publish({ incidents: ['INC-2026-000001'] });
    await vi.waitFor(() => expect(desk.of('patch').length).toBe(1));
    expect(pairs(desk.changes())).toEqual([
      'site mall gone',
      'camera cam-1 gone',
      'incident INC-2026-000001',
      'incident INC-2026-000001 gone',
    ]);
  });

  it('[W5] a screen that reads nothing is dropped with 4408 and slows nobody', async () => {
    const { city, live, clock, connect } = setUp();
    const slow = await connect('screen');
    const other = await connect('engineer');
    slow.socket.bufferedAmount = 200_000;
    city.incident.push(incidentOf('INC-2026-000001', []));
    live.publish({ incidents: ['INC-2026-000001'] });
    await vi.waitFor(() => expect(other.of('patch').length).toBe(1));
    expect(slow.closed).toEqual([closeCodes.tooSlow]);
    expect(slow.of('patch')).toEqual([]);
    expect(live.connections()).toBe(1);
    clock.advance(5_000);
    expect(slow.socket.terminate).toHaveBeenCalledOnce();
  });

  it('[W6] a session that ends closes its screen with 4401', async () => {
    const { live, connect } = setUp();
    const screen = await connect('screen');
    const other = await connect('engineer');
    live.endSessions(['hash-screen']);
    expect(screen.closed).toEqual([closeCodes.signInNeeded]);
    expect(other.closed).toEqual([]);
  });

  it('[W7] another protocol is told so, a role without screens refused, a silent page dropped', async () => {
    const { clock, connect } = setUp();
    const old = await connect('screen', null, false);
    old.send({ t: 'hello', protocol: 99, page: 'wall' });
    expect(old.closed).toEqual([closeCodes.protocolMismatch]);
    const homeless = await connect('dispatcher', null);
    expect(homeless.closed).toEqual([closeCodes.forbidden]);
    const silent = await connect('screen', null, false);
    clock.advance(10_000);
    expect(silent.closed).toEqual([1002]);
    const rude = await connect('screen', null, false);
    rude.send({ t: 'shout' });
    expect(rude.closed).toEqual([1008]);
  });

  it('[W8] a change that cannot be read is told once it can', async () => {
    const { city, live, clock, connect, settled, fail, loader } = setUp();
    const screen = await connect('screen');
    city.incident.push(incidentOf('INC-2026-000001', []));
    fail(true);
    const reads = loader.incidents.mock.calls.length;
    live.publish({ incidents: ['INC-2026-000001'] });
    await vi.waitFor(() => expect(loader.incidents.mock.calls.length).toBe(reads + 1));
    await settled();
    expect(screen.of('patch')).toEqual([]);
    fail(false);
    clock.advance(1_000);
    await vi.waitFor(() => expect(pairs(screen.changes())).toContain('incident INC-2026-000001'));
  });

  it('[W9] received reaches dispatch, ping comes back with the hub’s time', async () => {
    const { clock, connect, onReceived } = setUp();
    const desk = await connect('dispatcher', '102');
    desk.send({ t: 'received', dispatchId: 'd-1' });
    expect(onReceived).toHaveBeenCalledWith('d-1', expect.objectContaining({ agencyId: '102' }));
    desk.send({ t: 'ping', at: 7 });
    expect(desk.of('pong')).toEqual([{ t: 'pong', at: 7, now: clock.now() }]);
  });
});
