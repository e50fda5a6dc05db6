import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import { deviceKindOf, isObject, senderTime, uplinkKind } from './lorawan-decoders/envelope.ts';
import { recogniseUplink } from './lorawan-decoders/recognise-uplink.ts';
import { readUplink } from './lorawan-decoders/uplink-values.ts';
import { type Profile, type ProfileResult, refuse } from './profile.ts';
import { readJsonObject } from './read-json.ts';

/** `application/{id}/device/{devEui}`, with or without `/event/…` behind it in the site file. */
const baseOf = ({ topic, id }: SiteDevice): string =>
  topic?.replace(/\/event(\/[^/]*)?$/, '') ?? `application/1/device/${id}`;

/** Application, device, and what comes behind; a broker may put a prefix before them. */
const shape = /^(?:.*\/)?application\/[^/]+\/device\/([^/]+)\/(event|command)\/([^/]+)$/;
const gatewayShape = /^(?:[^/]+\/)*gateway\/[0-9a-fA-F]{16}\/(event|command|state)\/[^/]+$/;
/** What ChirpStack did, not what the device said. */
const eventsWithoutReadings: ReadonlySet<string> = new Set(['ack', 'txack', 'log', 'location', 'integration']);

function readEvent(kind: string, payload: Buffer, nowMs: number): ProfileResult {
  const json = readJsonObject(payload);
  if ('refused' in json) return refuse(json.refused);
  const { object } = json;
  if (!isObject(object.deviceInfo)) return refuse('"deviceInfo" is missing; an event of ChirpStack 4 is expected');
  const time = senderTime(object.time, nowMs);
  const senderKey = keyOf(object.deduplicationId);
  if (kind === 'join') return { items: [{ t: 'device-status', online: true }], refused: null };
  const common = { ...time, senderKey, devEui: object.deviceInfo.devEui, deviceKind: deviceKindOf(kind) };
  if (kind === 'status') {
    return readUplink({ ...common, object: statusOf(object), data: undefined, objectLacksZeros: false });
  }
  return readUplink({ ...common, object: object.object, data: object.data, objectLacksZeros: false });
}

/** ChirpStack's JSON is protobuf's: what is 0 or false is left out. */
function statusOf({ batteryLevel, batteryLevelUnavailable, externalPowerSource, margin }: Record<string, unknown>) {
  const hasBattery = batteryLevelUnavailable !== true && externalPowerSource !== true;
  return {
    ...(hasBattery ? { battery: batteryLevel ?? 0 } : {}),
    ...(externalPowerSource === true ? { externalPower: true } : {}),
    linkMargin: margin ?? 0,
  };
}

/** One id an uplink, whichever gateways heard it. */
const keyOf = (id: unknown): string | undefined =>
  typeof id === 'string' && /^[0-9a-fA-F-]{16,64}$/.test(id) ? id : undefined;

/** ChirpStack 4, MQTT integration with JSON (chirpstack.io, Integrations, Event types). */
export const chirpstack: Profile = {
  name: 'chirpstack',
  topics(device) {
    const base = baseOf(device);
    return [
      { topic: `${base}/event/up`, kind: uplinkKind(device) },
      { topic: `${base}/event/join`, kind: 'join' },
      { topic: `${base}/event/status`, kind: 'status' },
    ];
  },
  unknownDevice(topic) {
    const [, devEui, part] = shape.exec(topic) ?? [];
    return devEui !== undefined && part === 'event' ? devEui : null;
  },
  ignores(topic, devices) {
    const [, , part, event] = shape.exec(topic) ?? [];
    if (part !== undefined) return part === 'command' || eventsWithoutReadings.has(event!);
    return devices.length > 0 && gatewayShape.test(topic);
  },
  read: ({ kind, payload, nowMs }) => readEvent(kind, payload, nowMs),
  recognise({ topic, payload, nowMs }) {
    const [, devEui, part, event] = shape.exec(topic) ?? [];
    if (devEui === undefined || part !== 'event' || event !== 'up') return null;
    const device = { topic: topic.replace(/\/event\/up$/, ''), id: devEui };
    return recogniseUplink(device, (kind) => readEvent(`up/${kind}`, payload, nowMs));
  },
};
