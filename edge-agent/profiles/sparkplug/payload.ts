import { gunzipSync, inflateSync } from 'node:zlib';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Data types of Sparkplug 3.0, section 6.4.16, that a metric's value may have here. */
export const dataTypes = {
  int8: 1,
  int16: 2,
  int32: 3,
  int64: 4,
  uint8: 5,
  uint16: 6,
  uint32: 7,
  uint64: 8,
  float: 9,
  double: 10,
  boolean: 11,
  string: 12,
  dateTime: 13,
  text: 14,
  uuid: 15,
  dataSet: 16,
  bytes: 17,
  file: 18,
  template: 19,
} as const;

export interface SparkplugMetric {
  name: string | null;
  /** Decimal; 64 bits do not fit a number. */
  alias: string | null;
  timestampMs: number | null;
  dataType: number | null;
  isHistorical: boolean;
  isNull: boolean;
  /** `engUnit` of its properties, where a birth certificate says it. */
  unit: string | null;
  /** As it lies on the wire: 32 and 64 bit integers unsigned, whatever the type. */
  value: number | bigint | boolean | string | null;
  /** A value that is no single one: data set, template, bytes, array. */
  isCompound: boolean;
}

export interface SparkplugPayload {
  timestampMs: number | null;
  /** 0 to 255; null in a death certificate. */
  seq: number | null;
  metrics: SparkplugMetric[];
}

/** More metrics than any node should have in one message. */
const maxMetrics = 2_000;
const maxUnpackedBytes = 4_194_304;

/** A payload of Sparkplug B (Eclipse Tahu's sparkplug_b.proto), or why it is none: a clause for people. */
export function decodePayload(payload: Buffer): SparkplugPayload | { refused: string } {
  if (payload.length === 0) return { refused: 'the payload is empty' };
  try {
    const { envelope, compressed } = readPayload(payload);
    if (!compressed) return envelope;
    const options = { maxOutputLength: maxUnpackedBytes };
    const unpacked =
      compressed[0] === 0x1f && compressed[1] === 0x8b
        ? gunzipSync(compressed, options)
        : inflateSync(compressed, options);
    const inner = readPayload(unpacked);
    if (inner.compressed) return { refused: 'a compressed payload within a compressed payload' };
    // The sequence number counts messages: it is the outer one's.
    return { ...inner.envelope, seq: envelope.seq ?? inner.envelope.seq };
  } catch (err) {
    return { refused: err instanceof TooMany ? err.message : 'not a payload of Sparkplug B (protobuf)' };
  }
}

class TooMany extends Error {}

function readPayload(bytes: Uint8Array): { envelope: SparkplugPayload; compressed: Uint8Array | null } {
  const reader = new BinaryReader(bytes);
  const envelope: SparkplugPayload = { timestampMs: null, seq: null, metrics: [] };
  let uuid = '';
  let body: Uint8Array | null = null;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.Varint) envelope.timestampMs = timeOf(reader.uint64());
    else if (field === 2 && wire === WireType.LengthDelimited) {
      if (envelope.metrics.length >= maxMetrics) throw new TooMany(`more than ${maxMetrics} metrics in one message`);
      envelope.metrics.push(readMetric(reader.bytes()));
    } else if (field === 3 && wire === WireType.Varint) envelope.seq = Number(reader.uint64());
    else if (field === 4 && wire === WireType.LengthDelimited) uuid = reader.string();
    else if (field === 5 && wire === WireType.LengthDelimited) body = reader.bytes();
    else reader.skip(wire, field);
  }
  if (envelope.seq !== null && envelope.seq > 255) throw new RangeError('seq');
  if (uuid !== 'SPBV1.0_COMPRESSED') return { envelope, compressed: null };
  if (!body) throw new RangeError('compressed, and no body');
  return { envelope, compressed: body };
}

function readMetric(bytes: Uint8Array): SparkplugMetric {
  const reader = new BinaryReader(bytes);
  const metric: SparkplugMetric = {
    name: null,
    alias: null,
    timestampMs: null,
    dataType: null,
    isHistorical: false,
    isNull: false,
    unit: null,
    value: null,
    isCompound: false,
  };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const read = metricFields[field];
    if (read && read.wire === wire) read.into(metric, reader);
    else reader.skip(wire, field);
  }
  return metric;
}

interface Field {
  wire: WireType;
  into(metric: SparkplugMetric, reader: BinaryReader): void;
}
const field = (wire: WireType, into: Field['into']): Field => ({ wire, into });
const compound = field(WireType.LengthDelimited, (metric, reader) => {
  reader.bytes();
  metric.isCompound = true;
});

const metricFields: Readonly<Record<number, Field>> = {
  1: field(WireType.LengthDelimited, (metric, reader) => (metric.name = reader.string())),
  2: field(WireType.Varint, (metric, reader) => (metric.alias = String(reader.uint64()))),
  3: field(WireType.Varint, (metric, reader) => (metric.timestampMs = timeOf(reader.uint64()))),
  4: field(WireType.Varint, (metric, reader) => (metric.dataType = reader.uint32())),
  5: field(WireType.Varint, (metric, reader) => (metric.isHistorical = reader.bool())),
  7: field(WireType.Varint, (metric, reader) => (metric.isNull = reader.bool())),
  9: field(WireType.LengthDelimited, (metric, reader) => (metric.unit = readUnit(reader.bytes()))),
  10: field(WireType.Varint, (metric, reader) => (metric.value = reader.uint32())),
  11: field(WireType.Varint, (metric, reader) => (metric.value = BigInt(reader.uint64()))),
  12: field(WireType.Bit32, (metric, reader) => (metric.value = tidyFloat(reader.float()))),
  13: field(WireType.Bit64, (metric, reader) => (metric.value = reader.double())),
  14: field(WireType.Varint, (metric, reader) => (metric.value = reader.bool())),
  15: field(WireType.LengthDelimited, (metric, reader) => (metric.value = reader.string())),
  16: compound,
  17: compound,
  18: compound,
  19: compound,
};

/** A PropertySet is a list of keys beside a list of values; only the one of `engUnit` is wanted. */
function readUnit(bytes: Uint8Array): string | null {
  const reader = new BinaryReader(bytes);
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    if (no === 1 && wire === WireType.LengthDelimited) keys.push(reader.string());
    else if (no === 2 && wire === WireType.LengthDelimited) values.push(reader.bytes());
    else reader.skip(wire, no);
  }
  const said = values[keys.indexOf('engUnit')];
  if (!said) return null;
  const value = new BinaryReader(said);
  while (value.pos < value.len) {
    const [no, wire] = value.tag();
    if (no === 8 && wire === WireType.LengthDelimited) return value.string();
    value.skip(wire, no);
  }
  return null;
}

/** Nodes without a clock say 0, or count from when they were switched on: before 2000 is no time. */
const earliestMs = Date.UTC(2000);
const latestMs = Date.UTC(9999, 11, 31);
function timeOf(ms: bigint | string): number | null {
  const value = Number(ms);
  return value >= earliestMs && value <= latestMs ? value : null;
}

/** The shortest decimal that is the same 32 bit float: 20.6, not 20.600000381469727. */
function tidyFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
