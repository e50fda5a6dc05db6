import { useEffect, useRef, useState } from 'preact/hooks';
import { createAlertSounds } from '../kit/alert-sounds.ts';
import { language, say } from '../kit/i18n.ts';
import { compareIncidents, placeOf, titleOf } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { startLivePage } from '../kit/live-page.tsx';
import { openSound } from '../kit/sound.ts';
import { SoundSwitch } from '../kit/sound-switch.tsx';
import { PrioritySymbol } from '../kit/symbols.tsx';
import { shortTimer, timer } from '../kit/time.ts';
import { Fact, TopBar } from '../kit/top-bar.tsx';
import { common, dispatchStateWords } from '../kit/words/common.ts';
import { deskWords as words } from '../kit/words/desk.ts';
import './desk.css';
import { Call, progressWord } from './call.tsx';
import { type DeskCall, isOver, isWaiting } from './desk-call.ts';

function Desk({ live }: { live: LiveClient }) {
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const told = useRef(new Set<string>());
  const sounds = useRef(createAlertSounds());
  const agencyId = live.user.value?.agencyId ?? null;
  const agency = agencyId ? live.tables.agency.value.get(agencyId) : undefined;

  const calls = [...live.tables.incident.value.values()]
    .map((incident) => ({ incident, dispatch: incident.dispatches.find((item) => item.agencyId === agencyId) }))
    .filter((call): call is DeskCall => call.dispatch !== undefined)
    .sort((a, b) => compareIncidents(a.incident, b.incident));
  const over = calls.filter(isOver);
  const waiting = calls.filter((call) => !isOver(call) && isWaiting(call));
  const working = calls.filter((call) => !isOver(call) && !isWaiting(call));

  // Only what this desk has drawn is called delivered, and only once the browser really paints it.
  const unseen = waiting.filter(({ dispatch }) => dispatch.state === 'sent' && !told.current.has(dispatch.id));
  const visible = !document.hidden;
  useEffect(() => {
    if (!visible || unseen.length === 0) return;
    const frame = requestAnimationFrame(() => {
      for (const { dispatch } of unseen) {
        told.current.add(dispatch.id);
        live.send({ t: 'received', dispatchId: dispatch.id });
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [visible, unseen.map(({ dispatch }) => dispatch.id).join()]);
  // After a break of the line nobody knows what arrived: it is told again, which the hub takes as a no-op.
  const link = live.link.value;
  useEffect(() => {
    if (link === 'live') told.current.clear();
  }, [link]);

  useEffect(() => void openSound(), []);
  const second = live.second.value;
  useEffect(() => {
    sounds.current(
      waiting.map(({ incident, dispatch }) => ({
        id: dispatch.id,
        priority: incident.priority,
        sinceMs: Date.parse(dispatch.queuedAt),
        limitMs: Date.parse(dispatch.acceptBy) - Date.parse(dispatch.queuedAt),
      })),
      second,
    );
  }, [second]);

  // A waiting incident owns the centre, unless the person has chosen another one.
  const chosen = calls.find(({ dispatch }) => dispatch.id === selectedId);
  const shown = chosen ?? waiting[0] ?? working[0] ?? null;
  const connected = link === 'live';

  return (
    <div class="desk">
      <TopBar
        live={live}
        title={say(words.title, { service: agency ? `${agency.service} ${agency.name[language.value]}` : '' })}
      >
        <Fact label={say(words.link)} value={say(connected ? words.linkUp : words.linkDown)} wrong={!connected} />
        <SoundSwitch />
      </TopBar>
      <nav class="calls">
        <List title={say(words.waiting)} calls={waiting} shown={shown} now={second} onSelect={setSelectedId} />
        <List title={say(words.atWork)} calls={working} shown={shown} now={second} onSelect={setSelectedId} />
        <List title={say(words.done)} calls={over} shown={shown} now={second} onSelect={setSelectedId} />
      </nav>
      {shown ? (
        <Call key={shown.dispatch.id} live={live} call={shown} over={isOver(shown)} />
      ) : (
        <section class="quiet">
          <h1>{agencyId ? say(words.quiet) : say(words.notForDesk)}</h1>
          <p>{agencyId ? say(words.quietHint) : ''}</p>
        </section>
      )}
    </div>
  );
}

interface ListProps {
  title: string;
  calls: DeskCall[];
  shown: DeskCall | null;
  now: number;
  onSelect: (dispatchId: string) => void;
}

function List({ title, calls, shown, now, onSelect }: ListProps) {
  return (
    <section>
      <h2>
        {title}
        <span class="side num">{calls.length}</span>
      </h2>
      <ol>
        {calls.map((call) => (
          <li key={call.dispatch.id}>
            <button
              type="button"
              class={`item ${isOver(call) ? 'over' : isWaiting(call) ? 'waits' : ''} ${call.incident.priority} ${call === shown ? 'selected' : ''}`}
              onClick={() => onSelect(call.dispatch.id)}
            >
              <PrioritySymbol priority={call.incident.priority} color={isOver(call) ? 'var(--t3)' : undefined} />
              <span class="what">
                {call.incident.drill && <span class="inverted">{say(common.drill)}</span>} {titleOf(call.incident)}
              </span>
              <span class="age num">
                {isOver(call)
                  ? ''
                  : isWaiting(call)
                    ? shortTimer(now - Date.parse(call.dispatch.queuedAt))
                    : timer(now - Date.parse(call.incident.openedAt))}
              </span>
              <span class="where">{placeOf(call.incident)}</span>
              <span class="state">{stateLine(call)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stateLine({ incident, dispatch }: DeskCall): string {
  if (dispatch.state === 'delivered') return say(words.deliveredNotAccepted);
  if (dispatch.state === 'accepted') return [dispatch.unit, progressWord(dispatch)].filter(Boolean).join(' ');
  if (incident.state === 'closed' && dispatch.state !== 'completed') return say(words.done);
  return say(dispatchStateWords[dispatch.state]);
}

void startLivePage('desk', 'desk', Desk);
