import type { Readable } from 'node:stream';
import { Clip, type ClipRequest, type EvidenceFile } from '@kuzet/contracts/evidence.ts';
import { timestamp } from '@kuzet/lib/clock.ts';
import { Value } from 'typebox/value';
import type { EvidenceFolder } from './evidence-folder.ts';

export type EdgeAnswer =
  | { ok: true; status: number; headers: Record<string, string>; body: Readable }
  | { ok: false; detail: string };

export type AskEdge = (
  edgeHttpUrl: string,
  path: string,
  options?: { method?: 'GET' | 'POST'; json?: unknown },
) => Promise<EdgeAnswer>;

/** `gone`: it will not come any more; otherwise a later try may have it. */
export type Fetched<T> = { ok: true; value: T } | { ok: false; gone: boolean; reason: string };

const maxJsonBytes = 1_048_576;
const maxStillBytes = 16 * 1024 * 1024;
const maxPartBytes = 1024 * 1024 * 1024;

async function readJson(body: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > maxJsonBytes) throw new Error('the edge agent’s answer is too long');
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function refusal(answer: EdgeAnswer & { ok: true }): Promise<string> {
  const problem = (await readJson(answer.body).catch(() => null)) as { detail?: unknown } | null;
  return typeof problem?.detail === 'string' ? problem.detail : `the edge agent answered ${answer.status}`;
}

/** Asks an edge agent for a clip, or how the one that it was asked for stands. */
export async function askClip(
  ask: AskEdge,
  edge: string,
  camera: string,
  request: ClipRequest,
  begun: boolean,
): Promise<Fetched<Clip>> {
  const path = `/cameras/${camera}/clips`;
  const answer = begun
    ? await ask(edge, `${path}/${request.id}`)
    : await ask(edge, path, { method: 'POST', json: request });
  if (!answer.ok) return { ok: false, gone: false, reason: answer.detail };
  if (answer.status >= 400)
    return { ok: false, gone: answer.status === 404 || answer.status === 400, reason: await refusal(answer) };
  const clip = await readJson(answer.body).catch(() => null);
  if (!Value.Check(Clip, clip)) return { ok: false, gone: false, reason: 'the edge agent’s answer is not understood' };
  return { ok: true, value: clip };
}

/** Fetches all parts of a finished clip. */
export async function fetchClip(
  ask: AskEdge,
  folder: EvidenceFolder,
  edge: string,
  clip: Clip,
  to: { incidentId: string; name: string },
): Promise<Fetched<EvidenceFile[]>> {
  const files: EvidenceFile[] = [];
  if (clip.parts.length === 0) return { ok: false, gone: true, reason: 'the edge agent’s clip has no pictures' };
  for (const part of clip.parts) {
    const answer = await ask(edge, `/cameras/${clip.camera}/clips/${clip.id}/${part.name}`);
    if (!answer.ok) return { ok: false, gone: false, reason: answer.detail };
    if (answer.status >= 400) return { ok: false, gone: answer.status === 404, reason: await refusal(answer) };
    const name = clip.parts.length === 1 ? `${to.name}.mp4` : `${to.name}-${Number.parseInt(part.name, 10)}.mp4`;
    try {
      const hashes = await folder.store(to.incidentId, name, answer.body, maxPartBytes);
      if (hashes.sizeBytes !== part.sizeBytes) {
        await folder.remove(to.incidentId, [name]);
        return { ok: false, gone: false, reason: `${hashes.sizeBytes} of ${part.sizeBytes} bytes came` };
      }
      const gaps = clip.gaps.map(({ fromMs, toMs, reason }) => ({
        from: timestamp(fromMs),
        to: timestamp(toMs),
        reason,
      }));
      const times = { from: timestamp(part.fromMs), to: timestamp(part.toMs) };
      files.push({ name, camera: clip.camera, kind: 'clip', ...times, ...hashes, gaps });
    } catch (error) {
      return { ok: false, gone: false, reason: (error as Error).message };
    }
  }
  return { ok: true, value: files };
}

/** A picture of the camera as it is now. */
export async function fetchStill(
  ask: AskEdge,
  folder: EvidenceFolder,
  edge: string,
  camera: string,
  to: { incidentId: string; name: string; nowMs(): number },
): Promise<Fetched<EvidenceFile>> {
  const answer = await ask(edge, `/cameras/${camera}/snapshot.jpg`);
  if (!answer.ok) return { ok: false, gone: false, reason: answer.detail };
  if (answer.status >= 400) return { ok: false, gone: answer.status === 404, reason: await refusal(answer) };
  const at = timestamp(to.nowMs());
  try {
    const hashes = await folder.store(to.incidentId, to.name, answer.body, maxStillBytes);
    return { ok: true, value: { name: to.name, camera, kind: 'still', from: at, to: at, ...hashes, gaps: [] } };
  } catch (error) {
    return { ok: false, gone: false, reason: (error as Error).message };
  }
}
