/** A camera without picture; `sinceMs` by its edge's clock, epoch milliseconds, so that a backlog keeps their distances. */
export interface LostCamera {
  id: string;
  edgeId: string;
  siteId: string;
  sinceMs: number;
}

/** An active alarm with every camera that it has or had. */
export interface LossAlarm {
  id: string;
  cameras: readonly (LostCamera & {
    /** Came back so lately that a new loss is the same trouble. */
    isSameTrouble: boolean;
  })[];
}

export interface LossPlan {
  joins: { alarmId: string; camera: LostCamera }[];
  /** One alarm each. */
  raises: LostCamera[][];
}

/** What one switch or one fuse takes from a site goes within this time, milliseconds: PoE switches restart port by port. */
export const sameSiteMs = 15_000;
/** Cameras of several sites behind one edge share only its uplink or power, and that goes in one moment. */
export const sameEdgeMs = 3_000;

/**
 * What was lost together is one alarm: cameras of one edge that went within 15 s of another of the same site, or within 3 s
 * of one of another site, link by link. Each joins the alarm it was last in, if that is young, else the nearest in time; what
 * is near to none stands alone. Alarms never merge: an operator keeps the one that he saw.
 */
export function groupLosses(lost: readonly LostCamera[], active: readonly LossAlarm[]): LossPlan {
  const groups: { alarmId: string | null; cameras: LostCamera[]; sameTrouble: ReadonlySet<string> }[] = active.map(
    ({ id, cameras }) => ({
      alarmId: id,
      cameras: [...cameras],
      sameTrouble: new Set(cameras.filter((camera) => camera.isSameTrouble).map((camera) => camera.id)),
    }),
  );
  const joins: LossPlan['joins'] = [];
  const inOrder = [...lost].sort((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1));
  for (const camera of inOrder) {
    let best: (typeof groups)[number] | null = null;
    let bestMs = Number.POSITIVE_INFINITY;
    for (const group of groups) {
      const gapMs = group.sameTrouble.has(camera.id) ? -1 : gapTo(camera, group.cameras);
      if (gapMs < bestMs) [best, bestMs] = [group, gapMs];
    }
    if (!best) groups.push({ alarmId: null, cameras: [camera], sameTrouble: new Set() });
    else {
      best.cameras.push(camera);
      if (best.alarmId !== null) joins.push({ alarmId: best.alarmId, camera });
    }
  }
  return { joins, raises: groups.filter(({ alarmId }) => alarmId === null).map(({ cameras }) => cameras) };
}

/** Milliseconds to the nearest loss that a common cause may explain; infinite where there is none. */
function gapTo(camera: LostCamera, cameras: readonly LostCamera[]): number {
  let nearestMs = Number.POSITIVE_INFINITY;
  for (const { edgeId, siteId, sinceMs } of cameras) {
    const gapMs = Math.abs(camera.sinceMs - sinceMs);
    if (edgeId === camera.edgeId && gapMs <= (siteId === camera.siteId ? sameSiteMs : sameEdgeMs)) {
      nearestMs = Math.min(nearestMs, gapMs);
    }
  }
  return nearestMs;
}
