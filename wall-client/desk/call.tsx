import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import { useState } from 'preact/hooks';
import { call as callHub } from '../kit/api-client.ts';
import { CameraTile } from '../kit/camera-tile.tsx';
import { say } from '../kit/i18n.ts';
import { alarmSummary, placeOf, titleOf } from '../kit/incident-text.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { MapView } from '../kit/map-view.tsx';
import { AcceptedSymbol, DeliveredSymbol, PrioritySymbol, SentSymbol } from '../kit/symbols.tsx';
import { clockTime, shortTimer, timer } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { useKeys } from '../kit/use-keys.ts';
import { common, dispatchStateWords, priorityWords } from '../kit/words/common.ts';
import { consoleWords } from '../kit/words/console.ts';
import { deskWords as words } from '../kit/words/desk.ts';
import { DeclineDialog } from './decline-dialog.tsx';
import type { DeskCall } from './desk-call.ts';

export const progressWord = (dispatch: Dispatch): string =>
  dispatch.progress === 'on-scene'
    ? say(consoleWords.stepOnScene)
    : dispatch.progress === 'en-route'
      ? say(consoleWords.stepEnRoute)
      : say(dispatchStateWords.accepted);

/** The centre of the desk: what, where, how long against the limit; what is known; and the answer. */
export function Call({ live, call, over }: { live: LiveClient; call: DeskCall; over: boolean }) {
  const { incident, dispatch } = call;
  const now = live.second.value;
  const waits = dispatch.acceptedAt === null && dispatch.rejectedAt === null && !over;
  const sinceMs = Date.parse(dispatch.deliveredAt ?? dispatch.queuedAt);
  const limitMs = Date.parse(dispatch.acceptBy) - Date.parse(dispatch.queuedAt);
  const used = Math.min(1, (now - Date.parse(dispatch.queuedAt)) / limitMs);
  return (
    <section class={`call ${incident.priority} ${waits ? 'waits' : ''}`}>
      <header>
        <PrioritySymbol
          priority={incident.priority}
          color={waits ? 'currentColor' : undefined}
          ink={waits ? 'var(--band)' : undefined}
        />
        <div>
          <h1>{titleOf(incident)}</h1>
          <p>{placeOf(incident)}</p>
        </div>
        <div class="elapsed num">
          <b>{waits ? timer(now - sinceMs) : timer(now - Date.parse(incident.openedAt))}</b>
          {waits && <span>{say(words.limit, { limit: shortTimer(limitMs) })}</span>}
        </div>
      </header>
      {waits && (
        <div class="limit-bar">
          <i style={{ width: `${used * 100}%` }} />
        </div>
      )}
      {incident.drill && <p class="drill inverted">{`${say(common.drill)}. ${say(words.drillNote)}`}</p>}
      <div class="body">
        <div class="pictures">
          {incident.cameras.slice(0, 2).map((camera, index) => (
            <CameraTile
              key={camera.id}
              live={live}
              cameraId={camera.id}
              number={index + 1}
              distanceM={camera.distanceM}
            />
          ))}
        </div>
        <Facts call={call} />
        <MapView
          live={live}
          incidents={[incident]}
          focusIncident={incident}
          numbered={incident.cameras.slice(0, 2).map((camera) => camera.id)}
        />
      </div>
      {!over && <Answer call={call} waits={waits} />}
    </section>
  );
}

function Facts({ call: { incident, dispatch } }: { call: DeskCall }) {
  const alarms = alarmSummary(incident);
  const others = incident.dispatches.filter((item) => item.id !== dispatch.id);
  const notes = incident.timeline
    .filter((entry) => entry.kind === 'note')
    .map((entry) => String(entry.data.text ?? ''));
  const rows: [string, string][] = [
    [say(words.priority), say(priorityWords[incident.priority])],
    [say(words.place), placeOf(incident)],
    [say(words.alarms), alarms.length === 0 ? say(words.none) : alarms.join('; ')],
    [
      say(words.source),
      [
        say(incident.source === 'alarm' ? words.sourceAlarm : words.sourcePerson),
        incident.acknowledgedBy && incident.acknowledgedAt
          ? say(words.confirmedBy, { name: incident.acknowledgedBy, time: clockTime(incident.acknowledgedAt) })
          : '',
      ]
        .filter(Boolean)
        .join(', '),
    ],
    [
      say(words.othersCalled),
      others.length === 0
        ? say(words.none)
        : others
            .map(
              (item) =>
                `${item.service}: ${item.acceptedAt ? progressWord(item) : say(dispatchStateWords[item.state])}`,
            )
            .join('; '),
    ],
    [say(words.fromOfficer), [incident.description, ...notes].filter(Boolean).join(' ') || say(words.none)],
  ];
  return (
    <dl>
      {rows.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

function Answer({ call: { dispatch }, waits }: { call: DeskCall; waits: boolean }) {
  const action = useAction();
  const [unit, setUnit] = useState('');
  const [etaMin, setEtaMin] = useState('');
  const [declining, setDeclining] = useState(false);

  const post = (verb: string, body: object) =>
    action.run(() => callHub('POST', `/dispatches/${dispatch.id}/${verb}`, body));
  const crew = () => ({
    ...(unit.trim() ? { unit: unit.trim() } : {}),
    ...(Number(etaMin) > 0 ? { etaAt: new Date(Date.now() + Number(etaMin) * 60_000).toISOString() } : {}),
  });
  const accept = () => post('accept', crew());
  useKeys(waits ? { F2: () => void accept(), F4: () => setDeclining(true) } : {});

  return (
    <footer class="answer">
      <p class="centre-sees">
        {dispatch.acceptedAt ? <AcceptedSymbol /> : dispatch.deliveredAt ? <DeliveredSymbol /> : <SentSymbol />}
        {say(
          dispatch.acceptedAt
            ? words.centerSeesAccepted
            : dispatch.deliveredAt
              ? words.centerSeesDelivered
              : words.centerSeesSent,
        )}
      </p>
      {(waits || dispatch.progress !== 'on-scene') && (
        <div class="crew">
          <label>
            {say(words.unit)}
            <input
              class="field"
              value={unit}
              maxLength={50}
              placeholder={dispatch.unit ?? say(words.unitHint)}
              onInput={(event) => setUnit(event.currentTarget.value)}
            />
          </label>
          <label>
            {say(words.eta)}
            <input
              class="field num"
              type="number"
              min="1"
              max="600"
              value={etaMin}
              onInput={(event) => setEtaMin(event.currentTarget.value)}
            />
          </label>
        </div>
      )}
      {waits ? (
        <div class="buttons">
          <button class="button primary" type="button" disabled={action.busy} onClick={() => void accept()}>
            {unit.trim() ? say(words.acceptUnit, { unit: unit.trim() }) : say(words.accept)} <kbd class="key">F2</kbd>
          </button>
          <button class="button" type="button" onClick={() => setDeclining(true)}>
            {say(words.decline)} <kbd class="key">F4</kbd>
          </button>
        </div>
      ) : (
        <div class="buttons">
          {dispatch.progress === null && (
            <button
              class="button primary"
              type="button"
              disabled={action.busy}
              onClick={() => void post('update', { progress: 'en-route', ...crew() })}
            >
              {say(words.enRoute)}
            </button>
          )}
          {dispatch.progress !== 'on-scene' && (
            <button
              class="button"
              type="button"
              disabled={action.busy}
              onClick={() => void post('update', { progress: 'on-scene', ...crew() })}
            >
              {say(words.onScene)}
            </button>
          )}
          <button class="button" type="button" disabled={action.busy} onClick={() => void post('complete', {})}>
            {say(words.complete)}
          </button>
        </div>
      )}
      <Fault text={action.fault} />
      {declining && <DeclineDialog dispatchId={dispatch.id} onLeave={() => setDeclining(false)} />}
    </footer>
  );
}
