import type { Corpus, Sample } from './corpus.ts';
import type { Random } from './random.ts';

export interface Mutated {
  topic: string;
  payload: Buffer;
  /** The name of what was done. */
  how: string;
}

/** Larger than the intake reads, so that this is tried too. */
const largePayload = 70_000;
const keys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  '',
  '\u0000',
  'дым',
];
/** JSON texts, as they stand; some that no JavaScript value would be written as. */
const oddTexts = [
  'null',
  'true',
  '-0',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '123456789012345678901234567890',
  '8640000000000001',
  '-62135596800001',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"2026-02-30T25:61:61Z"',
  '"+275760-09-13T00:00:00.001Z"',
  '"NaN"',
  '[]',
  '{}',
  '[[[[[[]]]]]]',
  '{"__proto__":{"polluted":1}}',
  '{"toString":null,"valueOf":1}',
  '{"length":4294967295}',
];

const nested = (depth: number, open: string, close: string, inner: string) =>
  open.repeat(depth) + inner + close.repeat(depth);

type Mutation = (sample: Sample, random: Random, corpus: Corpus) => Buffer;

function noisyProtobuf(random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let fields = 1 + random.below(12); fields > 0; fields--) {
    const wire = random.below(6);
    parts.push(Buffer.from([((1 + random.below(20)) << 3) | wire]).subarray(0, 1));
    if (wire === 2) {
      const inner = random.chance(0.3) ? noisyProtobuf(random) : random.bytes(random.below(20));
      parts.push(Buffer.from([random.chance(0.9) ? Math.min(inner.length, 127) : random.below(128)]), inner);
    } else parts.push(random.bytes(wire === 1 ? 8 : wire === 5 ? 4 : 1 + random.below(10)));
  }
  return Buffer.concat(parts).subarray(0, 4_000);
}

/** The text with one of its JSON values replaced, found by its shape: text, number or word after a colon, comma, bracket. */
function withOddValue(text: string, random: Random): string {
  const places = [...text.matchAll(/(?<=[:[,]\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(?=\s*[,}\]])/g)];
  if (places.length === 0) return random.pick(oddTexts);
  const { index, 0: found } = random.pick(places);
  return text.slice(0, index) + random.pick(oddTexts) + text.slice(index + found.length);
}

const mutations: Readonly<Record<string, Mutation>> = {
  asIs: ({ payload }) => payload,
  cut: ({ payload }, random) => payload.subarray(0, random.below(payload.length + 1)),
  cutFront: ({ payload }, random) => payload.subarray(random.below(payload.length + 1)),
  twist({ payload }, random) {
    const twisted = Buffer.from(payload);
    for (let i = 1 + random.below(4); i > 0 && twisted.length > 0; i--) {
      twisted[random.below(twisted.length)] = random.below(256);
    }
    return twisted;
  },
  flip({ payload }, random) {
    const flipped = Buffer.from(payload);
    if (flipped.length > 0) {
      const at = random.below(flipped.length);
      flipped[at] = flipped[at]! ^ (1 << random.below(8));
    }
    return flipped;
  },
  double({ payload }, random) {
    const at = random.below(payload.length + 1);
    return Buffer.concat([payload.subarray(0, at), payload.subarray(random.below(at + 1))]);
  },
  splice({ payload }, random, { samples }) {
    const other = random.pick(samples).payload;
    return Buffer.concat([
      payload.subarray(0, random.below(payload.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
  foreign: (_sample, random, { samples }) => random.pick(samples).payload,
  oddValue: ({ payload }, random) => Buffer.from(withOddValue(payload.toString('utf8'), random)),
  oddKey({ payload }, random) {
    const text = payload.toString('utf8');
    const at = text.indexOf('{') + 1;
    if (at === 0) return payload;
    const added = `${JSON.stringify(random.pick(keys))}:${random.pick(oddTexts)},`;
    return Buffer.from(text.slice(0, at) + added + text.slice(at));
  },
  renamed({ payload }, random) {
    const text = payload.toString('utf8');
    const names = [...text.matchAll(/"([^"\\]{1,40})"(?=\s*:)/g)];
    if (names.length === 0) return payload;
    const { index, 0: found } = random.pick(names);
    return Buffer.from(text.slice(0, index) + JSON.stringify(random.pick(keys)) + text.slice(index + found.length));
  },
  many({ payload }, random) {
    const text = payload.toString('utf8');
    const at = text.indexOf('{') + 1;
    if (at === 0) return payload;
    let added = '';
    for (let i = 0, n = 1 + random.below(300); i < n; i++) added += `"m${i}":${random.chance(0.5) ? i : 'true'},`;
    return Buffer.from(text.slice(0, at) + added + text.slice(at));
  },
  deep(_sample, random) {
    const depth = 1 + random.below(10_000);
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['{"values":', '}'],
      ['{"object":', '}'],
    ] as const);
    return Buffer.from(nested(depth, open, random.chance(0.8) ? close : '', '1'));
  },
  number: ({ payload }, random) =>
    Buffer.from(
      payload.toString('utf8').replace(/\d+/, random.pick(['1e999', '99999999999999999999', '-1', '0.1e-320'])),
    ),
  text: (_sample, random) =>
    Buffer.from(random.pick([...oddTexts, 'ON', 'offline', 'True', '-', 'NaN', 'ff'.repeat(50)])),
  protobuf: (_sample, random) => noisyProtobuf(random),
  noise: (_sample, random) => random.bytes(random.below(200)),
  empty: () => Buffer.alloc(0),
  large: (_sample, random) => Buffer.alloc(largePayload, random.pick(['x', '{', '[', '"', '\xff'])),
};
const common = Object.keys(mutations).filter((name) => name !== 'large' && name !== 'deep');

const levels = [
  '+',
  '',
  '__proto__',
  'set',
  'get',
  'bridge',
  'STATE',
  'NCMD',
  'config',
  'a'.repeat(300),
  'ύ',
  '24e124136c0000ff',
];
function otherTopic(topic: string, random: Random, { samples }: Corpus): string {
  if (random.chance(0.3)) return random.pick(samples).topic;
  const parts = topic.split('/');
  const at = random.below(parts.length);
  const level = random.chance(0.5) ? random.pick(levels) : `x${random.below(50_000)}`;
  parts.splice(at, random.below(2), ...(random.chance(0.3) ? [] : [level]));
  return parts.join('/');
}

/**
 * Messages that began as somebody's fixture, without end. Every other one follows on the fixture before it, and one in
 * four is whole, so that readers with state get as far as they go. Large and deep ones are rare: they cost what a
 * thousand others do.
 */
export function createMutator(corpus: Corpus, random: Random): () => Mutated {
  const { samples } = corpus;
  let at = 0;
  return () => {
    at = random.chance(0.5) ? (at + 1) % samples.length : random.below(samples.length);
    const sample = samples[at]!;
    const rare = random.below(2_000);
    const how = rare === 0 ? 'large' : rare < 4 ? 'deep' : random.chance(0.25) ? 'asIs' : random.pick(common);
    const payload = mutations[how]!(sample, random, corpus);
    if (how === 'asIs' || !random.chance(0.1)) return { topic: sample.topic, payload, how };
    return { topic: otherTopic(sample.topic, random, corpus), payload, how: `${how}, other topic` };
  };
}
