import type { ActionResult } from '@kuzet/contracts/actor.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Scene, Screen, Wall, WallShow } from '@kuzet/contracts/wall.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Database, Row } from '../store/database.ts';

type WallDoc = Omit<Wall, 'id' | 'updatedAt'>;
interface Arrangement {
  name?: LocalizedText;
  languages?: Wall['languages'];
  screens: Screen[];
}

export interface WallStore {
  list(): Promise<Wall[]>;
  get(id: string): Promise<Wall | null>;
  /** Changes a wall; a new one needs a name. */
  put(id: string, body: Arrangement): Promise<ActionResult<Wall>>;
  /** Lays `show` over what is shown; a null takes that part back. */
  show(id: string, show: WallShow): Promise<ActionResult<Wall>>;
  scenes(wallId?: string): Promise<Scene[]>;
  putScene(wallId: string, id: string, body: { name: LocalizedText; screens: Screen[] }): Promise<ActionResult<Scene>>;
  deleteScene(wallId: string, id: string): Promise<boolean>;
  recallScene(wallId: string, id: string): Promise<ActionResult<Wall>>;
  /** Adds those of the configuration that are not there yet; what people arranged since stays. */
  addMissing(walls: readonly (Required<Arrangement> & { id: string })[]): Promise<void>;
}

const toWall = (row: Row): Wall => ({
  id: row.id as string,
  ...(row.doc as WallDoc),
  updatedAt: timestamp((row.updated_at as Date).getTime()),
});
const toScene = (row: Row): Scene => ({
  id: row.id as string,
  wallId: row.wall_id as string,
  ...(row.doc as Pick<Scene, 'name' | 'screens'>),
});
const noWall = (id: string) => ({ ok: false, code: 'not-found', detail: `There is no wall ${id}.` }) as const;

/** Walls and scenes. `onChanged` is called after each committed change. */
export function createWallStore(deps: { database: Database; clock: Clock; onChanged(): void }): WallStore {
  const { database, clock, onChanged } = deps;

  /** One wall changes at a time: two officers who arrange it at once do not undo each other's other half. */
  async function change(id: string, next: (doc: WallDoc | null) => ActionResult<WallDoc>): Promise<ActionResult<Wall>> {
    const result = await database.transaction(async (tx): Promise<ActionResult<Wall>> => {
      const [row] = await tx.query('select * from kuzet.walls where id = $1 for update', [id]);
      const made = next(row ? (row.doc as WallDoc) : null);
      if (!made.ok) return made;
      const [written] = await tx.query(
        `insert into kuzet.walls (id, doc, updated_at) values ($1, $2::jsonb, $3)
         on conflict (id) do update set doc = excluded.doc, updated_at = excluded.updated_at returning *`,
        [id, JSON.stringify(made.value), new Date(clock.now())],
      );
      return { ok: true, value: toWall(written as Row) };
    });
    if (result.ok) onChanged();
    return result;
  }

  const arrange = (id: string, body: Arrangement) =>
    change(id, (doc) => {
      const name = body.name ?? doc?.name;
      if (!name)
        return { ok: false, code: 'invalid-request', detail: `A new wall needs a name: there is no wall ${id}.` };
      const ids = body.screens.map((screen) => screen.id);
      if (new Set(ids).size < ids.length)
        return { ok: false, code: 'invalid-request', detail: 'Two screens carry the same id.' };
      const languages = body.languages ?? doc?.languages ?? ['kk', 'ru'];
      return { ok: true, value: { name, languages, screens: body.screens, show: doc?.show ?? {} } };
    });

  return {
    async list() {
      return (await database.query('select * from kuzet.walls order by id')).map(toWall);
    },
    async get(id) {
      const [row] = await database.query('select * from kuzet.walls where id = $1', [id]);
      return row ? toWall(row) : null;
    },
    put: arrange,
    show: (id, show) =>
      change(id, (doc) => {
        if (!doc) return noWall(id);
        if (show.screen !== undefined && !doc.screens.some((screen) => screen.id === show.screen))
          return { ok: false, code: 'invalid-request', detail: `Wall ${id} has no screen ${show.screen}.` };
        const merged = Object.entries({ ...doc.show, ...show }).filter(([, value]) => value !== null);
        const shown = Object.fromEntries(merged) as WallShow;
        const isEmpty = shown.incidentId === undefined && shown.cameraId === undefined;
        return { ok: true, value: { ...doc, show: isEmpty ? {} : shown } };
      }),
    async scenes(wallId) {
      const rows = await database.query(
        'select * from kuzet.scenes where $1::text is null or wall_id = $1 order by wall_id, id',
        [wallId ?? null],
      );
      return rows.map(toScene);
    },
    async putScene(wallId, id, body) {
      const [row] = await database.query(
        `insert into kuzet.scenes (id, wall_id, doc) select $2, w.id, $3::jsonb from kuzet.walls w where w.id = $1
         on conflict (wall_id, id) do update set doc = excluded.doc returning *`,
        [wallId, id, JSON.stringify(body)],
      );
      return row ? { ok: true, value: toScene(row) } : noWall(wallId);
    },
    async deleteScene(wallId, id) {
      const rows = await database.query('delete from kuzet.scenes where wall_id = $1 and id = $2 returning id', [
        wallId,
        id,
      ]);
      return rows.length > 0;
    },
    async recallScene(wallId, id) {
      const [row] = await database.query('select * from kuzet.scenes where wall_id = $1 and id = $2', [wallId, id]);
      if (!row) return { ok: false, code: 'not-found', detail: `Wall ${wallId} has no scene ${id}.` };
      return arrange(wallId, { screens: toScene(row).screens });
    },
    async addMissing(walls) {
      for (const { id, ...doc } of walls) {
        await database.query(
          'insert into kuzet.walls (id, doc, updated_at) values ($1, $2::jsonb, $3) on conflict (id) do nothing',
          [id, JSON.stringify({ ...doc, show: {} }), new Date(clock.now())],
        );
      }
    },
  };
}
