import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { deviceKindOf, isObject, senderTime, uplinkKind } from './lorawan-decoders/envelope.ts';
import { recogniseUplink } from './lorawan-decoders/recognise-uplink.ts';
import { readUplink } from './lorawan-decoders/uplink-values.ts';
import { type Profile, type ProfileResult, refuse } from './profile.ts';
import { readJsonObject } from './read-json.ts';

/** `v3/{application}@{tenant}/devices/{device}`, with or without `/up` behind it in the site file. */
const baseOf = ({ topic, id }: SiteDevice): string =>
  topic?.replace(/\/(up|join)$/, '') ?? `v3/kuzet@ttn/devices/${id}`;

const shape = /^v3\/[^/]+\/devices\/([^/]+)\/(.+)$/;

function readMessage(kind: string, payload: Buffer, nowMs: number): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const { end_device_ids: ids, uplink_message: uplink, simulated, received_at, correlation_ids } = json.object;
  if (!isObject(ids)) return refuse('"end_device_ids" is missing; a message of The Things Stack 3 is expected');
  // Somebody pressed "simulate uplink" in the console: no device said this.
  if (simulated === true) return refuse('a simulated uplink; nothing of it is taken');
  if (kind === 'join') {
    if (!isObject(json.object.join_accept)) return refuse('"join_accept" is missing');
    return { items: [{ t: 'device-status', online: true }], refused: null };
  }
  if (!isObject(uplink)) return refuse('"uplink_message" is missing');
  return readUplink({
    ...senderTime(uplink.received_at, nowMs, received_at),
    senderKey: keyOf(correlation_ids),
    devEui: ids.dev_eui,
    deviceKind: deviceKindOf(kind),
    object: uplink.decoded_payload,
    data: uplink.frm_payload,
    objectLacksZeros: true,
  });
}

/**
 * The correlation id that an uplink alone has; others name a connection or a call. (Session and frame counter would not
 * do: a device with ABP counts from zero again within its session.)
 */
function keyOf(ids: unknown): string | undefined {
  if (!Array.isArray(ids)) return undefined;
  for (const prefix of ['as:up:', 'ns:uplink:', 'gs:uplink:']) {
    const id = ids.find((id) => typeof id === 'string' && id.startsWith(prefix) && id.length <= 64);
    if (id !== undefined) return id as string;
  }
  return undefined;
}

/** The Things Stack 3, MQTT (thethingsindustries.com, Data Formats): fields that are 0, false or "" are left out. */
export const theThingsStack: Profile = {
  name: 'the-things-stack',
  topics(device) {
    const base = baseOf(device);
    return [
      { topic: `${base}/up`, kind: uplinkKind(device) },
      { topic: `${base}/join`, kind: 'join' },
    ];
  },
  unknownDevice: (topic) => {
    const [, id, leaf] = shape.exec(topic) ?? [];
    return id !== undefined && (leaf === 'up' || leaf === 'join') ? id : null;
  },
  ignores(topic) {
    const leaf = shape.exec(topic)?.[2];
    return leaf !== undefined && /^(down\/|location\/|service\/)/.test(leaf);
  },
  read: ({ kind, payload, nowMs }) => readMessage(kind, payload, nowMs),
  recognise({ topic, payload, nowMs }) {
    const [, id, leaf] = shape.exec(topic) ?? [];
    if (id === undefined || leaf !== 'up') return null;
    const device = { topic: topic.replace(/\/up$/, ''), id };
    return recogniseUplink(device, (kind) => readMessage(`up/${kind}`, payload, nowMs));
  },
};
