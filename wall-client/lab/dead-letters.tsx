import type { DeadLetter, DeadLetterClass, DeadLetterCounts, ReplayResult } from '@kuzet/contracts/dead-letter.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import { clockTime, longDate, number } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { common } from '../kit/words/common.ts';
import { letterClassWords, labWords as words } from '../kit/words/lab.ts';
import { fits, Table } from './table.tsx';

const pageSize = 200;
type Page = { items: DeadLetter[]; nextCursor: string | null };

/** What nobody understood, by reason: to read, and to send through its edge again once the cause is mended. */
export function DeadLetters({ find }: { find: string }) {
  const [counts, setCounts] = useState<DeadLetterCounts | null>(null);
  const [reason, setReason] = useState<DeadLetterClass | null>(null);
  const [page, setPage] = useState<Page | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [result, setResult] = useState<ReplayResult | null>(null);
  const action = useAction();

  const read = async (cursor: string | null = null) => {
    const query = `limit=${pageSize}${reason ? `&reason=${reason}` : ''}${cursor ? `&cursor=${cursor}` : ''}`;
    const [counted, listed] = await Promise.all([
      call<DeadLetterCounts>('GET', '/dead-letters/counts'),
      call<Page>('GET', `/dead-letters?${query}`),
    ]);
    if (counted.ok) setCounts(counted.value);
    if (listed.ok) {
      const { items, nextCursor } = listed.value;
      setPage((before) => ({ items: [...(cursor && before ? before.items : []), ...items], nextCursor }));
    }
    const failed = [counted, listed].find((answer) => !answer.ok);
    const why = failed && !failed.ok ? (failed.problem?.title ?? say(common.connecting)) : null;
    setFault(why === null ? null : say(common.actionFailed, { why }));
  };
  useEffect(() => void read(), [reason]);

  const replay = async (body: unknown) => {
    await action.run(async () => {
      const answer = await call<ReplayResult>('POST', '/dead-letters/replay', body);
      if (answer.ok) setResult(answer.value);
      return answer;
    });
    await read();
  };

  const items = page?.items ?? [];
  const shown = items.filter((letter) => fits(find, letter.topic, letter.reason, letter.edgeId));
  const inReason = counts?.byReason.find(({ name }) => name === reason)?.n ?? counts?.total ?? 0;
  const n = (value: number) => number(value, language.value);
  return (
    <>
      <div class="classes">
        <button type="button" aria-pressed={reason === null} onClick={() => setReason(null)}>
          {say(words.allReasons)} <b class="num">{n(counts?.total ?? 0)}</b>
        </button>
        {counts?.byReason.map(({ name, n: many, replayed }) => (
          <button
            key={name}
            type="button"
            aria-pressed={reason === name}
            onClick={() => setReason(name as DeadLetterClass)}
          >
            {say(letterClassWords[name as DeadLetterClass])} <b class="num">{n(many)}</b>
            {replayed > 0 && <small>{say(words.takenCount, { n: n(replayed) })}</small>}
          </button>
        ))}
      </div>
      <p class="actions">
        <button class="button" type="button" onClick={() => void read()}>
          {say(words.refresh)}
        </button>
        <button
          class="button"
          type="button"
          disabled={action.busy || items.length === 0}
          onClick={() => void replay({ filter: reason ? { reason } : {} })}
        >
          {say(reason ? words.replayReason : words.replayAll)}
        </button>
        <span class="hint">{say(words.replayHint)}</span>
      </p>
      <Fault text={fault ?? action.fault} />
      {result && <Outcome result={result} />}
      {page && items.length === 0 && <p class="count">{say(words.noDeadLetters)}</p>}
      {shown.length > 0 && (
        <Table
          heads={[words.received, words.edge, words.topic, words.reason, words.size, words.replayed].map((word) =>
            say(word),
          )}
          count={shown.length}
          all={inReason}
        >
          {shown.map((letter) => (
            <tr key={letter.id}>
              <td class="num">
                {longDate(letter.at, language.value)} {clockTime(letter.at)}
              </td>
              <td>{letter.edgeId}</td>
              <td class="long">{letter.topic}</td>
              <td class="long">{letter.reason}</td>
              <td class="num">{say(words.bytes, { n: letter.payloadBytes })}</td>
              <td>
                <Replayed letter={letter} busy={action.busy} onReplay={() => void replay({ ids: [letter.id] })} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {page?.nextCursor && (
        <button class="button" type="button" onClick={() => void read(page.nextCursor)}>
          {say(words.more)}
        </button>
      )}
    </>
  );
}

function Replayed({ letter, busy, onReplay }: { letter: DeadLetter; busy: boolean; onReplay: () => void }) {
  if (letter.replayObstacle) return <span>{say(letter.replayObstacle === 'cut' ? words.cut : words.notOfSensor)}</span>;
  if (letter.replay === 'taken') return <span>{say(words.taken, { time: clockTime(letter.replayedAt ?? '') })}</span>;
  if (letter.replayedAt !== null && letter.replay === null) return <span>{say(words.inDoubt)}</span>;
  return (
    <>
      {letter.replay === 'refused' && <p>{say(words.refusedAgain, { why: letter.replayReason ?? '' })}</p>}
      <button class="button" type="button" disabled={busy} onClick={onReplay}>
        {say(words.replayOne)}
      </button>
    </>
  );
}

function Outcome({ result }: { result: ReplayResult }) {
  const { taken, refused, left, more } = result;
  const first = refused[0]?.reason ?? left[0]?.reason;
  return (
    <p class="outcome" role="status">
      {say(words.outcome, { taken: taken.length, refused: refused.length, left: left.length })}
      {more > 0 && ` ${say(words.moreLeft, { n: more })}`}
      {first && <span> {first}</span>}
    </p>
  );
}
