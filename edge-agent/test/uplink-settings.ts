import type { UplinkSettings } from '../uplink/uplink.ts';

/** Settings for tests: quick to try again, in small batches so that there are many. */
export const uplinkSettings = (url: string, over: Partial<UplinkSettings> = {}): UplinkSettings => ({
  url,
  token: 'token-of-the-stub',
  maxBatchItems: 50,
  maxBatchBytes: 100_000,
  lingerMs: 1,
  window: 4,
  ackTimeoutMs: 300,
  retryMs: 20,
  maxRetryMs: 100,
  refusedRetryMs: 200,
  ...over,
});
