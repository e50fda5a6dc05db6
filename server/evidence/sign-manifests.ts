import type { EvidenceManifest } from '@kuzet/contracts/evidence.ts';
import { canonicalJson } from '@kuzet/lib/canonical-json.ts';
import { type Clock, timestamp } from '@kuzet/lib/clock.ts';
import { evidencePieceBytes, manifestName, signatureName } from '@kuzet/lib/evidence/manifest-names.ts';
import type { SigningKey } from '@kuzet/lib/evidence/signing-key.ts';
import type { Database } from '../store/database.ts';
import type { EvidenceFolder } from './evidence-folder.ts';
import { rowsOfIncident } from './evidence-rows.ts';

export interface SignDeps {
  database: Database;
  clock: Clock;
  folder: EvidenceFolder;
  key: SigningKey;
  hubVersion: string;
}

/**
 * Signs a manifest of each incident that has something new, and deletes the files that it calls removed. Number and chain
 * are taken under a lock; the file lies on disk before the row does, so after a crash the same number is written again
 * over it. The incident in whose folder a crash has left the next number comes first: given to another, that number would
 * be there twice.
 */
export async function signManifests(deps: SignDeps): Promise<void> {
  const rows = await deps.database.query<{ incident_id: string }>(
    'select distinct incident_id from kuzet.evidence where unsigned order by incident_id',
  );
  const ids = rows.map(({ incident_id }) => incident_id);
  const begun = ids.length > 1 ? await findBegun(deps, ids) : null;
  if (begun !== null) await signOne(deps, begun);
  for (const id of ids) if (id !== begun) await signOne(deps, id);
}

async function findBegun({ database, folder }: SignDeps, incidentIds: readonly string[]): Promise<string | null> {
  const [last] = await database.query<{ sequence: string | null }>(
    'select max(sequence) as sequence from kuzet.evidence_manifests',
  );
  const next = Number(last?.sequence ?? 0) + 1;
  const own = [manifestName(next), signatureName(next)];
  for (const id of incidentIds) {
    const names = await folder.list(id);
    if (names.some((name) => own.some((start) => name.startsWith(start)))) return id;
  }
  return null;
}

function signOne({ database, clock, folder, key, hubVersion }: SignDeps, incidentId: string): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.query('lock table kuzet.evidence_manifests in exclusive mode');
    const [last] = await tx.query<{ sequence: string; sha256: string }>(
      'select sequence, sha256 from kuzet.evidence_manifests order by sequence desc limit 1',
    );
    const [incident] = await tx.query<{ drill: boolean; opened_at: Date }>(
      'select drill, opened_at from kuzet.incidents where id = $1',
      [incidentId],
    );
    const rows = await rowsOfIncident(tx, incidentId);
    const signed = rows.filter(({ unsigned }) => unsigned).map(({ id }) => id);
    if (!incident || signed.length === 0) return;
    const sequence = Number(last?.sequence ?? 0) + 1;
    const nowAt = timestamp(clock.now());
    const removed = rows.some((row) => row.removed);
    const manifest: EvidenceManifest = {
      format: 'kuzet-evidence-1',
      sequence,
      previous: last?.sha256 ?? null,
      incident: { id: incidentId, drill: incident.drill, openedAt: timestamp(Number(incident.opened_at)) },
      cameras: [...new Set(rows.map(({ cameraId }) => cameraId))],
      pieceBytes: evidencePieceBytes,
      files: rows.filter(({ state }) => state === 'ready').flatMap(({ files }) => files),
      missing: rows
        .filter(({ state }) => state === 'unavailable')
        .map(({ cameraId, part, fromMs, toMs, openedAtMs, reason }) => ({
          camera: cameraId,
          kind: part === 0 ? 'still' : 'clip',
          from: timestamp(fromMs ?? openedAtMs),
          to: timestamp(toMs ?? openedAtMs),
          reason: reason ?? '',
        })),
      removed: removed ? { at: nowAt, reason: 'its time of keeping is over (evidence.keepDays, drillKeepDays)' } : null,
      signedAt: nowAt,
      hubVersion,
      key: { pem: key.publicPem, fingerprint: key.fingerprint },
    };
    const bytes = Buffer.from(canonicalJson(manifest));
    // The signature first: a manifest without one must not be what a crash leaves.
    await folder.write(incidentId, signatureName(sequence), key.sign(bytes));
    const sha256 = await folder.write(incidentId, manifestName(sequence), bytes);
    // After what says so, and before it is done with: a crash leaves neither a file missing without a word nor one for ever.
    for (const row of rows.filter(({ removed, unsigned }) => removed && unsigned))
      await folder.remove(
        incidentId,
        row.files.map(({ name }) => name),
      );
    await tx.query(
      'insert into kuzet.evidence_manifests (sequence, incident_id, sha256, signed_at) values ($1, $2, $3, $4)',
      [sequence, incidentId, sha256, new Date(nowAt)],
    );
    await tx.query('update kuzet.evidence set unsigned = false where id = any($1::bigint[])', [signed]);
  });
}
