import type { Incident, TimelineEntry } from '@kuzet/contracts/incident.ts';
import type { Ref } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { say } from '../kit/i18n.ts';
import { sentenceOf } from '../kit/incident-text.ts';
import {
  AcceptedSymbol,
  DashSymbol,
  DeliveredSymbol,
  HighSymbol,
  LostSymbol,
  PrioritySymbol,
  SentSymbol,
  TickSymbol,
} from '../kit/symbols.tsx';
import { clockTime } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { common } from '../kit/words/common.ts';
import { consoleWords as words } from '../kit/words/console.ts';

/** Append-only, newest first, each line with its source. */
export function Timeline({ incident, noteRef }: { incident: Incident; noteRef: Ref<HTMLInputElement> }) {
  const [text, setText] = useState('');
  const action = useAction();
  const save = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === '') return;
    if (await action.run(() => call('POST', `/incidents/${incident.id}/note`, { text: text.trim() }))) setText('');
  };
  return (
    <section class="timeline">
      <h2>
        {say(words.timeline)}
        <span class="side">{say(words.newestFirst)}</span>
      </h2>
      <ol>
        {[...incident.timeline].reverse().map((entry) => (
          <li
            key={entry.id}
            class={entry.kind === 'dispatch-overdue' || entry.kind === 'dispatch-failed' ? 'alert' : ''}
          >
            <time class="num">{clockTime(entry.at)}</time>
            <EntrySymbol entry={entry} incident={incident} />
            <span class="text">{sentenceOf(entry, incident)}</span>
            <span class="side">{entry.actor === 'system' ? say(common.systemActor) : entry.actor}</span>
          </li>
        ))}
      </ol>
      <form class="note" onSubmit={(event) => void save(event)}>
        <input
          ref={noteRef}
          class="field"
          value={text}
          maxLength={4000}
          placeholder={`${say(words.addNote)}  N`}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button class="button" type="submit" disabled={action.busy || text.trim() === ''}>
          {say(words.save)}
        </button>
        <Fault text={action.fault} />
      </form>
    </section>
  );
}

function EntrySymbol({ entry, incident }: { entry: TimelineEntry; incident: Incident }) {
  switch (entry.kind) {
    case 'opened':
    case 'alarm-raised':
      return <PrioritySymbol priority={incident.priority} />;
    case 'dispatch-queued':
    case 'dispatch-sent':
    case 'dispatch-redelivered':
      return <SentSymbol color="var(--t2)" />;
    case 'dispatch-delivered':
      return <DeliveredSymbol color="var(--t2)" />;
    case 'dispatch-accepted':
      return <AcceptedSymbol color="var(--t2)" />;
    case 'dispatch-overdue':
      return <HighSymbol />;
    case 'dispatch-rejected':
    case 'dispatch-failed':
    case 'camera-lost':
      return <LostSymbol color="var(--t1)" />;
    case 'acknowledged':
    case 'step-done':
    case 'dispatch-completed':
    case 'dispatch-updated':
    case 'resolved':
    case 'closed':
      return <TickSymbol />;
    default:
      return <DashSymbol />;
  }
}
