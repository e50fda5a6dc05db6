import type { Log } from '@kuzet/lib/log.ts';
import type { EvidenceFolder } from './evidence-folder.ts';
import { type ClaimedEvidence, claimDue, type EvidenceResult, nextDueMs, settle } from './evidence-rows.ts';
import { type AskEdge, askClip, fetchClip, fetchStill } from './fetch-evidence.ts';
import { removeOld } from './remove-old.ts';
import { type SignDeps, signManifests } from './sign-manifests.ts';

export interface EvidenceSettings {
  /** Seconds before and after the opening in the first clip; clips of `followS` come after it while it is open. */
  preS: number;
  postS: number;
  followS: number;
  /** After the opening nothing more is recorded. */
  longestS: number;
  /** Days that files are kept; null: for ever. */
  keepDays: number | null;
  drillKeepDays: number | null;
}

export interface EvidenceWorkerDeps extends SignDeps {
  log: Log;
  ask: AskEdge;
  edgeHttpUrl(cameraId: string): Promise<string | null>;
  settings: EvidenceSettings;
}

export interface EvidenceWorker {
  start(): void;
  /** An incident may have been opened: look now. */
  wake(): void;
  stop(): Promise<void>;
}

const places = 8;
const leaseMs = 60_000;
const longestPauseMs = 5_000;
const faultPauseMs = 1_000;
const longestUnsignedMs = 10_000;
const hourMs = 3_600_000;
/** The edge waits one second for late pictures; after that the clip is whole. */
const afterEndMs = 1_200;
/** A still of later than this is none of the incident's beginning. */
const stillWithinMs = 300_000;
/** An edge agent that was not reached so long has not been recording. */
const clipBegunWithinMs = 600_000;
/** An edge agent keeps a finished clip for a day by default. */
const clipFetchedWithinMs = 86_400_000;
const retryMs = (attempts: number) => Math.min(30_000, 500 * 2 ** Math.min(attempts, 6));

/** Works off what incidents keep of their cameras: asks, waits, fetches, signs. */
export function createEvidenceWorker(deps: EvidenceWorkerDeps): EvidenceWorker {
  const { database, clock, log, ask, settings } = deps;
  const folder: EvidenceFolder = deps.folder;
  const underWay = new Map<string, Promise<void>>();
  let running: Promise<void> | null = null;
  let lookAgain = false;
  let live = false;
  let nextTidyMs = 0;
  let nextSigningMs = 0;
  let cancelTimer: () => void = () => undefined;

  async function attempt(row: ClaimedEvidence): Promise<void> {
    const edge = await deps.edgeHttpUrl(row.cameraId);
    const nowMs = clock.now();
    const fromMs = row.fromMs ?? (row.part === 0 ? row.openedAtMs : row.openedAtMs - settings.preS * 1_000);
    const toMs = row.toMs ?? (row.part === 0 ? row.openedAtMs : row.openedAtMs + settings.postS * 1_000);
    const base = { fromMs, toMs, files: [], reason: null, nextAttemptMs: nowMs };
    const later = (reason: string, untilMs: number, gone = false): EvidenceResult =>
      gone || nowMs >= untilMs
        ? { ...base, state: 'unavailable', reason }
        : { ...base, state: row.state, reason, nextAttemptMs: nowMs + retryMs(row.attempts) };

    if (row.part === 0) {
      const untilMs = row.openedAtMs + stillWithinMs;
      const name = `${row.cameraId}-still.jpg`;
      if (nowMs >= untilMs)
        return settle(database, row, later(row.reason ?? 'the hub was away at the time', untilMs, true), null);
      if (edge === null) return settle(database, row, later('its edge agent has not been heard', untilMs), null);
      const to = { incidentId: row.incidentId, name, nowMs: () => clock.now() };
      const still = await fetchStill(ask, folder, edge, row.cameraId, to);
      const takenMs = still.ok ? Date.parse(still.value.from) : nowMs;
      const result: EvidenceResult = still.ok
        ? { ...base, fromMs: takenMs, toMs: takenMs, state: 'ready', files: [still.value] }
        : later(still.reason, untilMs, still.gone);
      return settle(database, row, result, null);
    }

    const begun = row.state === 'recording';
    const untilMs = toMs + (begun ? clipFetchedWithinMs : clipBegunWithinMs);
    if (edge === null) return settle(database, row, later('its edge agent has not been heard', untilMs), null);
    const id = `${row.incidentId}.${row.part}`;
    const asked = await askClip(ask, edge, row.cameraId, { id, fromMs, toMs }, begun);
    if (!asked.ok) return settle(database, row, later(asked.reason, untilMs, asked.gone), null);
    const clip = asked.value;
    if (clip.state === 'recording') {
      const waitMs = toMs + afterEndMs > nowMs ? toMs + afterEndMs : nowMs + 300;
      return settle(database, row, { ...base, state: 'recording', nextAttemptMs: waitMs }, null);
    }
    const follow = followingClip(row, toMs);
    if (clip.state === 'failed')
      return settle(database, row, { ...base, state: 'unavailable', reason: clip.reason }, follow);
    const to = { incidentId: row.incidentId, name: `${row.cameraId}-clip-${row.part}` };
    const fetched = await fetchClip(ask, folder, edge, clip, to);
    const result: EvidenceResult = fetched.ok
      ? { ...base, state: 'ready', files: fetched.value }
      : { ...later(fetched.reason, untilMs, fetched.gone) };
    if (result.state === 'waiting') result.state = 'recording';
    return settle(database, row, result, result.state === 'recording' ? null : follow);
  }

  function followingClip(row: ClaimedEvidence, toMs: number): { fromMs: number; toMs: number } | null {
    const endMs = Math.min(toMs + settings.followS * 1_000, row.openedAtMs + settings.longestS * 1_000);
    return row.incidentOpen && endMs > toMs && endMs > clock.now() ? { fromMs: toMs, toMs: endMs } : null;
  }

  function begin(row: ClaimedEvidence): void {
    const done = attempt(row)
      // What cannot be written down is claimed until its lease runs out, and then done again.
      .catch((err: unknown) => log.error({ err, incident: row.incidentId, camera: row.cameraId }, 'evidence not kept'))
      .finally(() => {
        underWay.delete(row.id);
        wake();
      });
    underWay.set(row.id, done);
  }

  async function look(): Promise<void> {
    const room = places - underWay.size;
    if (room > 0) for (const row of await claimDue(database, { nowMs: clock.now(), leaseMs, limit: room })) begin(row);
    // Together, when nothing is on its way at the moment: the stills of one incident make one manifest.
    if (underWay.size === 0 || clock.now() >= nextSigningMs) {
      await signManifests(deps);
      nextSigningMs = clock.now() + longestUnsignedMs;
    }
    if (clock.now() >= nextTidyMs) {
      nextTidyMs = clock.now() + hourMs;
      await removeOld(database, folder, settings, clock.now());
      await signManifests(deps);
    }
  }

  async function loop(): Promise<void> {
    while (lookAgain && live) {
      lookAgain = false;
      let pauseMs = longestPauseMs;
      try {
        await look();
        const next = await nextDueMs(database);
        if (next !== null) pauseMs = Math.min(longestPauseMs, Math.max(20, next - clock.now()));
      } catch (err) {
        log.error({ err }, 'evidence cannot be looked after; trying again');
        pauseMs = faultPauseMs;
      }
      cancelTimer();
      if (live) cancelTimer = clock.after(pauseMs, wake);
    }
  }

  function wake(): void {
    if (!live) return;
    lookAgain = true;
    running ??= loop().finally(() => {
      running = null;
      if (lookAgain) wake();
    });
  }

  return {
    start() {
      live = true;
      wake();
    },
    wake,
    async stop() {
      live = false;
      cancelTimer();
      await running;
      await Promise.all(underWay.values());
    },
  };
}
