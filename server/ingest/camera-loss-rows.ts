import { cameraLossPriority, sameTroubleMs } from '../domain/camera-loss.ts';
import type { LossPlan, LostCamera } from '../domain/loss-groups.ts';
import type { Queryable } from './ports.ts';

/** A camera of an active `camera-lost` alarm, present or former. */
export interface Member {
  alarmId: string;
  camera: LostCamera;
  isBack: boolean;
  /** Out of service, or no longer in any inventory. */
  isGone: boolean;
  /** The hub's clock, since when pictures come without a break; null without, and while its edge is away. */
  pictureSince: Date | null;
  /** How often it joined an alarm that it is in, or was in within ten minutes. */
  times: number;
  /** It came back within ten minutes. */
  isSameTrouble: boolean;
}

export interface LossChange extends Pick<LossPlan, 'joins'> {
  leaving: readonly Member[];
  fresh: readonly { alarmId: string; cameras: readonly LostCamera[] }[];
  /** Alarms that have no camera left. */
  cleared: readonly string[];
}

/** Whether a look is worth a transaction: most of the time no camera is lost. */
export async function mayHaveLosses(q: Queryable, bound: Date): Promise<boolean> {
  const [row] = await q.query<{ yes: boolean }>(
    `select exists (select from kuzet.cameras where no_picture_heard_at <= $1 and removed_at is null)
       or exists (select from kuzet.alarms where active and condition = 'camera-lost') as yes`,
    [bound],
  );
  return row?.yes === true;
}

/** Any number, the same for every hub: of two that share a database one looks at a time. */
const advisoryLock = 7_140_020;

export async function lockLosses(q: Queryable): Promise<boolean> {
  const [row] = await q.query<{ yes: boolean }>('select pg_try_advisory_xact_lock($1) as yes', [advisoryLock]);
  return row?.yes === true;
}

/**
 * Cameras of edges that are there, without picture since `bound` and before: counted from the last moment from which it
 * could have been otherwise (P25).
 */
export async function findLost(q: Queryable, bound: Date, since: Date): Promise<LostCamera[]> {
  const rows = await q.query<{ id: string; edge_id: string; site_id: string; no_picture_since: Date }>(
    `select c.id, c.edge_id, c.site_id, c.no_picture_since from kuzet.cameras c join kuzet.edges e on e.id = c.edge_id
     where c.no_picture_heard_at <= $1 and c.removed_at is null and c.state in ('stalled', 'lost') and e.online
       and greatest(e.presence_since, e.lag_at, $2::timestamptz) <= $1
       and not exists (select from kuzet.alarm_cameras m where m.camera_id = c.id and m.back_at is null)`,
    [bound, since],
  );
  return rows.map((row) => ({
    id: row.id,
    edgeId: row.edge_id,
    siteId: row.site_id,
    sinceMs: row.no_picture_since.getTime(),
  }));
}

export async function loadLossAlarms(q: Queryable, at: Date): Promise<Member[]> {
  const lately = new Date(at.getTime() - sameTroubleMs);
  const rows = await q.query<{
    alarm_id: string;
    camera_id: string;
    edge_id: string;
    site_id: string;
    no_picture_since: Date;
    back_at: Date | null;
    gone: boolean;
    picture_since: Date | null;
    times: number;
  }>(
    `select m.alarm_id, m.camera_id, c.edge_id, c.site_id, m.no_picture_since, m.back_at,
       c.removed_at is not null or c.state = 'disabled' as gone,
       case when c.state = 'live' and e.online then greatest(c.picture_since, e.presence_since) end as picture_since,
       (select coalesce(sum(l.times), 0)::integer from kuzet.alarm_cameras l
         where l.camera_id = m.camera_id and (l.back_at is null or l.back_at > $1)) as times
     from kuzet.alarms a join kuzet.alarm_cameras m on m.alarm_id = a.id join kuzet.cameras c on c.id = m.camera_id
     left join kuzet.edges e on e.id = c.edge_id
     where a.active and a.condition = 'camera-lost' order by m.alarm_id, m.camera_id`,
    [lately],
  );
  return rows.map((row) => ({
    alarmId: row.alarm_id,
    camera: {
      id: row.camera_id,
      edgeId: row.edge_id,
      siteId: row.site_id,
      sinceMs: row.no_picture_since.getTime(),
    },
    isBack: row.back_at !== null,
    isGone: row.gone,
    pictureSince: row.picture_since,
    times: row.times,
    isSameTrouble: row.back_at !== null && row.back_at >= lately,
  }));
}

/** Inside the transaction that has looked. */
export async function saveLosses(q: Queryable, at: Date, change: LossChange): Promise<void> {
  const { leaving, joins, fresh, cleared } = change;
  if (leaving.length > 0) {
    const rows = leaving.map(({ alarmId, camera, isGone, pictureSince }) => {
      return { alarmId, cameraId: camera.id, backAt: isGone || !pictureSince ? at : pictureSince };
    });
    await q.query(
      `update kuzet.alarm_cameras m set back_at = greatest(m.joined_at, t."backAt")
       from jsonb_to_recordset($1::jsonb) as t ("alarmId" text, "cameraId" text, "backAt" timestamptz)
       where m.alarm_id = t."alarmId" and m.camera_id = t."cameraId"`,
      [JSON.stringify(rows)],
    );
  }
  if (fresh.length > 0) {
    const rows = fresh.map(({ alarmId, cameras }) => {
      return { id: alarmId, priority: cameraLossPriority(cameras.length), cameras: cameras.length };
    });
    await q.query(
      `insert into kuzet.alarms (id, device_id, condition, priority, active, metric, value, peak_value, raised_at, sources)
       select id, id, 'camera-lost', priority, true, 'cameras', cameras, cameras, $2::timestamptz, array['cameras']
       from jsonb_to_recordset($1::jsonb) as t (id text, priority text, cameras jsonb)`,
      [JSON.stringify(rows), at],
    );
  }
  const members = [
    ...joins.map(({ alarmId, camera }) => ({ alarmId, ...camera })),
    ...fresh.flatMap(({ alarmId, cameras }) => cameras.map((camera) => ({ alarmId, ...camera }))),
  ];
  if (members.length > 0) await addMembers(q, at, members);
  if (leaving.length + joins.length > 0) await sumUp(q, cleared);
}

async function addMembers(q: Queryable, at: Date, members: readonly (LostCamera & { alarmId: string })[]) {
  // A camera that no operator has seen in it makes the alarm unacknowledged again (ISA-18.2: re-flash of a group alarm).
  await q.query(
    `with joined as (
       insert into kuzet.alarm_cameras as m (alarm_id, camera_id, no_picture_since, joined_at)
       select "alarmId", id, to_timestamp("sinceMs" / 1000), $2::timestamptz
       from jsonb_to_recordset($1::jsonb) as t ("alarmId" text, id text, "sinceMs" float8)
       on conflict (alarm_id, camera_id) do update set no_picture_since = excluded.no_picture_since,
         joined_at = excluded.joined_at, back_at = null, times = m.times + 1
       returning alarm_id, times)
     update kuzet.alarms a set acknowledged = false, acknowledged_at = null, acknowledged_by = null
     where a.acknowledged and a.id in (select alarm_id from joined where times = 1)`,
    [JSON.stringify(members), at],
  );
}

/** How many cameras an alarm has now, and what follows from it. */
async function sumUp(q: Queryable, cleared: readonly string[]): Promise<void> {
  const alarms = await q.query<{ id: string; open: number; peak: number; back_at: Date | null }>(
    `select a.id, count(*) filter (where m.back_at is null)::integer as open, (a.peak_value #>> '{}')::integer as peak,
       max(m.back_at) as back_at
     from kuzet.alarms a join kuzet.alarm_cameras m on m.alarm_id = a.id
     where a.active and a.condition = 'camera-lost' group by a.id`,
  );
  const rows = alarms.map(({ id, open, peak, back_at }) => {
    const most = Math.max(open, peak);
    const clearedAt = cleared.includes(id) ? back_at : null;
    return { id, most, priority: cameraLossPriority(most), clearedAt };
  });
  await q.query(
    `update kuzet.alarms a set peak_value = t.most, priority = t.priority, active = t."clearedAt" is null,
       cleared_at = case when t."clearedAt" is not null then greatest(a.raised_at, t."clearedAt") end,
       sources = case when t."clearedAt" is null then a.sources else '{}' end
     from jsonb_to_recordset($1::jsonb) as t (id text, most jsonb, priority text, "clearedAt" timestamptz)
     where a.id = t.id`,
    [JSON.stringify(rows)],
  );
}
