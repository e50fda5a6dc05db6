import type { Log } from '@kuzet/lib/log.ts';
import type { EvidenceFolder } from './evidence-folder.ts';
import {
  type ClaimedEvidence,
  claimDue,
  type EvidenceResult,
  nextDueMs,
  renewClaims,
  settle,
} from './evidence-rows.ts';
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
/** Shorter than a ring: after a kill the next hub must ask for a clip while its beginning is still held. */
const leaseMs = 6_000;
const renewMs = 2_000;
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
/** While a clip's time runs: an edge agent that is back holds no more than the last `video.ringS`, 10 s at least. */
const runningRetryMs = 8_000;
/** A clip is finished about now; past this it is asked for less and less often. */
const soonMs = 5_000;

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
  let cancelRenewing: () => void = () => undefined;

  async function attempt(row: ClaimedEvidence): Promise<void> {
    const edge = await deps.edgeHttpUrl(row.cameraId);
    const nowMs = clock.now();
    const fromMs = row.fromMs ?? (row.part === 0 ? row.openedAtMs : row.openedAtMs - settings.preS * 1_000);
    const toMs = row.toMs ?? (row.part === 0 ? row.openedAtMs : row.openedAtMs + settings.postS * 1_000);
    const base = { fromMs, toMs, files: [], reason: null, nextAttemptMs: nowMs };
    const againMs = nowMs + (nowMs < toMs ? Math.min(runningRetryMs, retryMs(row.attempts)) : retryMs(row.attempts));
    const later = (reason: string, untilMs: number, gone = false): EvidenceResult =>
      gone || nowMs >= untilMs
        ? { ...base, state: 'unavailable', reason }
        : { ...base, state: row.state, reason, nextAttemptMs: againMs };
    const name = row.part === 0 ? `${row.cameraId}-still` : `${row.cameraId}-clip-${row.part}`;
    /** However it ended, what follows is recorded; and a file that no manifest will know is not left. */
    async function settled(result: EvidenceResult): Promise<void> {
      if (result.state === 'unavailable') await folder.removeAllOf(row.incidentId, name);
      const isOver = result.state === 'ready' || result.state === 'unavailable';
      await settle(database, row, result, isOver && row.part > 0 ? followingClip(row, toMs) : null);
    }

    if (row.part === 0) {
      const untilMs = row.openedAtMs + stillWithinMs;
      if (nowMs >= untilMs) return settled(later(row.reason ?? 'the hub was away at the time', untilMs, true));
      if (edge === null) return settled(later('its edge agent has not been heard', untilMs));
      const to = { incidentId: row.incidentId, name: `${name}.jpg`, nowMs: () => clock.now() };
      const still = await fetchStill(ask, folder, edge, row.cameraId, to);
      const takenMs = still.ok ? Date.parse(still.value.from) : nowMs;
      return settled(
        still.ok
          ? { ...base, fromMs: takenMs, toMs: takenMs, state: 'ready', files: [still.value] }
          : later(still.reason, untilMs, still.gone),
      );
    }

    const begun = row.state === 'recording';
    const untilMs = toMs + (begun ? clipFetchedWithinMs : clipBegunWithinMs);
    if (edge === null) return settled(later('its edge agent has not been heard', untilMs));
    const id = `${row.incidentId}.${row.part}`;
    const asked = await askClip(ask, edge, row.cameraId, { id, fromMs, toMs }, begun);
    if (!asked.ok) return settled(later(asked.reason, untilMs, asked.gone));
    const clip = asked.value;
    if (clip.state === 'recording') {
      if (nowMs >= toMs + clipFetchedWithinMs) return settled(later('the edge agent has not ended it', untilMs, true));
      const endMs = toMs + afterEndMs;
      const nextAttemptMs = nowMs < endMs ? endMs : nowMs < endMs + soonMs ? nowMs + 300 : againMs;
      return settled({ ...base, state: 'recording', nextAttemptMs });
    }
    if (clip.state === 'failed') return settled({ ...base, state: 'unavailable', reason: clip.reason });
    const fetched = await fetchClip(ask, folder, edge, clip, { incidentId: row.incidentId, name });
    if (fetched.ok) return settled({ ...base, state: 'ready', files: fetched.value });
    const result = later(fetched.reason, toMs + clipFetchedWithinMs, fetched.gone);
    return settled(result.state === 'unavailable' ? result : { ...result, state: 'recording' });
  }

  function followingClip(row: ClaimedEvidence, toMs: number): { fromMs: number; toMs: number } | null {
    const endMs = Math.min(toMs + settings.followS * 1_000, row.openedAtMs + settings.longestS * 1_000);
    // One that is over already is asked for too: the edge agent says what it holds, and the list what is missing.
    return row.incidentOpen && endMs > toMs ? { fromMs: toMs, toMs: endMs } : null;
  }

  function begin(row: ClaimedEvidence): void {
    // Claimed once more, since it could not be renewed: twice into one file would leave holes in it.
    if (underWay.has(row.id)) return;
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
      await removeOld(database, settings, clock.now());
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

  function renew(): void {
    if (underWay.size === 0) return;
    renewClaims(database, [...underWay.keys()], clock.now() + leaseMs).catch((err: unknown) =>
      log.error({ err }, 'evidence under way cannot be kept claimed'),
    );
  }

  return {
    start() {
      live = true;
      cancelRenewing = clock.every(renewMs, renew);
      wake();
    },
    wake,
    async stop() {
      live = false;
      cancelTimer();
      await running;
      await Promise.all(underWay.values());
      cancelRenewing();
    },
  };
}
