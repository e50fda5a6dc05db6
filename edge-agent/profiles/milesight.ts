import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { deviceKindOf, isObject, senderTime, uplinkKind } from './lorawan-decoders/envelope.ts';
import { recogniseUplink } from './lorawan-decoders/recognise-uplink.ts';
import { readUplink } from './lorawan-decoders/uplink-values.ts';
import { type Profile, type ProfileResult, refuse } from './profile.ts';
import { readJsonObject } from './read-json.ts';

const topicOf = ({ topic, id }: SiteDevice): string => topic ?? `milesight/${id}`;

/** What the gateway says beside the device's values, where its own codec has decoded them. */
const envelope: ReadonlySet<string> = new Set([
  'adr',
  'applicationID',
  'applicationName',
  'cellularIP',
  'data',
  'devAddr',
  'devEUI',
  'deviceID',
  'deviceName',
  'fCnt',
  'fPort',
  'fcnt',
  'gatewaySN',
  'gatewayTime',
  'metadata',
  'object',
  'rxInfo',
  'status',
  'time',
  'txInfo',
]);

function readMessage(kind: string, payload: Buffer, nowMs: number): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const { object } = json;
  if (typeof object.devEUI !== 'string') return refuse('"devEUI" is missing: switch it on in the gateway’s metadata');
  if (object.status === 'online' || object.status === 'offline') {
    return { items: [{ t: 'device-status', online: object.status === 'online' }], refused: null };
  }
  // What became of a command is no word of the device's sensors.
  if (object.acknowledged !== undefined || object.error !== undefined) return { items: [], refused: null };

  const own = Object.fromEntries(Object.entries(object).filter(([key]) => !envelope.has(key)));
  const data = isObject(object.data) ? undefined : object.data;
  const read = (decoded: unknown, bytes: unknown) =>
    readUplink({
      // `time` has microseconds, `gatewayTime` is the same moment in the gateway's zone.
      ...senderTime(object.time, nowMs, object.gatewayTime),
      senderKey: keyOf(object),
      devEui: object.devEUI,
      deviceKind: deviceKindOf(kind),
      object: decoded,
      data: bytes,
      objectLacksZeros: false,
    });
  if (isObject(object.object) || isObject(object.data)) return read(object.object ?? object.data, data);
  // What stands beside the bytes may be values, or one more word of the gateway about itself: the bytes go first.
  const result = read(object.object, data);
  const hasOwn = Object.keys(own).length > 0;
  return hasOwn && (data === undefined || result.items.length === 0) ? read(own, undefined) : result;
}

/** A frame counter begins anew when the device joins again: only with its time it is one uplink's. */
function keyOf({ fCnt, time }: Record<string, unknown>): string | undefined {
  if (!Number.isSafeInteger(fCnt) || typeof time !== 'string' || time.length > 40) return undefined;
  return `${fCnt}@${time}`;
}

/**
 * Milesight's gateways (UG56, UG65, UG67) with their built-in network server, MQTT. The topic is what is set there;
 * with `$devEUI` in it each device has its own (milesight.com, Building IoT Gateway, Uplink Data and Notification).
 */
export const milesight: Profile = {
  name: 'milesight',
  topics: (device) => [{ topic: topicOf(device), kind: uplinkKind(device) }],
  unknownDevice(topic, devices) {
    const base = topic.slice(0, topic.lastIndexOf('/') + 1);
    const id = topic.slice(base.length);
    if (base === '' || !/^[0-9a-fA-F]{16}$/.test(id)) return null;
    return devices.some((device) => topicOf(device).startsWith(base)) ? id : null;
  },
  ignores: () => false,
  read: ({ kind, payload, nowMs }) => readMessage(kind, payload, nowMs),
  recognise({ topic, payload, nowMs }) {
    // A topic of one device names it; on a topic that all share nobody could be declared.
    const id = topic.slice(topic.lastIndexOf('/') + 1);
    if (!/^[0-9a-fA-F]{16}$/.test(id)) return null;
    return recogniseUplink({ topic, id }, (kind) => readMessage(`up/${kind}`, payload, nowMs));
  },
};
