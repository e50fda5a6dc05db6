import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface PieceHashes {
  sizeBytes: number;
  /** Of the whole, hex. */
  sha256: string;
  pieces: string[];
}

/** Hashes what it is fed, whole and by pieces of `pieceBytes`; nothing of it is kept. */
export function createPieceHasher(pieceBytes: number): { push(chunk: Buffer): void; end(): PieceHashes } {
  const whole = createHash('sha256');
  let piece = createHash('sha256');
  let inPiece = 0;
  let sizeBytes = 0;
  const pieces: string[] = [];
  const cut = () => {
    pieces.push(piece.digest('hex'));
    piece = createHash('sha256');
    inPiece = 0;
  };
  return {
    push(chunk) {
      whole.update(chunk);
      sizeBytes += chunk.length;
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + pieceBytes - inPiece);
        piece.update(part);
        inPiece += part.length;
        at += part.length;
        if (inPiece === pieceBytes) cut();
      }
    },
    end() {
      if (inPiece > 0) cut();
      return { sizeBytes, sha256: whole.digest('hex'), pieces };
    },
  };
}

/** @throws the file system's error. */
export async function hashFile(path: string, pieceBytes: number): Promise<PieceHashes> {
  const hasher = createPieceHasher(pieceBytes);
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) hasher.push(chunk as Buffer);
  return hasher.end();
}
