import type { Readable } from 'node:stream';
import type { ActionResult } from '@kuzet/contracts/actor.ts';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type EdgeReplay,
  EdgeReplayAnswer,
  maxReplayed,
  type ReplayBody,
  type ReplayResult,
} from '@kuzet/contracts/dead-letter.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { Compile } from 'typebox/compile';

/** What replaying needs of the rest of the hub; app.ts passes the real thing. */
export interface ReplayDeps {
  store: {
    byIds(ids: readonly string[]): Promise<DeadLetter[]>;
    replayable(filter: DeadLetterFilter, limit: number): Promise<{ letters: DeadLetter[]; more: number }>;
    claim(ids: readonly string[], at: Date, force: boolean): Promise<string[]>;
    settle(outcomes: readonly { id: string; taken: boolean; reason: string | null }[]): Promise<void>;
    unclaim(ids: readonly string[]): Promise<void>;
  };
  /** Null while the edge is away, or has said no address. */
  edgeHttpUrl(edgeId: string): Promise<string | null>;
  /** `unsent`: nothing of the request reached the edge. */
  ask(
    edgeHttpUrl: string,
    path: string,
    options: { method: 'POST'; json: unknown },
  ): Promise<{ ok: true; status: number; body: Readable } | { ok: false; detail: string; unsent?: boolean }>;
  clock: Clock;
  onReplayed(): void;
}

const answerOf = Compile(EdgeReplayAnswer);
const obstacles = {
  cut: 'Only the first 16 KiB were kept: what is left of it says something else.',
  'not-of-a-sensor': 'It came from the edge itself, not from a sensor.',
};
/** Letters and bytes of one request to an edge. */
const perRequest = { letters: 100, base64Bytes: 1_000_000 };

/**
 * Sends dead letters through their edge's intake again, for after a profile or the site file was mended. A letter is marked
 * before it is sent, so that two who press at once send it once; what is stored already is not stored again (P26).
 */
export function createReplay(deps: ReplayDeps): (body: ReplayBody) => Promise<ActionResult<ReplayResult>> {
  const { store, edgeHttpUrl, ask, clock, onReplayed } = deps;

  async function sendTo(edgeId: string, letters: readonly DeadLetter[], result: ReplayResult): Promise<void> {
    const ids = letters.map(({ id }) => id);
    const url = await edgeHttpUrl(edgeId);
    if (url === null) {
      await store.unclaim(ids);
      leave(result, ids, `The edge ${edgeId} is away, or has told no address (http.publicUrl).`);
      return;
    }
    const json: EdgeReplay = {
      letters: letters.map(({ topic, payloadBase64, at }) => ({ topic, payloadBase64, receivedAt: at })),
    };
    const answer = await ask(url, '/replay', { method: 'POST', json });
    if (!answer.ok) {
      if (answer.unsent) await store.unclaim(ids);
      const doubt = answer.unsent ? '' : ' It may have been taken; with force it is sent again.';
      leave(result, ids, `${answer.detail}${doubt}`);
      return;
    }
    const outcomes = await readOutcomes(answer.body);
    if (answer.status !== 200 || outcomes?.length !== letters.length) {
      await store.unclaim(ids);
      leave(result, ids, `The edge ${edgeId} answered ${answer.status}: is it as new as the hub?`);
      return;
    }
    const settled = letters.map(({ id }, index) => ({ id, ...(outcomes[index] as (typeof outcomes)[number]) }));
    await store.settle(settled);
    for (const { id, taken, reason } of settled) {
      if (taken) result.taken.push(id);
      else result.refused.push({ id, reason: reason ?? '' });
    }
  }

  return async (body) => {
    const byFilter = 'filter' in body;
    const { letters, more } = byFilter
      ? await store.replayable(body.filter, maxReplayed)
      : { letters: await store.byIds(body.ids), more: 0 };
    const result: ReplayResult = { taken: [], refused: [], left: [], more };
    if (!byFilter) {
      const known = new Set(letters.map(({ id }) => id));
      leave(
        result,
        [...new Set(body.ids)].filter((id) => !known.has(id)),
        'There is no such dead letter any more.',
      );
    }
    const sendable: DeadLetter[] = [];
    for (const letter of letters) {
      if (letter.replayObstacle === null) sendable.push(letter);
      else leave(result, [letter.id], obstacles[letter.replayObstacle]);
    }
    const force = !byFilter && body.force === true;
    for (const edgeId of new Set(sendable.map((letter) => letter.edgeId))) {
      for (const some of portions(sendable.filter((letter) => letter.edgeId === edgeId))) {
        const ids = some.map(({ id }) => id);
        const claimed = new Set(await store.claim(ids, new Date(clock.now()), force));
        leave(
          result,
          ids.filter((id) => !claimed.has(id)),
          'It was replayed before; with force it is sent again.',
        );
        const mine = some.filter(({ id }) => claimed.has(id));
        if (mine.length > 0) await sendTo(edgeId, mine, result);
      }
    }
    onReplayed();
    return { ok: true, value: result };
  };
}

const leave = (result: ReplayResult, ids: readonly string[], reason: string): void => {
  for (const id of ids) result.left.push({ id, reason });
};

function portions(letters: readonly DeadLetter[]): DeadLetter[][] {
  const all: DeadLetter[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const letter of letters) {
    const last = all.at(-1);
    bytes += letter.payloadBase64.length;
    if (!last || last.length >= perRequest.letters || bytes > perRequest.base64Bytes) {
      all.push([letter]);
      bytes = letter.payloadBase64.length;
    } else last.push(letter);
  }
  return all;
}

async function readOutcomes(body: Readable): Promise<EdgeReplayAnswer['outcomes'] | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  try {
    const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return answerOf.Check(answer) ? answer.outcomes : null;
  } catch {
    return null;
  }
}
