import type { Incident, ProcedureStep } from '@kuzet/contracts/incident.ts';
import { call } from '../kit/api-client.ts';
import { language, say } from '../kit/i18n.ts';
import { titleOf } from '../kit/incident-text.ts';
import { TickSymbol } from '../kit/symbols.tsx';
import { shortTime } from '../kit/time.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { consoleWords as words } from '../kit/words/console.ts';

export const setStep = (incidentId: string, stepId: string, done: boolean) =>
  call('POST', `/incidents/${incidentId}/steps/${stepId}`, { done });

export const currentStep = (incident: Incident): ProcedureStep | undefined =>
  incident.steps.find((step) => step.doneAt === null);

/** One step is current; a tick carries its time, and can be taken back. */
export function Procedure({ incident }: { incident: Incident }) {
  const action = useAction();
  const current = currentStep(incident);
  const done = incident.steps.filter((step) => step.doneAt !== null).length;
  if (incident.steps.length === 0) return <section class="procedure" />;
  return (
    <section class="procedure">
      <h2>
        {say(words.procedure)}: {titleOf(incident)}
        <span class="side num">
          {done} / {incident.steps.length}
        </span>
      </h2>
      <ol>
        {incident.steps.map((step) => (
          <li key={step.id}>
            <button
              type="button"
              aria-pressed={step.doneAt !== null}
              class={step.doneAt ? 'done' : step === current ? 'current' : ''}
              disabled={incident.state === 'closed'}
              title={step.doneBy ?? undefined}
              onClick={() => void action.run(() => setStep(incident.id, step.id, step.doneAt === null))}
            >
              <span class="box">{step.doneAt && <TickSymbol color="var(--t3)" />}</span>
              <span>{step.text[language.value]}</span>
              <span class="side num">
                {step.doneAt ? shortTime(step.doneAt) : step === current ? <kbd class="key">Space</kbd> : null}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <Fault text={action.fault} />
    </section>
  );
}
