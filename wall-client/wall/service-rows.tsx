import type { Language } from '@kuzet/contracts/common.ts';
import { say } from '../kit/i18n.ts';
import { AcceptedSymbol, DeliveredSymbol, LostSymbol, SentSymbol } from '../kit/symbols.tsx';
import { shortTime, shortTimer } from '../kit/time.ts';
import { dispatchStateWords } from '../kit/words/common.ts';
import { FitText } from './fit-text.tsx';
import type { DispatchRow } from './layout.ts';
import { rowWords, wallWords as words } from './wall-words.ts';

/** Dashed ring: it left here. Open ring: a machine has it. Tick: a person has it. */
function StateSymbol({ row }: { row: DispatchRow }) {
  if (row.state === 'queued' || row.state === 'sent') return <SentSymbol />;
  if (row.state === 'delivered') return <DeliveredSymbol />;
  if (row.state === 'rejected' || row.state === 'failed') return <LostSymbol />;
  return <AcceptedSymbol />;
}

function timeOf(row: DispatchRow, nowMs: number, lang: Language): { value: string; word: string } | null {
  const { time } = row;
  switch (time.kind) {
    case 'countdown': {
      const leftMs = time.toMs - nowMs;
      return leftMs >= 0
        ? { value: shortTimer(leftMs), word: say(words.toArrival, {}, lang) }
        : { value: shortTimer(-leftMs), word: say(words.late, {}, lang) };
    }
    case 'clock': {
      const said = { arrived: words.arrived, accepted: words.acceptedAt, completed: words.completedAt }[time.word];
      return { value: shortTime(time.atMs), word: say(said, {}, lang) };
    }
    case 'waiting':
      return {
        value: shortTimer(nowMs - time.sinceMs),
        word: say(row.warn && row.state !== 'rejected' ? words.noAnswer : words.waiting, {}, lang),
      };
    case 'none':
      return null;
  }
}

/** One row a service; the one that nobody has taken in time is solid amber. */
export function ServiceRows({
  rows,
  folded,
  language,
  nowMs,
}: {
  rows: DispatchRow[];
  folded: number;
  language: Language;
  nowMs: number;
}) {
  return (
    <div class="services">
      {rows.length === 0 && <div class="service none">{say(words.notCalled, {}, language)}</div>}
      {rows.map((row) => {
        const { dispatch, state } = row;
        const time = timeOf(row, nowMs, language);
        const waiting = state === 'sent' || state === 'delivered' || state === 'queued';
        const headline = row.warn && waiting ? rowWords.delivered : rowWords[state];
        const machine = waiting ? `, ${say(dispatchStateWords[dispatch.state], {}, language)}` : '';
        const unit = dispatch.unit && !waiting ? `, ${dispatch.unit}` : '';
        return (
          <div key={dispatch.agencyId} class={`service ${row.warn ? 'warn' : ''}`}>
            <div class="number">{dispatch.service}</div>
            <div class="what-state">
              <div class="headline">
                <StateSymbol row={row} />
                <FitText text={say(headline, {}, language) + unit} width={330} size={34} least={26} weight={600} />
              </div>
              <FitText
                class="agency"
                text={dispatch.agencyName[language] + machine}
                width={382}
                size={26}
                least={20}
                weight={400}
              />
            </div>
            {time && (
              <div class="time num">
                {time.value}
                <small>{time.word}</small>
              </div>
            )}
          </div>
        );
      })}
      {folded > 0 && <div class="folded">{say(words.more, { n: folded }, language)}</div>}
    </div>
  );
}
