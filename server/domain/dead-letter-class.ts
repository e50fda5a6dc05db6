import type { DeadLetterClass } from '@kuzet/contracts/dead-letter.ts';

const classes: readonly (readonly [RegExp, DeadLetterClass])[] = [
  [/^unknown (device|camera) /, 'unknown-device'],
  [/^no device in the site file/, 'unknown-topic'],
  [/^device \S+ (belongs to site|speaks) /, 'wrong-topic'],
  [/^not JSON$/, 'not-json'],
  [/^the payload has \d+ bytes; at most /, 'too-large'],
  [/^gap: /, 'gap'],
];
const uplinkTopic = /^kuzet\/v1\/(uplink|edge)\//;

/** Reasons are words for people and differ by value; what they have in common is what gets counted. */
export function deadLetterClass(topic: string, reason: string): DeadLetterClass {
  const known = classes.find(([pattern]) => pattern.test(reason));
  return known?.[1] ?? (uplinkTopic.test(topic) ? 'uplink' : 'not-understood');
}
