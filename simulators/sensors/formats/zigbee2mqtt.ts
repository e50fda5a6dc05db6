import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { DeviceFormat, WireMessage } from './device-format.ts';

type Encode = (value: MetricValue) => [key: string, value: unknown];

const as =
  (key: string): Encode =>
  (value) => [key, value];

/**
 * Keys of Zigbee2MQTT 2.x as its device converters name them. IAS zone devices say `trouble` for a fault of their own;
 * a door's `contact` is true while it is closed; a plug says watts.
 */
const keys: Record<string, Encode> = {
  smoke: as('smoke'),
  smokeDensity: as('smoke_density'),
  test: as('test'),
  fault: as('trouble'),
  tamper: as('tamper'),
  batteryLow: as('battery_low'),
  battery: as('battery'),
  linkQuality: as('linkquality'),
  open: (value) => ['contact', !value],
  motion: as('occupancy'),
  leak: as('water_leak'),
  gas: as('gas'),
  temperature: as('temperature'),
  humidity: as('humidity'),
  pm25: as('pm25'),
  co2: as('co2'),
  voltage: as('voltage'),
  power: (value) => ['power', Number(value) * 1000],
  on: (value) => ['state', value ? 'ON' : 'OFF'],
};

/** `zigbee2mqtt/<name>`, with `last_seen` as its setting `advanced.last_seen: ISO_8601` writes it. */
export const zigbee2mqttFormat: DeviceFormat = {
  reading(device, values, observedAtMs) {
    const payload: Record<string, unknown> = {};
    for (const [metric, value] of Object.entries(values)) {
      const encode = keys[metric];
      if (!encode) throw new Error(`${device.id}: Zigbee2MQTT has no word for ${metric}`);
      const [key, encoded] = encode(value);
      payload[key] = encoded;
    }
    payload.last_seen = new Date(observedAtMs).toISOString();
    return { topic: topicOf(device), payload: JSON.stringify(payload) };
  },
  presence: (device, online) => ({
    topic: `${topicOf(device)}/availability`,
    payload: JSON.stringify({ state: online ? 'online' : 'offline' }),
    retain: true,
  }),
};

/** What the bridge says of itself; retained, and its last will. */
export const zigbeeBridgeState = (online: boolean): WireMessage => ({
  topic: 'zigbee2mqtt/bridge/state',
  payload: JSON.stringify({ state: online ? 'online' : 'offline' }),
  retain: true,
});

const topicOf = (device: { id: string; topic?: string | undefined }): string =>
  device.topic ?? `zigbee2mqtt/${device.id}`;
