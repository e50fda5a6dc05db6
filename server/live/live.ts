import type { Effects } from '@kuzet/contracts/actor.ts';
import { closeCodes, type LiveChange, type LiveSnapshot, type LiveValues } from '@kuzet/contracts/live.ts';
import type { User } from '@kuzet/contracts/user.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { type Catalogue, catalogueOf } from './agency-view.ts';
import { createLiveConnection, type LiveConnection, type LiveSession, type LiveSocket } from './live-connection.ts';
import { type LiveLoader, loadSnapshot } from './live-loader.ts';

/** What a commit changed; `walls` comes from people who arrange them. */
export interface LiveEffects extends Effects {
  walls?: boolean;
}

export interface LiveDeps {
  load: LiveLoader;
  clock: Clock;
  log: Log;
  /** Device and camera changes are gathered this long. */
  coalesceMs: number;
  /** Unread bytes at which a screen is dropped. */
  maxBufferedBytes: number;
  /** A session that ran out while its screen was open: as it stands now, or null. */
  lookSession(tokenHash: string): Promise<{ expiresAtMs: number | null } | null>;
  /** A desk has put a dispatch on its screen. */
  onReceived(dispatchId: string, user: User): void;
}

export interface Live {
  /** Tells every screen what changed. Returns at once; a failed read is tried again until it works. */
  publish(effects: LiveEffects): void;
  connect(socket: LiveSocket, session: LiveSession): LiveConnection;
  /** Signed out, disabled, password changed: their screens close with 4401. */
  endSessions(tokenHashes: readonly string[]): void;
  connections(): number;
  /** Screens dropped since the start because they fell behind. */
  dropped(): number;
  stop(): void;
}

/** What one round tells. */
interface Taken {
  incidents: string[];
  agencies: string[];
  edges: string[];
  walls: boolean;
  inventory: boolean;
  devices: string[];
  cameras: string[];
  system: boolean;
}
const nothing: Taken = {
  incidents: [],
  agencies: [],
  edges: [],
  walls: false,
  inventory: false,
  devices: [],
  cameras: [],
  system: false,
};
/** Devices or cameras read and told at a time: some milliseconds. */
const partSize = 100;
const tickMs = 1_000;
/** Figures of the hub that grow old by themselves (alarms of the last ten minutes) are read again this often. */
const systemEveryTicks = 10;
const retryMs = 1_000;

/**
 * Keeps every screen equal to the database. One loop reads and sends, so a patch never carries an older state than the
 * one before it, and a snapshot never misses a change that was committed while it was read. W-rules of contracts/SPEC.md.
 */
export function createLive(deps: LiveDeps): Live {
  const { load, clock, log } = deps;
  const connections = new Set<LiveConnection>();
  const joining = new Set<LiveConnection>();

  const due = {
    incidents: new Set<string>(),
    devices: new Set<string>(),
    cameras: new Set<string>(),
    agencies: new Set<string>(),
    edges: new Set<string>(),
    walls: false,
    inventory: false,
    system: false,
  };
  let gathered = false;
  /** What was gathered and is being told, a part at a time: an incident never waits for a whole city's readings. */
  const ready = { inventory: false, devices: [] as string[], cameras: [] as string[] };
  let cancelGathering: (() => void) | null = null;

  let running = false;
  let cancelRetry: (() => void) | null = null;
  let stopped = false;
  let dropped = 0;
  let ticks = 0;
  let lastSystem = '';
  let knownSites: ReadonlySet<string> = new Set();
  let knownZones: ReadonlySet<string> = new Set();

  const isGathering = () => due.devices.size > 0 || due.cameras.size > 0 || due.inventory;
  const hasUrgent = () => due.incidents.size > 0 || due.agencies.size > 0 || due.edges.size > 0 || due.walls;
  const hasGathered = () => ready.inventory || ready.devices.length > 0 || ready.cameras.length > 0;
  const hasWork = () => hasUrgent() || due.system || joining.size > 0 || (gathered && isGathering()) || hasGathered();

  function pump(): void {
    if (running || stopped || cancelRetry) return;
    running = true;
    void (async () => {
      try {
        while (hasWork() && !stopped) {
          if (hasUrgent()) await sendChanges(takeUrgent());
          await sendChanges(takeRest());
          await sendSnapshots();
        }
      } catch (err) {
        log.error({ err }, 'screens cannot be told what changed; trying again');
        cancelRetry = clock.after(retryMs, () => {
          cancelRetry = null;
          pump();
        });
      } finally {
        running = false;
      }
    })();
  }

  async function sendChanges(taken: Taken): Promise<void> {
    // Who comes later begins with a whole snapshot.
    if (connections.size === 0) return;
    const changes: LiveChange[] = [];
    let changedIncidents: LiveValues['incident'][] = [];
    let catalogue = emptyCatalogue;
    let newSystem = lastSystem;
    try {
      changedIncidents = await read('incident', taken.incidents, load.incidents, changes);
      // A closed incident leaves the screens, with its last word.
      for (const { id, state } of changedIncidents) {
        if (state === 'closed') changes.push({ kind: 'incident', id, value: null });
      }
      await read('agency', taken.agencies, load.agencies, changes);
      await read('edge', taken.edges, load.edges, changes);
      if (taken.walls) for (const value of await load.walls()) changes.push({ kind: 'wall', id: value.id, value });
      if (taken.inventory) {
        knownSites = replaceAll('site', await load.sites(), knownSites, changes);
        knownZones = replaceAll('zone', await load.zones(), knownZones, changes);
      }
      await read('device', taken.devices, load.devices, changes);
      await read('camera', taken.cameras, load.cameras, changes);
      if (taken.system) {
        const value = await load.system();
        const text = JSON.stringify(value);
        if (text !== lastSystem) changes.push({ kind: 'system', id: value.id, value });
        newSystem = text;
      }
      const limited = [...connections].some((connection) => connection.isLimited);
      if (limited && changedIncidents.length > 0) catalogue = await catalogueFor(changedIncidents);
    } catch (error) {
      putBack(taken);
      throw error;
    }
    lastSystem = newSystem;
    if (changes.length === 0) return;
    const text = JSON.stringify(changes);
    for (const connection of connections) connection.patch(changes, text, catalogue);
  }

  const takeIds = (ids: Set<string>) => {
    const taken = [...ids];
    ids.clear();
    return taken;
  };

  function takeUrgent(): Taken {
    const { walls } = due;
    due.walls = false;
    return {
      ...nothing,
      incidents: takeIds(due.incidents),
      agencies: takeIds(due.agencies),
      edges: takeIds(due.edges),
      walls,
    };
  }

  /** Device and camera changes stay until they have been gathered. */
  function takeRest(): Taken {
    if (gathered) {
      ready.devices.push(...takeIds(due.devices));
      ready.cameras.push(...takeIds(due.cameras));
      ready.inventory ||= due.inventory;
      due.inventory = false;
      gathered = false;
    }
    const { system } = due;
    const { inventory } = ready;
    due.system = false;
    ready.inventory = false;
    return {
      ...nothing,
      devices: ready.devices.splice(0, partSize),
      cameras: ready.cameras.splice(0, partSize),
      inventory,
      system,
    };
  }

  /** A read failed: nothing of it was sent, so all of it is still due. */
  function putBack(taken: Taken): void {
    for (const kind of ['incidents', 'agencies', 'edges'] as const) for (const id of taken[kind]) due[kind].add(id);
    ready.devices.unshift(...taken.devices);
    ready.cameras.unshift(...taken.cameras);
    ready.inventory ||= taken.inventory;
    due.walls ||= taken.walls;
    due.system ||= taken.system;
  }

  async function catalogueFor(changed: readonly { cameras: readonly { id: string }[] }[]): Promise<Catalogue> {
    const cameraIds = [...new Set(changed.flatMap((incident) => incident.cameras.map(({ id }) => id)))];
    const [camera, site, zone] = await Promise.all([load.cameras(cameraIds), load.sites(), load.zones()]);
    return catalogueOf({ camera, site, zone });
  }

  /** Everybody who waits is served from one read: a hundred screens that come back at once cost one. */
  async function sendSnapshots(): Promise<void> {
    if (joining.size === 0) return;
    const served = [...joining];
    const snapshot: LiveSnapshot = await loadSnapshot(load);
    // Screens that were here before hear of what changed since at the next reading, so this one never takes its place.
    if (lastSystem === '') lastSystem = JSON.stringify(snapshot.system[0]);
    knownSites = new Set([...knownSites, ...snapshot.site.map(({ id }) => id)]);
    knownZones = new Set([...knownZones, ...snapshot.zone.map(({ id }) => id)]);
    const text = JSON.stringify(snapshot);
    for (const connection of served) {
      joining.delete(connection);
      if (connections.has(connection)) connection.snapshot(snapshot, text);
    }
  }

  const stopTicks = clock.every(tickMs, () => {
    ticks += 1;
    if (ticks % systemEveryTicks === 0) due.system = true;
    for (const connection of connections) connection.tick();
    pump();
  });

  return {
    publish(effects) {
      for (const kind of ['incidents', 'devices', 'cameras', 'agencies', 'edges'] as const) {
        for (const id of effects[kind] ?? []) due[kind].add(id);
      }
      due.walls ||= effects.walls ?? false;
      due.inventory ||= effects.inventory ?? false;
      if (effects.deadLetters || effects.incidents || effects.faults) due.system = true;
      if (isGathering() && !cancelGathering && !gathered) {
        cancelGathering = clock.after(deps.coalesceMs, () => {
          cancelGathering = null;
          gathered = true;
          pump();
        });
      }
      if (hasUrgent()) pump();
    },

    connect(socket, session) {
      const connection = createLiveConnection({
        socket,
        session,
        clock,
        maxBufferedBytes: deps.maxBufferedBytes,
        onHello: () => {
          joining.add(connection);
          pump();
        },
        onReceived: (dispatchId) => deps.onReceived(dispatchId, session.user),
        lookSession: () => deps.lookSession(session.tokenHash),
        onClosed: (code) => {
          if (code === closeCodes.tooSlow) dropped += 1;
          connections.delete(connection);
          joining.delete(connection);
        },
        log,
      });
      connections.add(connection);
      return connection;
    },

    endSessions(tokenHashes) {
      const ended = new Set(tokenHashes);
      for (const connection of connections) {
        if (ended.has(connection.tokenHash)) connection.close(closeCodes.signInNeeded, 'signed out');
      }
    },

    connections: () => connections.size,
    dropped: () => dropped,

    stop() {
      stopped = true;
      stopTicks();
      cancelGathering?.();
      cancelRetry?.();
      for (const connection of [...connections]) connection.close(1001, 'the hub stops');
    },
  };
}

const emptyCatalogue: Catalogue = { camera: new Map(), site: new Map(), zone: new Map() };

/** Reads what `ids` now are; what is no longer there is taken off the screens. */
async function read<T extends { id: string }>(
  kind: LiveChange['kind'],
  ids: readonly string[],
  load: (ids: readonly string[]) => Promise<readonly T[]>,
  into: LiveChange[],
): Promise<T[]> {
  if (ids.length === 0) return [];
  const byId = new Map((await load(ids)).map((item) => [item.id, item]));
  for (const id of ids) into.push({ kind, id, value: byId.get(id) ?? null } as unknown as LiveChange);
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function replaceAll<K extends 'site' | 'zone', T extends { id: string }>(
  kind: K,
  items: readonly T[],
  known: ReadonlySet<string>,
  into: LiveChange[],
): ReadonlySet<string> {
  const now = new Set(items.map(({ id }) => id));
  for (const value of items) into.push({ kind, id: value.id, value } as unknown as LiveChange);
  for (const id of known) if (!now.has(id)) into.push({ kind, id, value: null });
  return now;
}
