import type { Camera } from '@kuzet/contracts/camera.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident, NearbyCamera, Priority } from '@kuzet/contracts/incident.ts';
import type { Wall } from '@kuzet/contracts/wall.ts';
import type { FaceVariant } from '../overlay/tile-face.ts';
import type { Rect } from '../tiles/tile.ts';

/** The wall is laid out once, for this panel, and scaled to any other. */
export const reference = { width: 1920, height: 1080 } as const;

export interface LayoutInput {
  wall: Wall;
  screenId: string;
  incidents: Iterable<Incident>;
  cameras: ReadonlyMap<string, Camera>;
  /** The scene before this one: cameras keep their places while an incident lasts. */
  previous: Scene | null;
}

/** Why a camera has its tile. */
export type TileReason = 'plan' | 'incident' | 'high' | 'officer';

export interface TilePlan {
  cameraId: string | null;
  variant: FaceVariant;
  picture: Rect;
  caption: Rect;
  /** Ties the tile to the map; null in the quiet view. */
  number: number | null;
  distanceM: number | null;
  reason: TileReason;
  /** The incident it was given to. */
  incidentId: string | null;
}

export interface Counts {
  critical: number;
  high: number;
  /** Open incidents that a person has taken. */
  inWork: number;
  routine: number;
  camerasLive: number;
  camerasTotal: number;
}

export interface QuietScene {
  kind: 'quiet';
  tiles: TilePlan[];
  counts: Counts;
  /** Open incidents of high priority, newest first: named in the header, never a band. */
  high: Incident[];
}

export interface IncidentScene {
  kind: 'incident';
  /** The incident in large: newest critical, or what an officer put here. */
  focus: Incident;
  /** Every incident with a share of the band, focus first; the others narrow. */
  bands: Incident[];
  /** Criticals for which the band has no room. */
  bandOverflow: number;
  tiles: TilePlan[];
  rows: DispatchRow[];
  rowsFolded: number;
  /** Open incidents without a share of the band. */
  others: Record<Priority, number>;
  counts: Counts;
  map: Rect;
}

export type Scene = QuietScene | IncidentScene;

const newestFirst = (a: Incident, b: Incident) => b.openedAt.localeCompare(a.openedAt) || a.id.localeCompare(b.id);
/** A drill never stands in front of the real thing. */
const bandOrder = (a: Incident, b: Incident) => Number(a.drill) - Number(b.drill) || newestFirst(a, b);

const maxBands = 3;

/** What this screen shows now. Pure: the same state gives the same scene. */
export function layOut(input: LayoutInput): Scene {
  const open = [...input.incidents].filter((incident) => incident.state !== 'closed');
  const { show } = input.wall;
  const forThisScreen = show.screen === undefined || show.screen === input.screenId;
  const shown = forThisScreen && show.incidentId ? open.find((incident) => incident.id === show.incidentId) : undefined;
  const officerCameraId = forThisScreen && show.cameraId ? show.cameraId : null;
  const criticals = open.filter((incident) => incident.priority === 'critical').sort(bandOrder);
  const focus = shown ?? criticals[0];
  return focus
    ? incidentScene(input, open, focus, criticals, officerCameraId)
    : quietScene(input, open, officerCameraId);
}

function quietScene(input: LayoutInput, open: Incident[], officerCameraId: string | null): QuietScene {
  const high = open.filter((incident) => incident.priority === 'high').sort(bandOrder);
  const planned = plannedTiles(input);
  const slots = quietSlots(planned.length);
  const tiles: TilePlan[] = planned.slice(0, slots.length).map((cameraId, i) => ({
    ...(slots[i] as Slot),
    cameraId,
    number: null,
    distanceM: null,
    reason: 'plan',
    incidentId: null,
  }));
  if (officerCameraId) giveTile(tiles, 0, officerCameraId, 'officer', null, null);
  const [urgent] = high;
  const camera = urgent ? chooseHero(urgent.cameras, input.cameras) : undefined;
  if (urgent && camera && officerCameraId !== camera.id) {
    giveTile(tiles, tiles.length - 1, camera.id, 'high', urgent.id, camera.distanceM);
  }
  return { kind: 'quiet', tiles, counts: countAll(open, input.cameras), high };
}

const tilesWithoutPlan = 6;

/** The screen's own cameras; where nobody has chosen any, the wall's screens share the cameras in the order of their ids. */
function plannedTiles({ wall, screenId, cameras }: LayoutInput): string[] {
  const at = wall.screens.findIndex((screen) => screen.id === screenId);
  const chosen = wall.screens[at]?.tiles ?? [];
  if (chosen.length > 0) return chosen;
  const all = [...cameras.values()].filter((camera) => camera.state !== 'disabled').map((camera) => camera.id);
  return all.sort().slice(at * tilesWithoutPlan, (at + 1) * tilesWithoutPlan);
}

/** A camera already on the screen keeps its place; any other takes the place named. */
function giveTile(
  tiles: TilePlan[],
  index: number,
  cameraId: string,
  reason: TileReason,
  incidentId: string | null,
  distanceM: number | null,
): void {
  const present = tiles.findIndex((tile) => tile.cameraId === cameraId);
  const place = present >= 0 ? present : index;
  const tile = tiles[place];
  if (tile) tiles[place] = { ...tile, cameraId, reason, incidentId, distanceM };
}

function incidentScene(
  input: LayoutInput,
  open: Incident[],
  focus: Incident,
  criticals: Incident[],
  officerCameraId: string | null,
): IncidentScene {
  const bands = [focus, ...criticals.filter((incident) => incident.id !== focus.id)];
  const banded = new Set(bands.map((incident) => incident.id));
  const others = { critical: 0, high: 0, routine: 0 };
  for (const incident of open) if (!banded.has(incident.id)) others[incident.priority]++;
  const { rows, folded } = dispatchRows(focus.dispatches);
  const height = rows.length === 0 ? rowHeight : rows.length * rowHeight;
  const map: Rect = { x: 1130, y: 188, width: 774, height: 876 - 14 - height - 4 };
  return {
    kind: 'incident',
    focus,
    bands: bands.slice(0, maxBands),
    bandOverflow: Math.max(0, bands.length - maxBands),
    tiles: incidentTiles(input, focus, officerCameraId),
    rows,
    rowsFolded: folded,
    others,
    counts: countAll(open, input.cameras),
    map,
  };
}

const incidentTileCount = 4;

/**
 * The nearest working camera is large, three more follow by distance. Once chosen they keep place and number: a camera
 * that is lost stays, its absence says something. Only a lost one in large changes places with a working one.
 */
function incidentTiles(input: LayoutInput, focus: Incident, officerCameraId: string | null): TilePlan[] {
  const before =
    input.previous?.kind === 'incident' && input.previous.focus.id === focus.id ? input.previous.tiles : [];
  const nearby = new Map(focus.cameras.map((camera) => [camera.id, camera]));
  const kept = before.flatMap((tile) => {
    const camera = tile.cameraId === null ? undefined : nearby.get(tile.cameraId);
    return camera && tile.number !== null ? [{ camera, number: tile.number }] : [];
  });
  const fresh = focus.cameras.filter((camera) => !kept.some((one) => one.camera.id === camera.id));
  let chosen = kept;
  if (kept.length === 0) {
    const hero = chooseHero(focus.cameras, input.cameras);
    const order = hero ? [hero, ...focus.cameras.filter((camera) => camera !== hero)] : [];
    chosen = order.slice(0, incidentTileCount).map((camera, i) => ({ camera, number: i + 1 }));
  } else {
    for (const camera of fresh) {
      if (chosen.length >= incidentTileCount) break;
      const used = new Set(chosen.map((one) => one.number));
      const number = [1, 2, 3, 4].find((candidate) => !used.has(candidate)) ?? chosen.length + 1;
      chosen = [...chosen, { camera, number }];
    }
    const state = (id: string) => input.cameras.get(id)?.state;
    const [hero] = chosen;
    if (hero && (state(hero.camera.id) === 'lost' || state(hero.camera.id) === 'disabled')) {
      const working = chosen.findIndex((one) => state(one.camera.id) === 'live');
      if (working > 0) {
        chosen = [...chosen];
        [chosen[0], chosen[working]] = [chosen[working] as (typeof chosen)[number], hero];
      }
    }
  }
  const tiles: TilePlan[] = chosen.map(({ camera, number }, i) => ({
    ...(incidentSlots[i] as Slot),
    cameraId: camera.id,
    number,
    distanceM: camera.distanceM,
    reason: 'incident',
    incidentId: focus.id,
  }));
  if (officerCameraId && !tiles.some((tile) => tile.cameraId === officerCameraId)) {
    const slot = incidentSlots[Math.min(tiles.length, incidentTileCount - 1)] as Slot;
    tiles.splice(Math.min(tiles.length, incidentTileCount - 1), 1, {
      ...slot,
      cameraId: officerCameraId,
      number: null,
      distanceM: null,
      reason: 'officer',
      incidentId: null,
    });
  }
  if (tiles.length === 0) {
    tiles.push({
      ...(incidentSlots[0] as Slot),
      picture: { x: 16, y: 188, width: heroWidth, height: 876 },
      cameraId: null,
      number: null,
      distanceM: null,
      reason: 'incident',
      incidentId: focus.id,
    });
  }
  return tiles;
}

/** Nearest working one; where none works, the nearest. */
function chooseHero(nearby: NearbyCamera[], cameras: ReadonlyMap<string, Camera>): NearbyCamera | undefined {
  const byDistance = [...nearby].sort((a, b) => a.distanceM - b.distanceM);
  return byDistance.find((camera) => cameras.get(camera.id)?.state === 'live') ?? byDistance[0];
}

export type RowState =
  | 'queued'
  | 'sent'
  | 'delivered'
  | 'accepted'
  | 'en-route'
  | 'on-scene'
  | 'completed'
  | 'rejected'
  | 'failed';

/** One service. `warn`: nobody there has it and the time is up, or it will not come: solid amber. */
export interface DispatchRow {
  dispatch: Dispatch;
  state: RowState;
  warn: boolean;
  time:
    | { kind: 'countdown'; toMs: number }
    | { kind: 'clock'; atMs: number; word: 'arrived' | 'accepted' | 'completed' }
    | { kind: 'waiting'; sinceMs: number; overdue: boolean }
    | { kind: 'none' };
}

const rowHeight = 92;
const maxRows = 5;

/** The newest dispatch of each agency, by service number. Rows that warn are never folded. */
export function dispatchRows(dispatches: Dispatch[]): { rows: DispatchRow[]; folded: number } {
  const newest = new Map<string, Dispatch>();
  for (const dispatch of dispatches) {
    const other = newest.get(dispatch.agencyId);
    if (!other || other.queuedAt <= dispatch.queuedAt) newest.set(dispatch.agencyId, dispatch);
  }
  const rows = [...newest.values()]
    .sort((a, b) => a.service.localeCompare(b.service) || a.agencyId.localeCompare(b.agencyId))
    .map(dispatchRow);
  if (rows.length <= maxRows) return { rows, folded: 0 };
  const keep = new Set([...rows.filter((row) => row.warn), ...rows.filter((row) => !row.warn)].slice(0, maxRows));
  return { rows: rows.filter((row) => keep.has(row)), folded: rows.length - maxRows };
}

function dispatchRow(dispatch: Dispatch): DispatchRow {
  const state = rowState(dispatch);
  const unaccepted = state === 'queued' || state === 'sent' || state === 'delivered';
  const warn = state === 'rejected' || state === 'failed' || (unaccepted && dispatch.overdue);
  return { dispatch, state, warn, time: rowTime(dispatch, state) };
}

function rowState(dispatch: Dispatch): RowState {
  if (dispatch.state === 'accepted') return dispatch.onSceneAt ? 'on-scene' : (dispatch.progress ?? 'accepted');
  return dispatch.state;
}

function rowTime(dispatch: Dispatch, state: RowState): DispatchRow['time'] {
  const ms = (at: string) => Date.parse(at);
  switch (state) {
    case 'queued':
    case 'sent':
    case 'delivered':
    case 'rejected':
    case 'failed':
      return { kind: 'waiting', sinceMs: ms(dispatch.queuedAt), overdue: dispatch.overdue };
    case 'completed':
      return dispatch.completedAt
        ? { kind: 'clock', atMs: ms(dispatch.completedAt), word: 'completed' }
        : { kind: 'none' };
    case 'on-scene':
      return dispatch.onSceneAt ? { kind: 'clock', atMs: ms(dispatch.onSceneAt), word: 'arrived' } : { kind: 'none' };
    default:
      if (dispatch.etaAt) return { kind: 'countdown', toMs: ms(dispatch.etaAt) };
      return dispatch.acceptedAt
        ? { kind: 'clock', atMs: ms(dispatch.acceptedAt), word: 'accepted' }
        : { kind: 'none' };
  }
}

function countAll(open: Incident[], cameras: ReadonlyMap<string, Camera>): Counts {
  const of = (priority: Priority) => open.filter((incident) => incident.priority === priority).length;
  const enabled = [...cameras.values()].filter((camera) => camera.state !== 'disabled');
  return {
    critical: of('critical'),
    high: of('high'),
    routine: of('routine'),
    inWork: open.filter((incident) => incident.state !== 'new').length,
    camerasLive: enabled.filter((camera) => camera.state === 'live').length,
    camerasTotal: enabled.length,
  };
}

type Slot = Pick<TilePlan, 'variant' | 'picture' | 'caption'>;

/** Pictures are 16:9 and whole: nothing a camera saw is cropped away. */
const heightOf = (width: number): number => (width * 9) / 16;

const heroWidth = 1098;
const heroBottom = 188 + heightOf(heroWidth);
const incidentSlots: Slot[] = [
  {
    variant: 'hero',
    picture: { x: 16, y: 188, width: heroWidth, height: heightOf(heroWidth) },
    caption: { x: 16, y: heroBottom - 72, width: heroWidth, height: 72 },
  },
  ...[0, 1, 2].map((i): Slot => {
    const width = (heroWidth - 28) / 3;
    const x = 16 + i * (width + 14);
    return {
      variant: 'small',
      picture: { x, y: heroBottom + 14, width, height: heightOf(width) },
      caption: { x, y: 1026, width, height: 38 },
    };
  }),
];

/** Two columns of three, as drawn; walls with more tiles a panel get a tighter grid with one-line captions. */
function quietSlots(count: number): Slot[] {
  const columns = count <= 6 ? 2 : count <= 9 ? 3 : 4;
  const rowCount = count <= 6 ? 3 : columns;
  const variant: FaceVariant = count <= 6 ? 'quiet' : 'small';
  const captionHeight = variant === 'quiet' ? 74 : 38;
  const [left, top, gapX, gapY] = [1136, 148, 16, 14];
  const width = (768 - gapX * (columns - 1)) / columns;
  const height = (916 - gapY * (rowCount - 1)) / rowCount;
  return Array.from({ length: columns * rowCount }, (_, i): Slot => {
    const x = left + (i % columns) * (width + gapX);
    const y = top + Math.floor(i / columns) * (height + gapY);
    const pictureHeight = Math.min(heightOf(width), height - captionHeight);
    return {
      variant,
      picture: { x, y, width, height: pictureHeight },
      caption: { x, y: y + pictureHeight, width, height: captionHeight },
    };
  });
}

/** The smallest rectangle around all tiles: what the overlay has to cover. */
export function boundsOf(tiles: TilePlan[]): Rect {
  const rects = tiles.flatMap((tile) => [tile.picture, tile.caption]);
  if (rects.length === 0) return { x: 0, y: 0, width: 1, height: 1 };
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  return {
    x,
    y,
    width: Math.ceil(Math.max(...rects.map((rect) => rect.x + rect.width)) - x),
    height: Math.ceil(Math.max(...rects.map((rect) => rect.y + rect.height)) - y),
  };
}
