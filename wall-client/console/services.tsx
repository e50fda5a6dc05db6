import type { Agency, Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import { inTrouble } from '../kit/incident-text.ts';
import { clockTime, shortTimer } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { consoleWords as words } from '../kit/words/console.ts';

/** One row a service: the one in trouble first, with its two remedies. What is delivered is never shown as accepted. */
export function Services({ incident, agencies, now }: { incident: Incident; agencies: Agency[]; now: number }) {
  const called = new Set(incident.dispatches.map((dispatch) => dispatch.agencyId));
  const rows = [...incident.dispatches].sort(
    (a, b) => Number(inTrouble(b)) - Number(inTrouble(a)) || a.service.localeCompare(b.service),
  );
  const others = agencies
    .filter((agency) => agency.enabled && !called.has(agency.id))
    .sort((a, b) => a.service.localeCompare(b.service));
  return (
    <section class="services">
      <h2>
        {say(words.servicesTitle)}
        <span class="side">{say(words.deliveredNotAccepted)}</span>
      </h2>
      {rows.map((dispatch) => (
        <DispatchRow key={dispatch.id} dispatch={dispatch} now={now} />
      ))}
      {incident.state !== 'closed' &&
        others.map((agency) => <UncalledRow key={agency.id} agency={agency} incidentId={incident.id} />)}
    </section>
  );
}

const ladder = ['sent', 'delivered', 'accepted', 'en-route', 'on-scene'] as const;

/** How many rungs are behind it: 0 queued … 5 on scene. */
function rungOf(dispatch: Dispatch): number {
  if (dispatch.onSceneAt || dispatch.progress === 'on-scene' || dispatch.state === 'completed') return 5;
  if (dispatch.progress === 'en-route') return 4;
  if (dispatch.acceptedAt) return 3;
  if (dispatch.deliveredAt) return 2;
  return dispatch.sentAt ? 1 : 0;
}

function DispatchRow({ dispatch, now }: { dispatch: Dispatch; now: number }) {
  const action = useAction();
  const trouble = inTrouble(dispatch);
  const rung = rungOf(dispatch);
  const names = [words.stepSent, words.stepDelivered, words.stepAccepted, words.stepEnRoute, words.stepOnScene];
  const asked = dispatch.overdue && rung < 3;
  return (
    <div class={`service ${trouble ? 'trouble' : ''}`}>
      <span class="name">
        <b>{dispatch.service}</b> {dispatch.agencyName[language.value]}
        {dispatch.unit ? `, ${dispatch.unit}` : ''}
      </span>
      <span class="value num">{figureOf(dispatch, now)}</span>
      <ol class="ladder">
        {ladder.map((step, index) => (
          <li
            key={step}
            class={index < rung - 1 ? 'done' : index === rung - 1 ? 'now' : asked && index === 2 ? 'asked' : ''}
            aria-current={index === rung - 1 ? 'step' : undefined}
          >
            {say(asked && index === 2 ? words.stepAcceptedAsk : (names[index] ?? words.stepSent))}
          </li>
        ))}
      </ol>
      {dispatch.state === 'rejected' && <p class="why">{say(words.rejected, { reason: dispatch.reason ?? '' })}</p>}
      {dispatch.state === 'failed' && <p class="why">{say(words.failed, { reason: dispatch.reason ?? '' })}</p>}
      {dispatch.lastError && dispatch.deliveredAt === null && dispatch.state !== 'failed' && (
        <p class="why">{say(words.retrying, { n: dispatch.attempts, reason: dispatch.lastError })}</p>
      )}
      {trouble && (
        <div class="remedies">
          <a class="button primary" href={`tel:${dispatch.service}`}>
            {say(words.phone)} <kbd class="key">C</kbd>
          </a>
          <button
            class="button"
            type="button"
            disabled={action.busy}
            onClick={() => void action.run(() => resend(dispatch.id))}
          >
            {say(words.resend)} <kbd class="key">R</kbd>
          </button>
        </div>
      )}
      <Fault text={action.fault} />
    </div>
  );
}

export const resend = (dispatchId: string) => call('POST', `/dispatches/${dispatchId}/redeliver`, {});

function figureOf(dispatch: Dispatch, now: number) {
  if (dispatch.state === 'rejected' || dispatch.state === 'failed') return null;
  if (dispatch.onSceneAt) return clockTime(dispatch.onSceneAt);
  if (dispatch.acceptedAt) {
    if (!dispatch.etaAt) return clockTime(dispatch.acceptedAt);
    const leftMs = Date.parse(dispatch.etaAt) - now;
    return leftMs > 0 ? (
      <>
        {say(words.toArrival)} <b>{shortTimer(leftMs)}</b>
      </>
    ) : (
      <>
        {say(words.overEta)} <b>{shortTimer(-leftMs)}</b>
      </>
    );
  }
  const age = shortTimer(now - Date.parse(dispatch.queuedAt));
  return dispatch.overdue ? <b>{say(words.noAnswer, { age })}</b> : age;
}

function UncalledRow({ agency, incidentId }: { agency: Agency; incidentId: string }) {
  const action = useAction();
  return (
    <div class="service uncalled">
      <span class="name">
        <b>{agency.service}</b> {agency.name[language.value]}
      </span>
      <button
        class="button"
        type="button"
        disabled={action.busy}
        onClick={() =>
          void action.run(() => call('POST', `/incidents/${incidentId}/dispatch`, { agencyIds: [agency.id] }))
        }
      >
        {say(words.callOut)}
      </button>
      <Fault text={action.fault} />
    </div>
  );
}
