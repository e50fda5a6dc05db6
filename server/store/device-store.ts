import type { Device, DeviceDetail, DeviceState, LatestValue, MetricValue } from '@kuzet/contracts/device.ts';
import { silentAfterMs } from '../domain/supervision.ts';
import type { Queryable, Row } from './database.ts';
import { defaultPageSize, isoOrNull, type PageOf, type PageQuery, toPage } from './paging.ts';

export interface DeviceStore {
  /** In order of id. Devices that left their edge's inventory are not listed. */
  list(query: PageQuery): Promise<PageOf<Device>>;
  /** Null when there is none; a device that left the inventory is still found, for its history. */
  get(id: string): Promise<Device | null>;
  /** The same, with what supervision knows of it. */
  detail(id: string): Promise<DeviceDetail | null>;
  byIds(ids: readonly string[]): Promise<Device[]>;
  /** The edge whose inventory names it now; null when none does. */
  edgeOf(id: string): Promise<string | null>;
  all(): Promise<Device[]>;
}

// A device cannot be known to be online while nobody hears the edge that listens to it.
const select = `
  select d.id, d.site_id, d.zone_id, d.kind, d.doc, d.last_seen_at,
    d.expected_interval_s, d.clock_faults, d.late_readings,
    case when d.state = 'online' and e.online is false then 'silent' else d.state end as state,
    (select coalesce(jsonb_object_agg(l.metric, jsonb_build_object('value', l.value, 'observedAt',
        to_char(l.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), '{}')
      from kuzet.latest_values l where l.device_id = d.id) as latest
  from kuzet.devices d left join kuzet.edges e on e.id = d.edge_id`;

/** Devices as contracts/device.ts has them. */
export function createDeviceStore(db: Queryable): DeviceStore {
  return {
    async list({ limit = defaultPageSize, cursor = '' }) {
      const rows = await db.query(`${select} where d.removed_at is null and d.id > $1 order by d.id limit $2`, [
        cursor,
        limit + 1,
      ]);
      return toPage(rows, limit, toDevice, (row) => row.id as string);
    },
    async get(id) {
      const [row] = await db.query(`${select} where d.id = $1`, [id]);
      return row ? toDevice(row) : null;
    },
    async edgeOf(id) {
      const [row] = await db.query<{ edge_id: string }>(
        'select edge_id from kuzet.devices where id = $1 and removed_at is null',
        [id],
      );
      return row?.edge_id ?? null;
    },
    async detail(id) {
      const [row] = await db.query(`${select} where d.id = $1`, [id]);
      if (!row) return null;
      const expectedIntervalS = row.expected_interval_s as number;
      return {
        ...toDevice(row),
        expectedIntervalS,
        silentAfterS: silentAfterMs(expectedIntervalS) / 1_000,
        clockFaults: Number(row.clock_faults),
        lateReadings: Number(row.late_readings),
      };
    },
    async byIds(ids) {
      const rows = await db.query(`${select} where d.removed_at is null and d.id = any($1) order by d.id`, [ids]);
      return rows.map(toDevice);
    },
    async all() {
      return (await db.query(`${select} where d.removed_at is null order by d.id`)).map(toDevice);
    },
  };
}

function toDevice(row: Row): Device {
  const doc = row.doc as Pick<Device, 'name' | 'position' | 'metrics'>;
  return {
    id: row.id as string,
    siteId: row.site_id as string,
    zoneId: row.zone_id as string | null,
    kind: row.kind as Device['kind'],
    name: doc.name,
    position: doc.position,
    metrics: doc.metrics,
    state: row.state as DeviceState,
    lastSeenAt: isoOrNull(row.last_seen_at),
    latest: row.latest as Record<string, LatestValue & { value: MetricValue }>,
  };
}
