import type { Camera } from '@kuzet/contracts/camera.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import type { Wall } from '@kuzet/contracts/wall.ts';
import { describe, expect, it } from 'vitest';
import { ago, highIncident, mallFire, cameras as sampleCameras, sampleSnapshot } from '../test/sample-city.ts';
import { boundsOf, dispatchRows, type IncidentScene, layOut, type QuietScene, type Scene } from './layout.ts';

const wall = (change: Partial<Wall> = {}): Wall => ({ ...(sampleSnapshot().wall[0] as Wall), ...change });
const cameraTable = (change: Record<string, Partial<Camera>> = {}) =>
  new Map(sampleCameras().map((camera) => [camera.id, { ...camera, ...change[camera.id] }]));

function scene(
  incidents: Incident[],
  change: { wall?: Wall; cameras?: Map<string, Camera>; previous?: Scene | null } = {},
): Scene {
  return layOut({
    wall: change.wall ?? wall(),
    screenId: '1',
    incidents,
    cameras: change.cameras ?? cameraTable(),
    previous: change.previous ?? null,
  });
}
const quiet = (...input: Parameters<typeof scene>) => scene(...input) as QuietScene;
const burning = (...input: Parameters<typeof scene>) => scene(...input) as IncidentScene;
const ids = (one: Scene) => one.tiles.map((tile) => tile.cameraId);

describe('a quiet wall', () => {
  it('shows the six cameras of its screen, unnumbered, where they always are', () => {
    const shown = quiet([]);
    expect(shown.kind).toBe('quiet');
    expect(ids(shown)).toEqual(['K-0412', 'K-0267', 'K-0118', 'K-0031', 'K-0075', 'K-0530']);
    expect(shown.tiles.every((tile) => tile.number === null && tile.reason === 'plan')).toBe(true);
    expect(shown.tiles[0]?.picture).toEqual({ x: 1136, y: 148, width: 376, height: 211.5 });
  });

  it('shares the cameras in order among screens that nobody has arranged', () => {
    const bare = (count: number) =>
      wall({ screens: Array.from({ length: count }, (_, i) => ({ id: String(i + 1), tiles: [] })) });
    const cameras = cameraTable({ 'K-0075': { state: 'disabled' } });
    const first = ids(quiet([], { wall: bare(2), cameras }));
    const second = ids(layOut({ wall: bare(2), screenId: '2', incidents: [], cameras, previous: null }));
    expect(first).toHaveLength(6);
    expect(first).toEqual([...first].sort());
    expect([...first, ...second]).not.toContain('K-0075');
    expect(first.filter((id) => second.includes(id))).toEqual([]);
  });

  it('counts open incidents by priority, what is in work, and cameras that are live of those in service', () => {
    const closed = mallFire({ state: 'closed' });
    const cameras = cameraTable({ 'K-0412': { state: 'stalled' }, 'K-0267': { state: 'disabled' } });
    const shown = quiet([closed, highIncident({ state: 'new' }), ...sampleSnapshot().incident], { cameras });
    expect(shown.counts).toEqual({
      critical: 0,
      high: 1,
      routine: 3,
      inWork: 3,
      camerasLive: 8,
      camerasTotal: 9,
    });
  });

  it('gives one tile to a high incident, and no band', () => {
    const shown = quiet([highIncident({ cameras: [{ id: 'K-1043', distanceM: 40, bearingDeg: 0 }] })]);
    expect(shown.kind).toBe('quiet');
    expect(ids(shown)).toEqual(['K-0412', 'K-0267', 'K-0118', 'K-0031', 'K-0075', 'K-1043']);
    expect(shown.tiles[5]).toMatchObject({ reason: 'high', incidentId: 'INC-2026-000124', distanceM: 40 });
  });

  it('marks the tile in place where that camera is on the wall already', () => {
    const shown = quiet([highIncident({ cameras: [{ id: 'K-0118', distanceM: 40, bearingDeg: 0 }] })]);
    expect(ids(shown)).toEqual(ids(quiet([])));
    expect(shown.tiles[2]?.reason).toBe('high');
  });

  it('lays more than six tiles in a tighter grid inside the same area', () => {
    const tiles = cameraTable();
    const shown = quiet([], { wall: wall({ screens: [{ id: '1', tiles: [...tiles.keys()].slice(0, 9) }] }) });
    expect(shown.tiles).toHaveLength(9);
    const bounds = boundsOf(shown.tiles);
    expect([bounds.x, bounds.y]).toEqual([1136, 148]);
    expect(bounds.x + bounds.width).toBeLessThanOrEqual(1904);
    expect(bounds.y + bounds.height).toBeLessThanOrEqual(1064);
  });
});

describe('a critical incident', () => {
  it('takes the wall: nearest camera large, three more by distance, numbered', () => {
    const shown = burning([mallFire()]);
    expect(shown.kind).toBe('incident');
    expect(shown.bands.map((one) => one.id)).toEqual(['INC-2026-000123']);
    expect(shown.tiles.map((tile) => [tile.number, tile.cameraId, tile.variant])).toEqual([
      [1, 'K-1043', 'hero'],
      [2, 'K-1044', 'small'],
      [3, 'K-1045', 'small'],
      [4, 'K-1046', 'small'],
    ]);
  });

  it('crops no picture: every tile is 16:9, and none leaves the panel', () => {
    const bounds = boundsOf(burning([mallFire()]).tiles);
    for (const tile of [...burning([mallFire()]).tiles, ...quiet([]).tiles]) {
      expect(tile.picture.width / tile.picture.height).toBeCloseTo(16 / 9, 5);
    }
    expect(bounds.y + bounds.height).toBeLessThanOrEqual(1065);
  });

  it('puts the nearest camera that works in large, and keeps a lost one in its place beside it', () => {
    const shown = burning([mallFire()], { cameras: cameraTable({ 'K-1043': { state: 'lost' } }) });
    expect(ids(shown)).toEqual(['K-1044', 'K-1043', 'K-1045', 'K-1046']);
  });

  it('moves nothing when a small tile is lost later', () => {
    const before = burning([mallFire()]);
    const after = burning([mallFire()], { previous: before, cameras: cameraTable({ 'K-1044': { state: 'lost' } }) });
    expect(after.tiles).toEqual(before.tiles);
  });

  it('exchanges only the large tile when that one is lost; every camera keeps its number', () => {
    const before = burning([mallFire()]);
    const cameras = cameraTable({ 'K-1043': { state: 'lost' } });
    const after = burning([mallFire()], { previous: before, cameras });
    expect(after.tiles.map((tile) => [tile.number, tile.cameraId])).toEqual([
      [2, 'K-1044'],
      [1, 'K-1043'],
      [3, 'K-1045'],
      [4, 'K-1046'],
    ]);
    // A stalled picture comes and goes: it is no reason to move.
    const stalled = cameraTable({ 'K-1043': { state: 'stalled' } });
    expect(burning([mallFire()], { previous: before, cameras: stalled }).tiles).toEqual(before.tiles);
  });

  it('gives the earlier view back after closing', () => {
    const before = quiet([]);
    const during = scene([mallFire()], { previous: before });
    const after = scene([mallFire({ state: 'closed' })], { previous: during });
    expect(after).toEqual(before);
  });

  it('keeps the wall while it is resolved but not closed', () => {
    expect(scene([mallFire({ state: 'resolved' })]).kind).toBe('incident');
  });

  it('shares the band with a second one: the newer is large, the older narrows', () => {
    const newer = mallFire({ id: 'INC-2026-000200', openedAt: ago(10) });
    const shown = burning([mallFire(), newer, highIncident()]);
    expect(shown.bands.map((one) => one.id)).toEqual(['INC-2026-000200', 'INC-2026-000123']);
    expect(shown.others).toEqual({ critical: 0, high: 1, routine: 0 });
  });

  it('counts what the band has no room for', () => {
    const many = Array.from({ length: 5 }, (_, i) => mallFire({ id: `INC-2026-00030${i}`, openedAt: ago(10 + i) }));
    const shown = burning(many);
    expect(shown.bands).toHaveLength(3);
    expect(shown.bandOverflow).toBe(2);
  });

  it('never lets a newer drill stand in front of the real thing', () => {
    const drill = mallFire({ id: 'INC-2026-000201', drill: true, openedAt: ago(5) });
    expect(burning([drill, mallFire()]).bands.map((one) => one.drill)).toEqual([false, true]);
  });

  it('says so with an empty tile where no camera is near', () => {
    expect(burning([mallFire({ cameras: [] })]).tiles).toMatchObject([{ cameraId: null, variant: 'hero' }]);
  });
});

describe('what an officer shows', () => {
  it('brings an incident of any priority into focus', () => {
    const shown = burning([highIncident()], { wall: wall({ show: { incidentId: 'INC-2026-000124' } }) });
    expect(shown.focus.id).toBe('INC-2026-000124');
  });

  it('keeps a critical in the band beside what was chosen', () => {
    const shown = burning([highIncident(), mallFire()], { wall: wall({ show: { incidentId: 'INC-2026-000124' } }) });
    expect(shown.bands.map((one) => one.id)).toEqual(['INC-2026-000124', 'INC-2026-000123']);
  });

  it('is obeyed by the screen it names only', () => {
    const show = { incidentId: 'INC-2026-000124', screen: '2' };
    expect(scene([highIncident()], { wall: wall({ show }) }).kind).toBe('quiet');
  });

  it('gives a camera the first tile, or the last of an incident', () => {
    const chosen = wall({ show: { cameraId: 'K-1046' } });
    expect(quiet([], { wall: chosen }).tiles[0]).toMatchObject({ cameraId: 'K-1046', reason: 'officer' });
    const other = wall({ show: { cameraId: 'K-0031' } });
    expect(ids(burning([mallFire()], { wall: other }))).toEqual(['K-1043', 'K-1044', 'K-1045', 'K-0031']);
  });

  it('is over when that incident is closed', () => {
    const show = { incidentId: 'INC-2026-000124' };
    expect(scene([highIncident({ state: 'closed' })], { wall: wall({ show }) }).kind).toBe('quiet');
  });
});

describe('service rows', () => {
  const [first] = mallFire().dispatches as [Dispatch];
  const one = (change: Partial<Dispatch>) => dispatchRows([{ ...first, ...change }]).rows[0];
  const unaccepted = { acceptedAt: null, progress: null, unit: null, etaAt: null } as const;

  it('stand by service number, the newest dispatch of each agency', () => {
    const repeated = { ...first, id: 'D-101b', queuedAt: ago(1), state: 'sent' as const };
    const { rows } = dispatchRows([...mallFire().dispatches].reverse().concat(repeated));
    expect(rows.map((row) => [row.dispatch.service, row.state])).toEqual([
      ['101', 'sent'],
      ['102', 'on-scene'],
      ['103', 'delivered'],
      ['104', 'accepted'],
    ]);
  });

  it('delivered is never accepted, and warns only past the limit', () => {
    expect(one({ ...unaccepted, state: 'delivered', overdue: false })).toMatchObject({
      state: 'delivered',
      warn: false,
      time: { kind: 'waiting', overdue: false },
    });
    expect(one({ ...unaccepted, state: 'delivered', overdue: true })).toMatchObject({ warn: true });
    expect(one({ ...unaccepted, state: 'sent', overdue: true })).toMatchObject({ state: 'sent', warn: true });
  });

  it('one that will not come warns at once', () => {
    expect(one({ ...unaccepted, state: 'rejected' })?.warn).toBe(true);
    expect(one({ ...unaccepted, state: 'failed' })?.warn).toBe(true);
  });

  it('counts down to arrival, then says when it arrived', () => {
    expect(one({ progress: 'en-route', etaAt: ago(-90) })?.time.kind).toBe('countdown');
    expect(one({ progress: 'on-scene', onSceneAt: ago(5) })?.time).toMatchObject({ kind: 'clock', word: 'arrived' });
    expect(one({ progress: null, etaAt: null })?.time).toMatchObject({ kind: 'clock', word: 'accepted' });
  });

  it('folds what does not fit, never a row that warns', () => {
    const seven = Array.from({ length: 7 }, (_, i) => ({
      ...first,
      agencyId: `a${i}`,
      service: `10${i}`,
      ...(i === 6 ? { ...unaccepted, state: 'delivered' as const, overdue: true } : {}),
    }));
    const { rows, folded } = dispatchRows(seven);
    expect(rows).toHaveLength(5);
    expect(folded).toBe(2);
    expect(rows.some((row) => row.dispatch.service === '106' && row.warn)).toBe(true);
  });
});
