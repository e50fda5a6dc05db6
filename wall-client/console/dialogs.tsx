import {
  type Disposition,
  dispositions,
  type Incident,
  type IncidentType,
  incidentTypes,
  type Priority,
  priorities,
} from '@kuzet/contracts/incident.ts';
import type { Site } from '@kuzet/contracts/site-file.ts';
import { useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { Dialog } from '../kit/dialog.tsx';
import { language, say } from '../kit/i18n.ts';
import { PrioritySymbol } from '../kit/symbols.tsx';
import { Fault, useAction } from '../kit/use-action.tsx';
import { dispositionWords, incidentTypeWords, priorityWords } from '../kit/words/common.ts';
import { consoleWords as words } from '../kit/words/console.ts';

interface AskProps {
  incident: Incident;
  onLeave: () => void;
}

const text = (form: FormData, name: string) => String(form.get(name) ?? '').trim();

/** Closing says what it turned out to be. */
export function CloseDialog({ incident, onLeave }: AskProps) {
  const action = useAction();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const note = text(form, 'note');
    const body = { disposition: text(form, 'disposition') as Disposition, ...(note ? { note } : {}) };
    if (await action.run(() => call('POST', `/incidents/${incident.id}/close`, body))) onLeave();
  };
  return (
    <Dialog title={say(words.closeTitle)} onLeave={onLeave}>
      <form onSubmit={(event) => void submit(event)}>
        <fieldset style="border:0">
          {dispositions
            .filter((disposition) => disposition !== 'merged')
            .map((disposition) => (
              <label key={disposition} class="choice">
                <input type="radio" name="disposition" value={disposition} required />
                {say(dispositionWords[disposition])}
              </label>
            ))}
        </fieldset>
        <label>
          {say(words.noteOptional)}
          <input class="field" name="note" maxLength={4000} />
        </label>
        <Fault text={action.fault} />
        <Buttons busy={action.busy} go={say(words.confirmClose)} onLeave={onLeave} />
      </form>
    </Dialog>
  );
}

/** A change of priority asks for its reason, not "are you sure". */
export function PriorityDialog({ incident, onLeave }: AskProps) {
  const action = useAction();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const body = { priority: text(form, 'priority') as Priority, reason: text(form, 'reason') };
    if (await action.run(() => call('POST', `/incidents/${incident.id}/priority`, body))) onLeave();
  };
  return (
    <Dialog title={say(words.changePriority)} onLeave={onLeave}>
      <form onSubmit={(event) => void submit(event)}>
        {priorities.map((priority) => (
          <label key={priority} class="choice">
            <input
              type="radio"
              name="priority"
              value={priority}
              required
              defaultChecked={priority === incident.priority}
            />
            <PrioritySymbol priority={priority} /> {say(priorityWords[priority])}
          </label>
        ))}
        <label>
          {say(words.reason)}
          <input class="field" name="reason" required maxLength={1000} />
        </label>
        <Fault text={action.fault} />
        <Buttons busy={action.busy} go={say(words.apply)} onLeave={onLeave} />
      </form>
    </Dialog>
  );
}

interface NewProps {
  sites: Site[];
  onLeave: () => void;
  onOpened: (id: string) => void;
}

/** An incident by a person's word: a call, an eye on a camera, or a drill. */
export function NewIncidentDialog({ sites, onLeave, onOpened }: NewProps) {
  const action = useAction();
  const [drill, setDrill] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const siteId = text(form, 'siteId');
    const body = {
      type: text(form, 'type') as IncidentType,
      priority: text(form, 'priority') as Priority,
      description: text(form, 'description'),
      drill,
      ...(siteId ? { siteId } : {}),
    };
    await action.run(async () => {
      const answer = await call<Incident>('POST', '/incidents', body);
      if (answer.ok) onOpened(answer.value.id);
      return answer;
    });
  };
  return (
    <Dialog title={say(words.newIncident)} onLeave={onLeave}>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {say(words.newType)}
          <select class="field" name="type">
            {incidentTypes.map((type) => (
              <option key={type} value={type}>
                {say(incidentTypeWords[type])}
              </option>
            ))}
          </select>
        </label>
        <fieldset style="border:0;display:flex;gap:16px">
          {priorities.map((priority) => (
            <label key={priority} class="choice">
              <input type="radio" name="priority" value={priority} required defaultChecked={priority === 'high'} />
              <PrioritySymbol priority={priority} /> {say(priorityWords[priority])}
            </label>
          ))}
        </fieldset>
        <label>
          {say(words.newPlace)}
          <select class="field" name="siteId">
            <option value="">{say(words.newPlaceNone)}</option>
            {sites.map((site) => (
              <option key={site.id} value={site.id}>
                {site.name[language.value]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say(words.newWhat)}
          <textarea class="field" name="description" required maxLength={4000} rows={3} />
        </label>
        <label class="check">
          <input type="checkbox" checked={drill} onChange={(event) => setDrill(event.currentTarget.checked)} />
          {say(words.newDrill)}
        </label>
        <Fault text={action.fault} />
        <Buttons busy={action.busy} go={say(words.open)} onLeave={onLeave} />
      </form>
    </Dialog>
  );
}

export function KeysDialog({ onLeave }: { onLeave: () => void }) {
  const rows = [
    ['F2', words.keyAcknowledge],
    ['J  K', words.keyQueue],
    ['1 – 4', words.keyCamera],
    ['Space', words.keyStep],
    ['N', words.keyNote],
    ['R', words.keyResend],
    ['W', words.keyWall],
    ['Esc', words.keyBack],
  ] as const;
  return (
    <Dialog title={say(words.keys)} onLeave={onLeave}>
      <div class="keys">
        {rows.map(([key, word]) => (
          <>
            <kbd class="key">{key}</kbd>
            <span>{say(word)}</span>
          </>
        ))}
      </div>
    </Dialog>
  );
}

const Buttons = ({ busy, go, onLeave }: { busy: boolean; go: string; onLeave: () => void }) => (
  <div class="buttons">
    <button class="button" type="button" onClick={onLeave}>
      {say(words.cancel)}
    </button>
    <button class="button primary" type="submit" disabled={busy}>
      {go}
    </button>
  </div>
);
