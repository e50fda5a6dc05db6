import { expect, test } from 'vitest';
import { createSubscribedTopics } from './subscribed-topics.ts';

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a/b/c', false],
  ['a/+', 'a', false],
  ['+/b', 'a/b', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'ab', false],
  ['#', 'a/b', true],
  ['+', '', true],
  ['/+', '/a', true],
])('[P22] %s and %s: %s', (filter, topic, expected) => {
  const topics = createSubscribedTopics();
  topics.add(filter);
  expect(topics.has(topic)).toBe(expected);
});

test('[P22] the last of several subscribers takes the filter with it; what was answered before is asked anew', () => {
  const topics = createSubscribedTopics();
  expect(topics.has('a/b')).toBe(false);
  topics.add('a/+');
  topics.add('a/+');
  expect(topics.has('a/b')).toBe(true);
  topics.remove('a/+');
  expect(topics.has('a/b')).toBe(true);
  topics.remove('a/+');
  topics.remove('never/there');
  topics.add('c');
  expect(topics.has('a/b')).toBe(false);
});
