import { describe, expect, it } from 'vitest';
import { groupLosses, type LossAlarm, type LostCamera } from './loss-groups.ts';

const camera = (id: string, s: number, siteId = 'mall', edgeId = 'edge-1'): LostCamera => ({
  id,
  edgeId,
  siteId,
  sinceMs: s * 1_000,
});
const alarm = (id: string, cameras: LostCamera[], sameTrouble: string[] = []): LossAlarm => ({
  id,
  cameras: cameras.map((one) => ({ ...one, isSameTrouble: sameTrouble.includes(one.id) })),
});
const ids = (raises: LostCamera[][]) => raises.map((cameras) => cameras.map(({ id }) => id).sort());

describe('[A21] what was lost together is one alarm', () => {
  it('a switch of forty cameras, whose ports go one after the other', () => {
    const forty = Array.from({ length: 40 }, (_, n) => camera(`K-${n}`, n));
    expect(groupLosses(forty, []).raises).toHaveLength(1);
    expect(groupLosses([...forty].reverse(), []).raises[0]).toHaveLength(40);
  });
  it('one lost long before stays its own, and so does another edge', () => {
    const plan = groupLosses(
      [camera('K-1', 100), camera('K-2', 101), camera('K-3', 101, 'mall', 'edge-2')],
      [alarm('old', [camera('K-0', 10)])],
    );
    expect(plan.joins).toEqual([]);
    expect(ids(plan.raises)).toEqual([['K-1', 'K-2'], ['K-3']]);
  });
  it('15 s within a site, 3 s between the sites of an edge', () => {
    expect(ids(groupLosses([camera('K-1', 0), camera('K-2', 15)], []).raises)).toEqual([['K-1', 'K-2']]);
    expect(ids(groupLosses([camera('K-1', 0), camera('K-2', 15.1)], []).raises)).toEqual([['K-1'], ['K-2']]);
    expect(ids(groupLosses([camera('K-1', 0), camera('K-2', 3, 'park')], []).raises)).toEqual([['K-1', 'K-2']]);
    expect(ids(groupLosses([camera('K-1', 0), camera('K-2', 3.1, 'park')], []).raises)).toEqual([['K-1'], ['K-2']]);
  });
  it('a late one joins the alarm that stands, the nearest where several do', () => {
    const plan = groupLosses(
      [camera('K-9', 24)],
      [alarm('far', [camera('K-0', 10)]), alarm('near', [camera('K-1', 25)])],
    );
    expect(plan).toEqual({ joins: [{ alarmId: 'near', camera: camera('K-9', 24) }], raises: [] });
  });
  it('one that goes on and off joins its own alarm again, not one that is nearer', () => {
    const before = alarm('own', [camera('K-0', 10), camera('K-1', 10)], ['K-1']);
    const plan = groupLosses([camera('K-1', 300)], [alarm('near', [camera('K-2', 299)]), before]);
    expect(plan.joins.map(({ alarmId }) => alarmId)).toEqual(['own']);
  });
});
