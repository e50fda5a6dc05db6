import type { Statistics } from '@kuzet/contracts/api.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import type { Database } from '../store/database.ts';

const dayMs = 24 * 3_600_000;
const opened = 'opened_at >= $1 and opened_at < $2 and not drill';

/** Figures of the incidents opened in a span. Drills are never counted. */
export function createStatistics({ database, clock }: { database: Database; clock: Clock }) {
  return async (query: { from?: string; to?: string }): Promise<Statistics> => {
    const toMs = query.to ? Date.parse(query.to) : clock.now();
    const fromMs = query.from ? Date.parse(query.from) : toMs - dayMs;
    const span = [new Date(fromMs), new Date(toMs)];

    const countBy = async (column: 'type' | 'state' | 'priority' | 'disposition') => {
      const rows = await database.query<{ word: string; n: string }>(
        `select ${column} as word, count(*) as n from kuzet.incidents
         where ${opened} and ${column} is not null group by 1 order by 1`,
        span,
      );
      return Object.fromEntries(rows.map(({ word, n }) => [word, Number(n)]));
    };
    const byState = await countBy('state');
    const districts = await database.query<{ district: LocalizedText | null; n: string }>(
      `select s.doc->'district' as district, count(*) as n from kuzet.incidents i
       left join kuzet.sites s on s.id = i.site_id where ${opened} group by 1 order by 2 desc, 1`,
      span,
    );
    const [medians] = await database.query<{ acknowledge: number | null }>(
      `select percentile_cont(0.5) within group (order by extract(epoch from acknowledged_at - opened_at)::float8)
         as acknowledge from kuzet.incidents where ${opened} and acknowledged_at is not null`,
      span,
    );
    const [dispatches] = await database.query<{ accept: number | null; overdue: string }>(
      `select percentile_cont(0.5) within group (order by extract(epoch from accepted_at - queued_at)::float8)
         filter (where accepted_at is not null) as accept, count(*) filter (where overdue) as overdue
       from kuzet.dispatches where queued_at >= $1 and queued_at < $2 and not drill`,
      span,
    );
    const [open] = await database.query<{ n: string }>(
      "select count(*) as n from kuzet.incidents where state <> 'closed' and not drill",
    );
    return {
      from: timestamp(fromMs),
      to: timestamp(toMs),
      opened: Object.values(byState).reduce((sum, n) => sum + n, 0),
      openNow: Number(open?.n ?? 0),
      byType: await countBy('type'),
      byState,
      byPriority: await countBy('priority'),
      byDistrict: districts.map(({ district, n }) => ({ district, count: Number(n) })),
      byDisposition: await countBy('disposition'),
      medianAcknowledgeS: medians?.acknowledge ?? null,
      medianAcceptS: dispatches?.accept ?? null,
      dispatchesOverdue: Number(dispatches?.overdue ?? 0),
    };
  };
}
