import { useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { Dialog } from '../kit/dialog.tsx';
import { say } from '../kit/i18n.ts';
import { Fault, useAction } from '../kit/use-action.tsx';
import { consoleWords } from '../kit/words/console.ts';
import { deskWords as words } from '../kit/words/desk.ts';

/** Declining needs a reason, and returns the incident to the officer at once. */
export function DeclineDialog({ dispatchId, onLeave }: { dispatchId: string; onLeave: () => void }) {
  const action = useAction();
  const [reason, setReason] = useState<string | null>(null);
  const [other, setOther] = useState('');
  const reasons = [words.reasonNoCrew, words.reasonNotOurs, words.reasonAddress].map((word) => say(word));
  const given = reason === 'other' ? other.trim() : (reason ?? '');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await action.run(() => call('POST', `/dispatches/${dispatchId}/reject`, { reason: given }))) onLeave();
  };
  return (
    <Dialog title={say(words.declineTitle)} onLeave={onLeave}>
      <form onSubmit={(event) => void submit(event)}>
        {[...reasons, 'other'].map((value) => (
          <label key={value} class="choice">
            <input type="radio" name="reason" required onChange={() => setReason(value)} />
            {value === 'other' ? say(words.reasonOther) : value}
          </label>
        ))}
        {reason === 'other' && (
          <input
            class="field"
            value={other}
            required
            maxLength={1000}
            onInput={(event) => setOther(event.currentTarget.value)}
          />
        )}
        <p style="color:var(--t2);font-size:13px">{say(words.declineNote)}</p>
        <Fault text={action.fault} />
        <div class="buttons">
          <button class="button" type="button" onClick={onLeave}>
            {say(consoleWords.cancel)}
          </button>
          <button class="button primary" type="submit" disabled={action.busy || given === ''}>
            {say(words.declineNow)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
