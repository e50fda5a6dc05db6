import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Address } from './address.ts';
import { dataTypes } from './payload.ts';

/** The command by which a node sends its birth certificates anew (Sparkplug 3.0, 6.4.26). */
export function rebirthRequest({ group, nodeName }: Address, nowMs: number): { topic: string; payload: Buffer } {
  const metric = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string('Node Control/Rebirth')
    .tag(3, WireType.Varint)
    .uint64(Math.max(0, Math.trunc(nowMs)))
    .tag(4, WireType.Varint)
    .uint32(dataTypes.boolean)
    .tag(14, WireType.Varint)
    .bool(true)
    .finish();
  const payload = new BinaryWriter()
    .tag(1, WireType.Varint)
    .uint64(Math.max(0, Math.trunc(nowMs)))
    .tag(2, WireType.LengthDelimited)
    .bytes(metric)
    .finish();
  return { topic: `spBv1.0/${group}/NCMD/${nodeName}`, payload: Buffer.from(payload) };
}
