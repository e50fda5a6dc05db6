/**
 * Sensors as a process of their own: numbered readings at a steady rate, each kept until its PUBACK. What was not
 * acknowledged when a line broke is sent again; so is a share of what was acknowledged, as it stood. Arguments: one JSON
 * of `GeneratorSettings`. Says its figures once in 200 ms as a line of JSON; ends when told to by a line on standard input
 * and all is acknowledged.
 */

import { createInterface } from 'node:readline';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import mqtt, { type MqttClient } from 'mqtt';

export interface GeneratorSettings {
  port: number;
  /** Each reading carries a note of this length; few then fill a file of the spool. */
  noteChars?: number;
  /** A connection each. */
  devices: string[];
  /** Readings a second of all devices together. */
  ratePerS: number;
  /** Unacknowledged readings a connection. */
  window: number;
  /** Of the acknowledged, so many are sent a second time. */
  redeliverShare: number;
  seed: number;
  /** Of a device's readings one in so many travels in the alarm lane; 0: none. */
  alarmEvery: number;
}
export interface GeneratorFigures {
  /** Different readings, each numbered from 1 by device, that were acknowledged. */
  acked: number;
  sent: number;
  /** Sent again because the line broke before their acknowledgement. */
  resent: number;
  /** Sent again although they were acknowledged. */
  redelivered: number;
  connections: number;
  /** The last number of each device. */
  last: Record<string, number>;
  ended: boolean;
}

const settings = JSON.parse(process.argv[2] as string) as GeneratorSettings;
const figures: GeneratorFigures = {
  acked: 0,
  sent: 0,
  resent: 0,
  redelivered: 0,
  connections: 0,
  last: {},
  ended: false,
};
const tickMs = 10;
/** A redelivery waits until so many more were acknowledged at the most. */
const redeliverWithin = 2_000;
let ending = false;

const random = createRandom(settings.seed);

interface Message {
  payload: string;
  isNew: boolean;
}

function createSensor(device: string) {
  const topic = `kuzet/v1/lab/${device}/reading`;
  /** What still needs an acknowledgement, oldest first. */
  const open = new Set<Message>();
  let waiting: Message[] = [];
  const later: Message[] = [];
  let inFlight = 0;
  let n = 0;
  let owed = 0;
  let client: MqttClient | null = null;

  function connect(): void {
    const own = mqtt.connect(`mqtt://127.0.0.1:${settings.port}`, {
      clientId: device,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 2_000,
    });
    own.on('connect', () => {
      client = own;
      inFlight = 0;
      figures.connections++;
      waiting = [...open];
      for (const { isNew } of waiting) if (isNew) figures.resent++;
      pump();
    });
    // A sensor that is refused or cut off tries again: that is all it does about it.
    own.on('error', () => undefined);
    own.on('close', () => {
      if (client === own) client = null;
      own.end(true);
      setTimeout(connect, 50 + random() * 100);
    });
  }

  function send(message: Message): void {
    const own = client;
    if (!own) return;
    inFlight++;
    own.publish(topic, message.payload, { qos: 1 }, (err) => {
      if (own !== client) return;
      inFlight--;
      if (err) return;
      open.delete(message);
      if (message.isNew) {
        figures.acked++;
        if (random() < settings.redeliverShare) later.push({ payload: message.payload, isNew: false });
      }
      pump();
    });
  }

  function pump(): void {
    while (client && inFlight < settings.window) {
      let message = waiting.shift();
      if (!message && later.length > 0 && (random() < 0.2 || later.length > redeliverWithin || ending)) {
        message = later.shift() as Message;
        open.add(message);
        figures.redelivered++;
      }
      if (!message && owed >= 1 && !ending) {
        owed--;
        n++;
        const values = {
          n,
          ...(settings.alarmEvery > 0 && n % settings.alarmEvery === 0 ? { smoke: false } : {}),
          ...(settings.noteChars ? { note: 'x'.repeat(settings.noteChars) } : {}),
        };
        message = { payload: JSON.stringify({ observedAt: new Date().toISOString(), values }), isNew: true };
        open.add(message);
        figures.sent++;
        figures.last[device] = n;
      }
      if (!message) return;
      send(message);
    }
  }

  connect();
  return {
    owe(count: number): void {
      // A sensor keeps so much of what it could not send; beyond it, it measures less often.
      owed = Math.min(owed + count, 2_000);
      pump();
    },
    isDone: () => open.size === 0 && later.length === 0,
  };
}

const sensors = settings.devices.map(createSensor);
let lastMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  const share = ((nowMs - lastMs) / 1_000) * (settings.ratePerS / sensors.length);
  lastMs = nowMs;
  for (const sensor of sensors) sensor.owe(share);
}, tickMs);
setInterval(() => {
  const done = ending && sensors.every((sensor) => sensor.isDone());
  process.stdout.write(`${JSON.stringify({ ...figures, ended: done })}\n`, () => {
    if (done) process.exit(0);
  });
}, 200);
createInterface(process.stdin).once('line', () => {
  ending = true;
});
