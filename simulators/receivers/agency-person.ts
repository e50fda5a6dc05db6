import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Answer } from './behaviour.ts';
import type { HubClient, HubResult } from './hub-client.ts';

export interface AgencyPerson {
  /** A dispatch came in: answers it as `answer` says. A dispatch already being answered is left alone. */
  receive(dispatchId: string, answer: Answer): void;
  /** The dispatch was called off. */
  callOff(dispatchId: string): void;
  stop(): void;
}

export interface AgencyPersonDeps {
  name: string;
  token: string;
  hub: Pick<HubClient, 'post'>;
  clock: Clock;
  log: Log;
}

const maxRemembered = 1_000;

/** The duty person of a simulated agency: accepts or rejects, sends a crew, and says how it goes. */
export function createAgencyPerson({ name, token, hub, clock, log }: AgencyPersonDeps): AgencyPerson {
  const running = new Map<string, Set<() => void>>();
  let toldTokenless = false;

  function plan(dispatchId: string, afterS: number, act: () => Promise<HubResult>, then?: () => void): void {
    const cancels = running.get(dispatchId);
    if (!cancels) return;
    const cancel = clock.after(afterS * 1000, () => {
      cancels.delete(cancel);
      act().then(
        (result) => {
          if (result.ok) then?.();
          else log.warn({ receiver: name, dispatchId, reason: result.detail }, 'the hub did not take the answer');
        },
        (err: unknown) => log.error({ err, receiver: name, dispatchId }, 'answering failed'),
      );
    });
    cancels.add(cancel);
  }

  const post = (dispatchId: string, verb: string, body: unknown) =>
    hub.post(`/api/v1/dispatches/${encodeURIComponent(dispatchId)}/${verb}`, token, body);
  const fromNow = (seconds: number) => new Date(clock.now() + seconds * 1000).toISOString();

  function accept(dispatchId: string, answer: Extract<Answer, { kind: 'accept' }>): void {
    const { by, unit, etaS, enRouteAfterS, onSceneAfterS, completeAfterS } = answer;
    const crew = unit ? { unit } : {};
    let etaAt: string | undefined;
    plan(
      dispatchId,
      answer.afterS,
      () => {
        etaAt = etaS === undefined ? undefined : fromNow(etaS);
        return post(dispatchId, 'accept', { by, ...crew, ...(etaAt ? { etaAt } : {}) });
      },
      () => {
        if (enRouteAfterS !== undefined) {
          const body = () => ({ progress: 'en-route', ...crew, ...(etaAt ? { etaAt } : {}) });
          plan(dispatchId, enRouteAfterS, () => post(dispatchId, 'update', body()));
        }
        if (onSceneAfterS !== undefined) {
          plan(dispatchId, onSceneAfterS, () => post(dispatchId, 'update', { progress: 'on-scene', ...crew }));
        }
        if (completeAfterS !== undefined) plan(dispatchId, completeAfterS, () => post(dispatchId, 'complete', {}));
      },
    );
  }

  return {
    receive(dispatchId, answer) {
      if (answer.kind === 'silent' || running.has(dispatchId)) return;
      if (!token) {
        if (!toldTokenless) log.warn({ receiver: name }, 'no token for the hub, so this agency answers nothing');
        toldTokenless = true;
        return;
      }
      if (running.size >= maxRemembered) running.delete(running.keys().next().value!);
      running.set(dispatchId, new Set());
      if (answer.kind === 'accept') accept(dispatchId, answer);
      else plan(dispatchId, answer.afterS, () => post(dispatchId, 'reject', { reason: answer.reason }));
    },
    callOff(dispatchId) {
      for (const cancel of running.get(dispatchId) ?? []) cancel();
      running.get(dispatchId)?.clear();
    },
    stop() {
      for (const cancels of running.values()) for (const cancel of cancels) cancel();
      running.clear();
    },
  };
}
