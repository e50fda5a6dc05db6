import { parseReadingTopic } from '@kuzet/contracts/topics.ts';
import { describe, expect, it } from 'vitest';
import { generateCity } from '../../city/generate-city.ts';
import { createNormalLife } from '../normal-life.ts';
import fixtures from './fixtures.json' with { type: 'json' };
import { formatOf } from './format-of.ts';

const city = generateCity();
const device = (id: string) => city.devices.find((one) => one.id === id)!;
const at = Date.UTC(2026, 10, 22, 18, 41, 35);

describe('device formats', () => {
  it('say a canonical reading as the contract has it', () => {
    const message = formatOf(device('akku-smoke-301')).reading(
      device('akku-smoke-301'),
      { temperature: 21.5, smoke: false },
      Date.parse(fixtures.canonical.observedAt),
    );
    expect(message.topic).toBe('kuzet/v1/akku/akku-smoke-301/reading');
    expect(JSON.parse(message.payload)).toEqual(fixtures.canonical);
  });

  it('say a Zigbee2MQTT smoke detector as recorded from real ones', () => {
    const values = { smoke: true, test: false, battery: 99, linkQuality: 171, smokeDensity: 0 };
    const message = formatOf(device('akku-smoke-305')).reading(device('akku-smoke-305'), values, at);
    expect(message.topic).toBe('zigbee2mqtt/akku-smoke-305');
    expect(JSON.parse(message.payload)).toEqual(fixtures.zigbee2mqttSmoke);
  });

  it('turn an open door into a contact that is false', () => {
    const door = device('akku-door-301');
    const values = { open: true, tamper: false, batteryLow: false, battery: 88, linkQuality: 120 };
    expect(JSON.parse(formatOf(door).reading(door, values, at).payload)).toEqual(fixtures.zigbee2mqttDoor);
  });

  it('say that a Zigbee device is there on its availability topic, retained', () => {
    const door = device('akku-door-301');
    expect(formatOf(door).presence(door, false)).toEqual({
      topic: 'zigbee2mqtt/akku-door-301/availability',
      payload: '{"state":"offline"}',
      retain: true,
    });
  });

  it('have a word for every metric of every device, on a topic of its own', () => {
    const topics = new Set<string>();
    for (const one of city.devices) {
      const values = createNormalLife(one, 1)(at);
      expect(Object.keys(values).sort()).toEqual(one.metrics.map(({ name }) => name).sort());
      const message = formatOf(one).reading(one, values, at);
      topics.add(message.topic);
      if (one.profile === 'canonical') {
        expect(parseReadingTopic(message.topic)).toEqual({ site: one.siteId, device: one.id });
      } else expect(message.topic).toBe(one.topic);
    }
    expect(topics.size).toBe(city.devices.length);
  });
});
