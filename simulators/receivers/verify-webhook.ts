import { Webhook, WebhookVerificationError } from 'standardwebhooks';

export type Verification = { ok: true } | { ok: false; reason: string };

/**
 * Checks id, timestamp (within five minutes of this machine's clock) and signature with the stock library of Standard
 * Webhooks, as any receiver would. One secret that fits is enough.
 */
export function verifyWebhook(
  secrets: readonly string[],
  headers: Record<string, string>,
  rawBody: Buffer,
): Verification {
  let reason = 'no secret';
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(rawBody, headers, { jsonParse: false });
      return { ok: true };
    } catch (err) {
      if (!(err instanceof WebhookVerificationError)) throw err;
      reason = err.message;
    }
  }
  return { ok: false, reason };
}
