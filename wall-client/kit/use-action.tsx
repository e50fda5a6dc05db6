import { useState } from 'preact/hooks';
import type { Answer } from './api-client.ts';
import { say } from './i18n.ts';
import { common } from './words/common.ts';

/**
 * One button's call. A second press while the first is under way does nothing; what failed is said at the button, with
 * whether repeating is safe.
 */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const run = async (work: () => Promise<Answer<unknown>>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setFault(null);
    const answer = await work();
    setBusy(false);
    if (answer.ok) return true;
    setFault(
      answer.status === 0
        ? say(common.actionUnknown)
        : say(common.actionFailed, { why: answer.problem?.detail ?? answer.problem?.title ?? String(answer.status) }),
    );
    return false;
  };
  return { busy, fault, run };
}

export const Fault = ({ text }: { text: string | null }) =>
  text ? (
    <p class="action-fault" role="alert">
      {text}
    </p>
  ) : null;
