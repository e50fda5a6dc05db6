import { IntakeError } from '../../video/intake-error.ts';
import type { EventAccess } from '../onvif-client.ts';
import { responseOf } from './answers.ts';
import { lifeLeftMs, type PulledMessages, readPulled } from './event-message.ts';
import { OnvifFault } from './onvif-error.ts';
import { reachable } from './soap-client.ts';
import { child, textOf } from './xml.ts';

/** One subscription at a camera (ONVIF Core, 9.1.2, real-time pull point). */
export interface PullPoint {
  /** Waits up to `waitMs` for messages. @throws IntakeError, OnvifFault */
  pull(waitMs: number): Promise<PulledMessages>;
  /** Asks for more life where less than half is left. @throws IntakeError, OnvifFault */
  renewIfDue(nowMs: number): Promise<void>;
  /** Has the camera tell the state of everything again. @returns false where it does not know how. */
  synchronize(): Promise<boolean>;
  /** @throws IntakeError, OnvifFault */
  unsubscribe(timeoutMs: number): Promise<void>;
  /** When it runs out unless renewed, our clock, epoch ms. */
  readonly expiresMs: number;
}

export interface OpenPullPointOptions {
  access: EventAccess;
  now(): number;
  /** Ends every call but `unsubscribe`. */
  signal: AbortSignal;
}

const lifeS = 60;
const callTimeoutMs = 5_000;
/** What a camera may take beyond the wait that was asked for. */
const slackMs = 4_000;
const messageLimit = 100;
const actions = 'http://www.onvif.org/ver10/events/wsdl';
const notification = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager';

/**
 * Subscribes. On a SOAP client of our own: node-onvif has no pull points and drops the query of a subscription's address;
 * `onvif` fixes its times and stops at the first timestamp that ends in `+00:00`.
 * @throws IntakeError, OnvifFault
 */
export async function openPullPoint({ access, now, signal }: OpenPullPointOptions): Promise<PullPoint> {
  const { soap, address: service } = access;
  const created = await soap.call({
    address: service,
    action: `${actions}/EventPortType/CreatePullPointSubscriptionRequest`,
    body: `<tev:CreatePullPointSubscription><tev:InitialTerminationTime>PT${lifeS}S</tev:InitialTerminationTime></tev:CreatePullPointSubscription>`,
    timeoutMs: callTimeoutMs,
    signal,
  });
  const response = responseOf(created.xml, 'CreatePullPointSubscription');
  const address = textOf(child(response, 'SubscriptionReference'), 'Address');
  if (address === '') throw new IntakeError('protocol', 'camera gave no address for its events');
  reachable(address, service);
  const header = referenceParameters(created.xml);
  let lifeMs = lifeLeftMs(response) ?? lifeS * 1_000;
  let expiresMs = now() + lifeMs;
  let renews = true;

  const call = (action: string, body: string, timeoutMs: number, cancel?: AbortSignal) =>
    soap.call({ address, header, action, body, timeoutMs, ...(cancel && { signal: cancel }) });

  return {
    async pull(waitMs) {
      // Never past the end of its life: some cameras answer such a pull with nothing at all.
      const untilMs = Math.max(1_000, Math.min(waitMs, lifeMs / 2));
      const sentMs = now();
      const { xml } = await call(
        `${actions}/PullPointSubscription/PullMessagesRequest`,
        `<tev:PullMessages><tev:Timeout>PT${Math.ceil(untilMs / 1_000)}S</tev:Timeout><tev:MessageLimit>${messageLimit}</tev:MessageLimit></tev:PullMessages>`,
        untilMs + slackMs,
        signal,
      );
      const pulled = responseOf(xml, 'PullMessages');
      const left = lifeLeftMs(pulled);
      // From when it was asked: there are cameras whose CurrentTime is that of the question.
      if (left !== null) expiresMs = sentMs + left;
      return readPulled(pulled);
    },
    async renewIfDue(nowMs) {
      if (!renews || expiresMs - nowMs > lifeMs / 2) return;
      try {
        const { xml } = await call(
          `${notification}/RenewRequest`,
          `<wsnt:Renew><wsnt:TerminationTime>PT${lifeS}S</wsnt:TerminationTime></wsnt:Renew>`,
          callTimeoutMs,
          signal,
        );
        lifeMs = lifeLeftMs(responseOf(xml, 'Renew')) ?? lifeS * 1_000;
        expiresMs = now() + lifeMs;
      } catch (error) {
        // Cameras whose pull points live as long as they are pulled have no Renew; the others are lost at their end.
        if (!isNotSupported(error)) throw error;
        renews = false;
      }
    },
    async synchronize() {
      try {
        await call(
          `${actions}/PullPointSubscription/SetSynchronizationPointRequest`,
          '<tev:SetSynchronizationPoint/>',
          callTimeoutMs,
          signal,
        );
        return true;
      } catch (error) {
        if (isNotSupported(error)) return false;
        throw error;
      }
    },
    async unsubscribe(timeoutMs) {
      await call(`${notification}/UnsubscribeRequest`, '<wsnt:Unsubscribe/>', timeoutMs);
    },
    get expiresMs() {
      return expiresMs;
    },
  };
}

const isNotSupported = (error: unknown): boolean =>
  error instanceof OnvifFault &&
  error.subcodes.some((code) => /^(ActionNotSupported|OptionalActionNotImplemented)$/.test(code));

/**
 * What must be echoed in the header of every call to the subscription (WS-Addressing 1.0, 2.2), such as the SubscriptionId
 * of Axis: the elements as they came, with the prefixes declared that they use.
 */
export function referenceParameters(xml: string): string {
  const inner = /<(?:[\w.-]+:)?ReferenceParameters(?:\s[^>]*)?>([\s\S]*?)<\/(?:[\w.-]+:)?ReferenceParameters>/.exec(
    xml,
  )?.[1];
  if (!inner?.trim()) return '';
  return inner.replace(/<([\w.-]+):([\w.-]+)([^>]*)>/g, (tag, prefix: string, name: string, rest: string) => {
    if (rest.includes(`xmlns:${prefix}=`)) return tag;
    const declared = new RegExp(`xmlns:${prefix.replace(/\./g, '\\.')}=(?:"([^"]*)"|'([^']*)')`).exec(xml);
    const namespace = declared?.[1] ?? declared?.[2];
    return namespace === undefined ? tag : `<${prefix}:${name} xmlns:${prefix}="${namespace}"${rest}>`;
  });
}
