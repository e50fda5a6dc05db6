import type { ActionResult, Actor } from '@kuzet/contracts/actor.ts';
import type { AlarmRecord, AlarmsQuery } from '@kuzet/contracts/alarm.ts';
import type { LossEvidence } from '@kuzet/contracts/camera.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import { evidenceOfAll } from '../domain/camera-loss.ts';
import type { Queryable, Row } from './database.ts';
import { defaultPageSize, isoOrNull, type PageOf, toPage } from './paging.ts';

export interface AlarmStore {
  /** Newest first. */
  list(query: AlarmsQuery): Promise<ActionResult<PageOf<AlarmRecord>>>;
  /**
   * An alarm of no incident: the first name and moment stay. One that belongs to an incident is acknowledged with it, so
   * that "acknowledged" means one thing on the console.
   */
  acknowledge(id: string, actor: Actor): Promise<ActionResult<AlarmRecord>>;
}

const select = `
  select a.*, d.doc->'name' as device_name, d.site_id, m.cameras from kuzet.alarms a
  left join kuzet.devices d on d.id = a.device_id and a.edge_id is null
  left join lateral (
    select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.doc->'name', 'siteId', c.site_id,
      'since', m.no_picture_since, 'isBack', m.back_at is not null, 'evidence', c.loss_evidence) order by c.id) as cameras
    from kuzet.alarm_cameras m join kuzet.cameras c on c.id = m.camera_id where m.alarm_id = a.id
  ) m on a.condition = 'camera-lost'`;

interface Member {
  id: string;
  name: LocalizedText;
  siteId: string;
  since: string;
  isBack: boolean;
  evidence: LossEvidence | null;
}

/** Alarms as contracts/alarm.ts has them. */
export function createAlarmStore(deps: { database: Queryable; clock: Clock; onFaults(): void }): AlarmStore {
  const { database: db, clock, onFaults } = deps;
  const get = async (id: string) => {
    const [row] = await db.query(`${select} where a.id = $1`, [id]);
    return row ? toAlarm(row) : null;
  };
  return {
    async list({ limit = defaultPageSize, ...query }) {
      const params: unknown[] = [];
      const param = (value: unknown) => `$${params.push(value)}`;
      const where = ['true'];
      if (query.state !== undefined) where.push(`a.active = ${param(query.state === 'active')}`);
      if (query.acknowledged !== undefined) where.push(`a.acknowledged = ${param(query.acknowledged)}`);
      if (query.condition !== undefined) where.push(`a.condition = ${param(query.condition)}`);
      if (query.deviceId !== undefined) where.push(`a.device_id = ${param(query.deviceId)} and a.edge_id is null`);
      if (query.cameraId !== undefined)
        where.push(
          `exists (select from kuzet.alarm_cameras c where c.alarm_id = a.id and c.camera_id = ${param(query.cameraId)})`,
        );
      if (query.incident !== undefined) where.push(`(a.incident_id is not null) = ${param(query.incident)}`);
      if (query.from !== undefined) where.push(`a.raised_at >= ${param(query.from)}::timestamptz`);
      if (query.to !== undefined) where.push(`a.raised_at < ${param(query.to)}::timestamptz`);
      if (query.cursor !== undefined) {
        const [at = '', id = ''] = query.cursor.split('~');
        if (Number.isNaN(Date.parse(at)) || id === '')
          return { ok: false, code: 'invalid-request', detail: 'cursor: not one that this list gave' };
        where.push(`(a.raised_at, a.id) < (${param(at)}::timestamptz, ${param(id)})`);
      }
      const rows = await db.query(
        `${select} where ${where.join(' and ')} order by a.raised_at desc, a.id desc limit ${param(limit + 1)}`,
        params,
      );
      const cursorOf = (row: Row) => `${(row.raised_at as Date).toISOString()}~${row.id}`;
      return { ok: true, value: toPage(rows, limit, toAlarm, cursorOf) };
    },
    async acknowledge(id, actor) {
      const written = await db.query(
        `update kuzet.alarms set acknowledged = true, acknowledged_at = $2, acknowledged_by = $3
         where id = $1 and incident_id is null and not acknowledged returning id`,
        [id, new Date(clock.now()), actor.name],
      );
      if (written.length > 0) onFaults();
      const alarm = await get(id);
      if (!alarm) return { ok: false, code: 'not-found', detail: `There is no alarm ${id}.` };
      if (alarm.incidentId !== null) {
        const detail = `The alarm belongs to ${alarm.incidentId}: acknowledge the incident.`;
        return { ok: false, code: 'not-possible-now', detail };
      }
      return { ok: true, value: alarm };
    },
  };
}

function toAlarm(row: Row): AlarmRecord {
  const isOfCameras = row.condition === 'camera-lost';
  const members = ((row.cameras as Member[] | null) ?? []).filter(({ isBack }) => !row.active || !isBack);
  const siteIds = [...new Set(members.map(({ siteId }) => siteId))].sort();
  const only = members.length === 1 ? (members[0]?.name ?? null) : null;
  return {
    id: row.id as string,
    deviceId: row.edge_id === null && !isOfCameras ? (row.device_id as string) : null,
    deviceName: isOfCameras ? only : (row.device_name as LocalizedText | null),
    edgeId: row.edge_id as string | null,
    siteId: isOfCameras ? (siteIds.length === 1 ? (siteIds[0] as string) : null) : (row.site_id as string | null),
    cameras: isOfCameras
      ? {
          ids: members.map(({ id }) => id),
          siteIds,
          since: timestamp(
            Math.min(...members.map(({ since }) => Date.parse(since)), (row.raised_at as Date).getTime()),
          ),
          evidence: evidenceOfAll(members.map(({ evidence }) => evidence)),
        }
      : null,
    condition: row.condition as AlarmRecord['condition'],
    priority: row.priority as AlarmRecord['priority'],
    state: row.active ? 'active' : 'cleared',
    acknowledged: row.acknowledged as boolean,
    acknowledgedAt: isoOrNull(row.acknowledged_at),
    acknowledgedBy: row.acknowledged_by as string | null,
    metric: row.metric as string,
    value: row.value as MetricValue,
    peakValue: row.peak_value as MetricValue,
    raisedAt: isoOrNull(row.raised_at) as string,
    clearedAt: isoOrNull(row.cleared_at),
    incidentId: row.incident_id as string | null,
  };
}
