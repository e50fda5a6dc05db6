/** `manifest-00000012.json`, and its signature beside it. */
export const manifestName = (sequence: number): string => `manifest-${String(sequence).padStart(8, '0')}.json`;
export const signatureName = (sequence: number): string => manifestName(sequence).replace(/json$/, 'sig');
export const manifestPattern = /^manifest-(\d{8,})\.json$/;
export const signaturePattern = /^manifest-(\d{8,})\.sig$/;
/** Downloads under way, which a crash may leave behind; they are no evidence yet. */
export const unfinishedSuffix = '.part';
/** Pieces whose hashes stand in a manifest, bytes. */
export const evidencePieceBytes = 1_048_576;
