import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { IntakeError } from '../../video/intake-error.ts';
import type { EventAccess } from '../onvif-client.ts';
import type { CameraEvent } from './event-message.ts';
import { type EventWatch, type EventWatchState, watchEvents } from './event-watch.ts';
import { OnvifFault } from './onvif-error.ts';
import type { SoapCall } from './soap-client.ts';

const motion = (value: boolean) =>
  `<n:NotificationMessage><n:Topic>tns1:VideoSource/MotionAlarm</n:Topic><n:Message><t:Message PropertyOperation="Initialized"><t:Source><t:SimpleItem Name="Source" Value="1"/></t:Source><t:Data><t:SimpleItem Name="State" Value="${value}"/></t:Data></t:Message></n:Message></n:NotificationMessage>`;

let watch: EventWatch | null = null;
afterEach(async () => {
  await watch?.stop();
  watch = null;
});

/** A camera of a few lines: pulls are answered when the test says so. */
function rig({ openEvents }: { openEvents?: () => Promise<EventAccess> } = {}) {
  const clock = createTestClock();
  const calls: string[] = [];
  const pulls: { answer(messages?: string): void; fail(error: Error): void }[] = [];
  const states: EventWatchState[] = [];
  const events: CameraEvent[] = [];
  const restarts = vi.fn();
  const iso = (ms: number) => new Date(ms).toISOString();
  const answer = (name: string, inner = '') => {
    const xml = `<s:Envelope><s:Body><x:${name}Response>${inner}</x:${name}Response></s:Body></s:Envelope>`;
    return { body: undefined, xml };
  };
  const times = () =>
    `<x:CurrentTime>${iso(clock.now())}</x:CurrentTime><x:TerminationTime>${iso(clock.now() + 60_000)}</x:TerminationTime>`;
  const call = async ({ body, signal }: SoapCall) => {
    const name = /<\w+:(\w+)/.exec(body)![1]!;
    calls.push(name);
    if (name === 'CreatePullPointSubscription') {
      return answer(
        name,
        `<x:SubscriptionReference><x:Address>http://cam/sub</x:Address></x:SubscriptionReference>${times()}`,
      );
    }
    if (name !== 'PullMessages') return answer(name, times());
    return new Promise<ReturnType<typeof answer>>((resolve, reject) => {
      const abort = () => reject(new IntakeError('unreachable', 'aborted'));
      signal?.addEventListener('abort', abort);
      const settled = () => signal?.removeEventListener('abort', abort);
      pulls.push({
        answer(messages = '') {
          settled();
          resolve(answer(name, times() + messages));
        },
        fail(error) {
          settled();
          reject(error);
        },
      });
    });
  };
  const access: EventAccess = { soap: { call }, address: 'http://cam/events', clockErrorMs: null };
  const opened = vi.fn(openEvents ?? (async () => access));
  watch = watchEvents({
    cameraId: 'K-1',
    openEvents: opened,
    clock,
    log: silentLog,
    onEvents: (some) => events.push(...some),
    onState: (state) => states.push(state),
    onRestart: restarts,
    random: () => 1,
  });
  let taken = 0;
  /** The next pull, once it has been asked. */
  const pull = () => {
    const at = taken++;
    return vi.waitFor(() => pulls[at] ?? expect.fail('not asked'));
  };
  const subscriptions = () => calls.filter((name) => name === 'CreatePullPointSubscription').length;
  return { clock, calls, states, events, restarts, opened, pull, subscriptions };
}

test('[O6] a pull point that tells not even the state any more is made anew', async () => {
  const { clock, calls, states, events, pull, subscriptions } = rig();
  (await pull()).answer(motion(false));
  // It has shown once that it tells the state when asked for it.
  let next = await pull();
  clock.advance(31_000);
  next.answer();
  next = await pull();
  expect(calls).toContain('SetSynchronizationPoint');
  next.answer(motion(false));
  next = await pull();
  clock.advance(31_000);
  next.answer();
  next = await pull();
  clock.advance(8_000);
  next.answer();
  next = await pull();
  expect(subscriptions()).toBe(1);
  clock.advance(8_000);
  next.answer();
  await vi.waitFor(() =>
    expect(states.at(-1)).toMatchObject({ state: 'lost', why: expect.stringContaining('pull point') }),
  );
  expect(calls.at(-1)).toBe('Unsubscribe');
  clock.advance(500);
  await pull();
  expect(subscriptions()).toBe(2);
  expect(events).toHaveLength(2);
});

test('[O6] one whose camera never tells the state on demand is left alone, and made anew every ten minutes', async () => {
  const { clock, pull, subscriptions } = rig();
  for (let n = 0; n < 19; n++) {
    const next = await pull();
    clock.advance(30_000);
    next.answer();
  }
  await pull().then((next) => {
    expect(subscriptions()).toBe(1);
    clock.advance(30_000);
    next.answer();
  });
  await pull();
  expect(subscriptions()).toBe(2);
});

test('[O6] it renews when half of its life is over', async () => {
  const { clock, calls, pull } = rig();
  const first = await pull();
  clock.advance(29_000);
  first.answer();
  const second = await pull();
  expect(calls).not.toContain('Renew');
  clock.advance(31_000);
  second.answer();
  await pull();
  expect(calls).toContain('Renew');
});

test('[O6] forgotten by its camera it is made anew at once, and a second time with a pause', async () => {
  const { clock, restarts, opened, pull, subscriptions } = rig();
  const gone = () =>
    new OnvifFault('refused', 'ONVIF said "no such subscription"', ['InvalidArgVal', 'ResourceUnknownFault']);
  const first = await pull();
  clock.advance(6_000);
  first.fail(gone());
  (await pull()).fail(gone());
  expect(restarts).toHaveBeenCalledTimes(1);
  await vi.waitFor(() => expect(restarts).toHaveBeenCalledTimes(2));
  expect(subscriptions()).toBe(2);
  clock.advance(1_000);
  await pull();
  expect(opened).toHaveBeenCalledTimes(3);
});

test.each([
  ['credentials', 36_000],
  ['not-found', 300_000],
] as const)('after %s it is tried again after %s ms and not before', async (kind, delayMs) => {
  const { clock, opened, states } = rig({
    openEvents: async () => {
      throw new IntakeError(kind, 'no');
    },
  });
  await vi.waitFor(() => expect(states).toEqual([{ state: 'lost', why: 'no' }]));
  clock.advance(delayMs - 1);
  await new Promise(setImmediate);
  expect(opened).toHaveBeenCalledTimes(1);
  clock.advance(1);
  await vi.waitFor(() => expect(opened).toHaveBeenCalledTimes(2));
});

test('a camera that answers every empty pull at once is asked no more than five times in two seconds', async () => {
  const { clock, calls, pull } = rig();
  for (let n = 0; n < 5; n++) {
    (await pull()).answer();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(calls.filter((name) => name === 'PullMessages')).toHaveLength(n + 1);
    clock.advance(400);
  }
});

test('stop does not wait for a camera that lets itself be waited for', async () => {
  const { opened } = rig({ openEvents: () => new Promise(() => undefined) });
  expect(opened).toHaveBeenCalled();
  await watch!.stop();
});

test('what is stopped while it pulls gives its pull point back', async () => {
  const { calls, pull } = rig();
  await pull();
  await watch!.stop();
  expect(calls.at(-1)).toBe('Unsubscribe');
});
