import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { maxBatchBytes, readBatch } from './read-batch.ts';

const topic = 'kuzet/v1/uplink/edge-1/telemetry';
const at = '2026-11-22T12:00:00.000Z';
const reading = (over: object = {}) => ({
  t: 'reading',
  device: 'd',
  observedAt: at,
  receivedAt: at,
  values: { co2: 400 },
  ...over,
});
const batch = (items: unknown[], over: object = {}) => ({
  v: 1,
  edge: 'edge-1',
  epoch: 'e',
  lane: 'telemetry',
  firstSeq: 5,
  items,
  ...over,
});
const read = (json: unknown) => readBatch(topic, gzipSync(JSON.stringify(json)), at);

describe('readBatch', () => {
  it('[U1] reads what fits', () => {
    expect(read(batch([reading()]))).toEqual({ ok: true, batch: batch([reading()]), refused: 0 });
  });
  it.each([
    ['another version', batch([reading()], { v: 2 })],
    ['no items', batch([])],
    ['a sequence that begins at 0', batch([reading()], { firstSeq: 0 })],
    ['another edge than its topic', batch([reading()], { edge: 'edge-2' })],
    ['another lane than its topic', batch([reading()], { lane: 'alarm' })],
    ['a list', []],
    ['null', null],
  ])('[U8] refuses %s', (_, json) => {
    expect(read(json)).toMatchObject({ ok: false });
  });
  it('[U8] refuses what is not gzip, and what unpacks beyond the bound', () => {
    expect(readBatch(topic, Buffer.from('{}'), at)).toEqual({ ok: false, reason: 'not gzip' });
    expect(readBatch(topic, Buffer.alloc(0), at)).toEqual({ ok: false, reason: 'not gzip' });
    expect(readBatch(topic, gzipSync(Buffer.alloc(maxBatchBytes + 1, 32)), at)).toEqual({
      ok: false,
      reason: `larger than ${maxBatchBytes} bytes unpacked`,
    });
  });
  it('[U8] refuses a few kilobytes that would keep the parser busy for seconds', () => {
    const deep = { ok: false, reason: 'nested more than 32 deep' };
    expect(readBatch(topic, gzipSync('['.repeat(3_000_000)), at)).toEqual(deep);
    expect(readBatch(topic, gzipSync('{"a":'.repeat(3_000_000)), at)).toEqual(deep);
    const brackets = [reading({ values: { note: `"[{\\`.repeat(60) } })];
    expect(read(batch(Array.from({ length: 5_000 }, () => brackets[0])))).toMatchObject({ ok: true, refused: 0 });
  });
  it.each([
    ['an unknown kind', { t: 'surprise' }],
    ['a time that is none', reading({ observedAt: 'yesterday' })],
    ['a time before all sensors', reading({ observedAt: '0000-01-01T00:00:00Z' })],
    ['a value that is a list', reading({ values: { co2: [1] } })],
    ['null', null],
  ])('[U7] %s becomes a dead letter in its own place', (_, item) => {
    const result = read(batch([reading(), item, reading()]));
    if (!result.ok) throw new Error(result.reason);
    expect(result.refused).toBe(1);
    expect(result.batch.items.map(({ t }) => t)).toEqual(['reading', 'dead-letter', 'reading']);
    const letter = result.batch.items[1];
    if (letter?.t !== 'dead-letter') throw new Error('not a dead letter');
    expect(JSON.parse(Buffer.from(letter.payloadBase64, 'base64').toString())).toEqual(item);
    expect(letter.reason).toMatch(/^not an uplink item: ./);
  });
  it('[U7] a number beyond what a double holds is refused, not stored as something else', () => {
    const text = JSON.stringify(batch([reading({ values: { co2: 12345 } })])).replace('12345', '1e999');
    expect(readBatch(topic, gzipSync(text), at)).toMatchObject({ ok: true, refused: 1 });
  });
  it('[P21] takes the usual reading by a shortcut only where the schema takes it too', () => {
    const odd: [boolean, object][] = [
      [true, reading({ device: 'a'.repeat(64) })],
      [true, reading({ values: {} })],
      [true, reading({ values: { on: true, word: 'x', n: -1.5 } })],
      [true, reading({ more: 'than the schema names' })],
      [true, reading({ observedAt: '2026-11-22T17:00:00+05:00' })],
      [false, reading({ device: 'a'.repeat(65) })],
      [false, reading({ device: 'a/b' })],
      [false, reading({ device: 7 })],
      [false, reading({ observedAt: '2026-02-31T12:00:00.000Z' })],
      [false, reading({ observedAt: '2026-11-22T24:00:00.000Z' })],
      [false, reading({ observedAt: '2026-11-22T12:00:61.000Z' })],
      [false, reading({ receivedAt: '1899-12-31T23:59:59.999Z' })],
      [false, reading({ receivedAt: undefined })],
      [false, reading({ values: null })],
      [false, reading({ values: [1] })],
      [false, reading({ values: { n: null } })],
      [false, reading({ values: { n: { deep: 1 } } })],
      [false, reading({ replayed: false })],
    ];
    for (const [taken, item] of odd)
      expect([item, read(batch([item]))]).toMatchObject([item, { refused: taken ? 0 : 1 }]);
  });
  it('[U7] cleans words of what PostgreSQL cannot store', () => {
    const text = JSON.stringify(batch([reading({ values: { word: 'x' } })])).replace(
      '"x"',
      '"a\\u0000b\\ud800c\\ud83d\\ude00"',
    );
    const result = readBatch(topic, gzipSync(text), at);
    expect(result.ok && result.batch.items[0]).toMatchObject({ values: { word: 'ab\ufffdc😀' } });
  });
});
