import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { EvidenceList } from '@kuzet/contracts/evidence.ts';
import { timestamp } from '@kuzet/lib/clock.ts';
import { manifestName, manifestPattern, signatureName, signaturePattern } from '@kuzet/lib/evidence/manifest-names.ts';
import type { Database } from '../store/database.ts';
import type { EvidenceFolder } from './evidence-folder.ts';
import { rowsOfIncident } from './evidence-rows.ts';

export interface StoredFile {
  sizeBytes: number;
  contentType: string;
  /** From `start` to `end`, both included. */
  read(start: number, end: number): Readable;
  close(): Promise<void>;
}

export interface EvidenceStore {
  list(incidentId: string): Promise<EvidenceList>;
  /** Null when the incident has no such file. Read it to its end or close it. */
  open(incidentId: string, name: string): Promise<StoredFile | null>;
}

const typeOf = (name: string): string =>
  name.endsWith('.mp4')
    ? 'video/mp4'
    : name.endsWith('.jpg')
      ? 'image/jpeg'
      : name.endsWith('.json')
        ? 'application/json'
        : 'application/octet-stream';

export function createEvidenceStore(database: Database, folder: EvidenceFolder): EvidenceStore {
  return {
    async list(incidentId) {
      const rows = await rowsOfIncident(database, incidentId);
      const [manifest] = await database.query<{ sequence: string; signed_at: Date }>(
        'select sequence, signed_at from kuzet.evidence_manifests where incident_id = $1 order by sequence desc limit 1',
        [incidentId],
      );
      const sequence = Number(manifest?.sequence ?? 0);
      return {
        items: rows.map((row) => ({
          id: row.id,
          camera: row.cameraId,
          kind: row.part === 0 ? 'still' : 'clip',
          state: row.removed ? 'unavailable' : row.state,
          from: timestamp(row.fromMs ?? row.openedAtMs),
          to: timestamp(row.toMs ?? row.openedAtMs),
          reason: row.removed ? 'its time of keeping is over' : row.reason,
          files: row.removed
            ? []
            : row.files.map(({ name, from, to, sizeBytes, sha256, gaps }) => ({
                name,
                from,
                to,
                sizeBytes,
                sha256,
                gaps,
              })),
        })),
        manifest: manifest
          ? {
              file: manifestName(sequence),
              signature: signatureName(sequence),
              signedAt: timestamp(Number(manifest.signed_at)),
            }
          : null,
      };
    },
    async open(incidentId, name) {
      const rows = await rowsOfIncident(database, incidentId);
      const known = rows.some(({ files }) => files.some((file) => file.name === name));
      if (!known && !manifestPattern.test(name) && !signaturePattern.test(name)) return null;
      const file = await open(folder.pathOf(incidentId, name), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (!file) return null;
      const { size } = await file.stat();
      return {
        sizeBytes: size,
        contentType: typeOf(name),
        read: (start, end) => file.createReadStream({ start, end }),
        close: () => file.close(),
      };
    },
  };
}
