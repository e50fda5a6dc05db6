import type { Incident } from '@kuzet/contracts/incident.ts';
import { useRef, useState } from 'preact/hooks';
import { language, say } from '../kit/i18n.ts';
import { compareIncidents, inTrouble, isUntaken, placeOf, titleOf } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { PrioritySymbol } from '../kit/symbols.tsx';
import { shortTime, timer } from '../kit/time.ts';
import { common } from '../kit/words/common.ts';
import { consoleWords as words } from '../kit/words/console.ts';

interface QueueProps {
  live: LiveClient;
  incidents: Incident[];
  selectedId: string | null;
  onSelect: (id: string) => void;
  onNew: () => void;
}

/** Open incidents by severity, unaccepted, age. The order stands still while the pointer is over it. */
export function Queue({ live, incidents, selectedId, onSelect, onNew }: QueueProps) {
  const [held, setHeld] = useState(false);
  const order = useRef<string[]>([]);
  const sorted = [...incidents].sort(compareIncidents);
  if (held) {
    const place = new Map(order.current.map((id, index) => [id, index]));
    const at = (incident: Incident) => place.get(incident.id) ?? Number.MAX_SAFE_INTEGER;
    sorted.sort((a, b) => at(a) - at(b));
  }
  order.current = sorted.map((incident) => incident.id);
  const system = live.tables.system.value.get('hub');

  return (
    <section class="queue" onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      <h2>
        {say(words.queue)}
        <span class="side">{say(words.incidentCount, { n: incidents.length })}</span>
      </h2>
      <ol>
        {sorted.map((incident) => (
          <QueueItem
            key={incident.id}
            incident={incident}
            now={live.second.value}
            me={live.user.value?.displayName ?? ''}
            selected={incident.id === selectedId}
            onSelect={onSelect}
          />
        ))}
      </ol>
      {sorted.length === 0 && (
        <p class="empty">
          {say(words.empty)}{' '}
          {system?.lastClosedAt ? say(words.emptySince, { time: shortTime(system.lastClosedAt) }) : ''}
        </p>
      )}
      <footer>
        <button class="button" type="button" onClick={onNew}>
          {say(words.newIncident)}
        </button>
        <Figure label={say(words.alarms10)} value={system?.alarmsLast10Min} />
        <Figure label={say(words.unparsed)} value={system?.deadLetters} />
        <Figure label={say(words.closedShift)} value={system?.closedLast12h} />
      </footer>
    </section>
  );
}

const Figure = ({ label, value }: { label: string; value: number | undefined }) => (
  <div>
    <span>{label}</span>
    <b class="num">{value ?? '–'}</b>
  </div>
);

interface ItemProps {
  incident: Incident;
  now: number;
  me: string;
  selected: boolean;
  onSelect: (id: string) => void;
}

function QueueItem({ incident, now, me, selected, onSelect }: ItemProps) {
  const waits = isUntaken(incident);
  return (
    <li>
      <button
        type="button"
        class={`item ${incident.priority} ${selected ? 'selected' : ''} ${waits ? 'waits' : ''}`}
        aria-current={selected}
        onClick={() => onSelect(incident.id)}
      >
        <PrioritySymbol
          priority={incident.priority}
          class={waits && incident.priority === 'critical' ? 'attention' : undefined}
        />
        <span class="what">
          {incident.drill && <span class="inverted">{say(common.drill)}</span>} {titleOf(incident)}
        </span>
        <span class="age num">{timer(now - Date.parse(incident.openedAt))}</span>
        <span class="where">{placeOf(incident)}</span>
        <span class="state">{statusLine(incident, me)}</span>
      </button>
    </li>
  );
}

function statusLine(incident: Incident, me: string) {
  if (isUntaken(incident)) {
    return (
      <>
        {say(words.waiting)} <kbd class="key">F2</kbd>
      </>
    );
  }
  const trouble = incident.dispatches.find(inTrouble);
  if (trouble)
    return (
      <b class="trouble">{`${trouble.service} ${trouble.agencyName[language.value]}: ${troubleWord(trouble.state)}`}</b>
    );
  const owner = incident.assignee ?? incident.acknowledgedBy;
  return owner === me ? say(words.mine) : say(words.takenBy, { name: owner ?? '–' });
}

const troubleWord = (state: string): string =>
  state === 'rejected'
    ? say(words.rejected, { reason: '' }).replace(/[:\s]+$/, '')
    : state === 'failed'
      ? say(words.failed, { reason: '' }).replace(/[:\s]+$/, '')
      : say(words.stepAcceptedAsk);
