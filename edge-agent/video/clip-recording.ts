import { join } from 'node:path';
import type { Clip } from '@kuzet/contracts/evidence.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { AccessUnit } from './access-unit.ts';
import { type ClipWriter, createClipWriter } from './clip-writer.ts';
import type { EventRing } from './event-ring.ts';

export interface ClipRecording {
  /** As it stands now. */
  clip(): Clip;
  /** Ends writing and leaves the clip unfinished, for the next start of the agent. */
  suspend(): Promise<void>;
}

export interface ClipRecordingDeps {
  clip: Clip;
  /** It was begun before this start of the agent. */
  resumed: boolean;
  folder: string;
  ring: EventRing;
  clock: Clock;
  /** Why there is no picture now; null while there is. */
  whyLost(): string | null;
  save(clip: Clip): Promise<void>;
  onEnd(clip: Clip, error: unknown): void;
}

/** A pause between two pictures that is told as a gap. */
export const gapMs = 2_000;
const noOlder = 'the edge agent holds no older pictures';
/** Pictures of the last moment are on their way for so long. */
const graceMs = 1_000;
/** A group of pictures that grows past this is written before its end. */
const maxPendingBytes = 8 * 1024 * 1024;
/** What waits for a slow disk; beyond it the clip says that it could not be written. */
const maxQueuedBytes = 64 * 1024 * 1024;

/** Writes one clip: what the ring holds from `fromMs` on, then every picture as it comes, up to `toMs`. */
export function startClipRecording(deps: ClipRecordingDeps): ClipRecording {
  const { clip, resumed, folder, ring, clock, save } = deps;
  let writer: ClipWriter | null = null;
  let configuration: Buffer | null = null;
  let queue: Promise<void> = Promise.resolve();
  let queuedBytes = 0;
  let pending: AccessUnit[] = [];
  let pendingBytes = 0;
  let pendingBroken = false;
  let breakNext = false;
  // Of a time in which nobody here listened it cannot be said that the camera sent nothing.
  const askedLate = !resumed && clip.toMs - clock.now() < gapMs;
  /** The last picture, or after a restart the end of a gap that is told already. */
  let lastMs: number | null =
    clip.parts.length === 0 ? null : Math.max(clip.parts.at(-1)!.toMs, ...clip.gaps.map(({ toMs }) => toMs));
  let reason: string | null = resumed ? 'the edge agent was restarted' : null;
  let over = false;

  const enqueue = (work: () => Promise<void>) => {
    queue = queue.then(work).catch((error: unknown) => end(error));
  };

  function flush(): void {
    const units = pending;
    const bytes = pendingBytes;
    const broken = pendingBroken;
    pending = [];
    pendingBytes = 0;
    pendingBroken = false;
    const [first] = units;
    if (!first) return;
    queuedBytes += bytes;
    if (queuedBytes > maxQueuedBytes) {
      end(new Error('the disk takes pictures slower than they come'));
      return;
    }
    enqueue(async () => {
      if (!writer || !configuration?.equals(first.parameters.configuration)) {
        await closeWriter();
        const name = `${Number.parseInt(clip.parts.at(-1)?.name ?? '0', 10) + 1}.mp4`;
        writer = await createClipWriter(join(folder, name), name, first);
        configuration = first.parameters.configuration;
        clip.parts.push(writer.part());
        await save(clip);
      }
      await writer.write(units, broken);
      queuedBytes -= bytes;
      clip.parts[clip.parts.length - 1] = writer.part();
    });
  }

  async function closeWriter(): Promise<void> {
    const closing = writer;
    writer = null;
    if (!closing) return;
    await closing.close();
  }

  function take(unit: AccessUnit, broken: boolean): void {
    if (over) return;
    if (unit.captureTimeMs > clip.toMs) {
      if (lastMs !== null || unit.captureTimeMs > clip.toMs + graceMs) end(null);
      return;
    }
    breakNext ||= broken;
    const changed = pending[0] !== undefined && pending[0].parameters !== unit.parameters;
    if (unit.keyFrame || changed || pendingBytes > maxPendingBytes) flush();
    // What refers to a picture that is missing decodes to rubbish.
    if ((breakNext || (pending.length === 0 && !writer && clip.parts.length === 0)) && !unit.keyFrame) return;
    if (resumed && !writer && pending.length === 0 && !unit.keyFrame) return;
    if (lastMs === null ? unit.captureTimeMs - clip.fromMs > gapMs : unit.captureTimeMs - lastMs > gapMs) {
      clip.gaps.push({
        fromMs: lastMs ?? clip.fromMs,
        toMs: unit.captureTimeMs,
        reason: reason ?? (lastMs === null ? noOlder : 'the camera sent no pictures'),
      });
      // Before the pictures after it: the file alone does not say why.
      enqueue(() => save(clip));
    }
    reason = null;
    if (pending.length === 0) pendingBroken = breakNext;
    breakNext = false;
    pending.push(unit);
    for (const nal of unit.nals) pendingBytes += nal.length;
    lastMs = Math.max(lastMs ?? 0, unit.captureTimeMs);
  }

  function stopListening(): void {
    over = true;
    unlisten();
    cancelEnd();
    cancelWatch();
  }

  function end(error: unknown): void {
    if (over && error === null) return;
    const first = !over;
    if (first) {
      stopListening();
      if (error === null) flush();
    }
    if (!first && clip.state !== 'recording') return;
    const finish = async () => {
      await closeWriter();
      const lost = reason ?? deps.whyLost() ?? (askedLate && lastMs === null ? noOlder : 'the camera sent no pictures');
      if (error) {
        clip.state = 'failed';
        clip.reason = `the clip could not be written: ${(error as Error).message}`;
      } else if (clip.parts.length === 0) {
        clip.state = 'failed';
        clip.reason = `no picture of this time: ${lost}`;
      } else {
        if (lastMs !== null && clip.toMs - lastMs > gapMs)
          clip.gaps.push({ fromMs: lastMs, toMs: clip.toMs, reason: lost });
        clip.state = 'ready';
      }
      await save(clip);
    };
    queue = queue.then(finish).then(
      () => deps.onEnd(clip, error),
      (cause: unknown) => {
        clip.state = 'failed';
        clip.reason ??= `the clip could not be written: ${(cause as Error).message}`;
        deps.onEnd(clip, cause);
      },
    );
  }

  const noteReason = () => {
    reason = deps.whyLost() ?? reason;
  };
  const cancelWatch = clock.every(1_000, noteReason);
  const cancelEnd = clock.after(Math.max(0, clip.toMs + graceMs - clock.now()), () => end(null));
  const unlisten = ring.listen({ onUnit: take });
  for (const { units, broken } of ring.since(resumed ? (lastMs ?? clip.fromMs) + 1 : clip.fromMs)) {
    units.forEach((unit, i) => {
      if (resumed && unit.captureTimeMs <= (lastMs ?? 0)) return;
      take(unit, broken && i === 0);
    });
  }

  return {
    clip: () => clip,
    async suspend() {
      if (over) return queue;
      stopListening();
      flush();
      enqueue(async () => {
        await closeWriter();
        await save(clip);
      });
      await queue;
    },
  };
}
