import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import type { Inventory } from '@kuzet/contracts/uplink.ts';
import type { Queryable } from './database.ts';

export interface InventoryStore {
  listSites(): Promise<Site[]>;
  listZones(): Promise<Zone[]>;
  /**
   * Makes the hub's lists equal to what the edge says it looks after. What left keeps its row and its history but is
   * listed no more; what comes back is the same device again. `at` marks when it left.
   * @returns the ids of the edge's devices and cameras that came, changed or went.
   */
  apply(
    q: Queryable,
    edgeId: string,
    inventory: Inventory,
    at: Date,
  ): Promise<{ devices: string[]; cameras: string[] }>;
}

export function createInventoryStore(db: Queryable): InventoryStore {
  return {
    async listSites() {
      const rows = await db.query<{ doc: Site }>('select doc from kuzet.sites where removed_at is null order by id');
      return rows.map((row) => row.doc);
    },
    async listZones() {
      const rows = await db.query<{ doc: Zone }>('select doc from kuzet.zones where removed_at is null order by id');
      return rows.map((row) => row.doc);
    },
    async apply(q, edgeId, inventory, at) {
      const json = (value: unknown) => JSON.stringify(value);
      await q.query(
        `insert into kuzet.sites (id, edge_id, doc)
         select item->>'id', $1, item from jsonb_array_elements($2::jsonb) item
         on conflict (id) do update set edge_id = excluded.edge_id, doc = excluded.doc, removed_at = null`,
        [edgeId, json(inventory.sites)],
      );
      await q.query(
        `insert into kuzet.zones (id, edge_id, site_id, doc)
         select item->>'id', $1, item->>'siteId', item from jsonb_array_elements($2::jsonb) item
         on conflict (id) do update set edge_id = excluded.edge_id, site_id = excluded.site_id, doc = excluded.doc,
           removed_at = null`,
        [edgeId, json(inventory.zones)],
      );
      await q.query(
        `insert into kuzet.devices as d (id, edge_id, site_id, zone_id, kind, expected_interval_s, doc, known_since)
         select item->>'id', $1, item->>'siteId', item->>'zoneId', item->>'kind',
           (item->>'expectedIntervalS')::double precision, item, $3::timestamptz
         from jsonb_array_elements($2::jsonb) item
         on conflict (id) do update set edge_id = excluded.edge_id, site_id = excluded.site_id,
           zone_id = excluded.zone_id, kind = excluded.kind, expected_interval_s = excluded.expected_interval_s,
           doc = excluded.doc, removed_at = null,
           known_since = case when d.removed_at is null then d.known_since else excluded.known_since end`,
        [edgeId, json(inventory.devices), at],
      );
      await q.query(
        `insert into kuzet.cameras as c (id, edge_id, site_id, zone_id, lon, lat, doc, state)
         select item->>'id', $1, item->>'siteId', item->>'zoneId',
           (item->'position'->>'lon')::double precision, (item->'position'->>'lat')::double precision, item,
           case when (item->>'enabled')::boolean then 'lost' else 'disabled' end
         from jsonb_array_elements($2::jsonb) item
         on conflict (id) do update set edge_id = excluded.edge_id, site_id = excluded.site_id,
           zone_id = excluded.zone_id, lon = excluded.lon, lat = excluded.lat, doc = excluded.doc, removed_at = null,
           state = case when excluded.state = 'disabled' then 'disabled'
             when c.state = 'disabled' then 'lost' else c.state end`,
        [edgeId, json(inventory.cameras)],
      );
      const gone: Record<string, string[]> = {};
      for (const [table, items] of Object.entries(inventory)) {
        const rows = await q.query<{ id: string }>(
          `update kuzet.${table} set removed_at = $3 where edge_id = $1 and removed_at is null and not id = any($2)
           returning id`,
          [edgeId, items.map((item: { id: string }) => item.id), at],
        );
        gone[table] = rows.map((row) => row.id);
      }
      return {
        devices: [...inventory.devices.map((device) => device.id), ...(gone.devices ?? [])],
        cameras: [...inventory.cameras.map((camera) => camera.id), ...(gone.cameras ?? [])],
      };
    },
  };
}
