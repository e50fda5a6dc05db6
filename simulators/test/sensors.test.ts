import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { generateCity } from '../city/generate-city.ts';
import { createSensorGateways } from '../sensors/sensor-gateways.ts';
import { createSensorWorld } from '../sensors/sensor-world.ts';

const city = generateCity();
const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
});

/** A real broker on a port of its own; `port` 0: any. */
async function startBroker(port = 0) {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const messages: { topic: string; payload: string; qos: number; retain: boolean }[] = [];
  broker.on('publish', (packet, client) => {
    if (client)
      messages.push({
        topic: packet.topic,
        payload: packet.payload.toString(),
        qos: packet.qos,
        retain: packet.retain,
      });
  });
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => broker.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, messages, stop };
}

function startCity(port: number) {
  const gateways = createSensorGateways({ devices: city.devices, url: `mqtt://127.0.0.1:${port}`, log: silentLog });
  const world = createSensorWorld({ devices: city.devices, clock: systemClock, seed: 1, publish: gateways.publish });
  world.start();
  stops.push(
    () => gateways.stop(),
    () => world.stop(),
  );
  return { gateways, world };
}

describe('sensors on a real broker', () => {
  it('say hello within seconds, every device on its own topic with QoS 1', { timeout: 30_000 }, async () => {
    const broker = await startBroker();
    stops.push(broker.stop);
    const { gateways } = startCity(broker.port);
    const expected = city.devices.map((device) => device.topic ?? `kuzet/v1/${device.siteId}/${device.id}/reading`);
    await vi.waitFor(
      () => {
        const heard = new Set(broker.messages.map(({ topic }) => topic));
        expect(expected.filter((topic) => !heard.has(topic))).toEqual([]);
      },
      { timeout: 15_000, interval: 200 },
    );
    expect(new Set(broker.messages.map(({ qos }) => qos))).toEqual(new Set([1]));
    expect(broker.messages).toContainEqual({
      topic: 'zigbee2mqtt/bridge/state',
      payload: '{"state":"online"}',
      qos: 1,
      retain: true,
    });
    expect(gateways.counts()).toMatchObject({ connections: 9, connected: 9 });
  });

  it('send a change at once, rubbish when broken so, and their leave when they go offline', {
    timeout: 30_000,
  }, async () => {
    const broker = await startBroker();
    stops.push(broker.stop);
    const { gateways, world } = startCity(broker.port);
    await vi.waitFor(() => expect(gateways.counts().connected).toBe(9), { timeout: 10_000 });
    const of = (id: string) => broker.messages.filter(({ topic }) => topic.includes(`/${id}`));

    const undo = world.hold('qarlygash-door-102', { open: true, forced: true });
    await vi.waitFor(() => expect(of('qarlygash-door-102').at(-1)?.payload).toContain('"forced":true'), {
      timeout: 5_000,
    });
    undo();
    await vi.waitFor(() => expect(of('qarlygash-door-102').at(-1)?.payload).toContain('"forced":false'), {
      timeout: 5_000,
    });

    const mend = world.breakDevice('akku-air-101', 'rubbish');
    await vi.waitFor(
      () => {
        const last = of('akku-air-101').at(-1);
        expect(last).toBeDefined();
        expect(() => JSON.parse(last!.payload)).toThrow();
      },
      { timeout: 5_000 },
    );
    mend();
    await vi.waitFor(() => expect(() => JSON.parse(of('akku-air-101').at(-1)!.payload)).not.toThrow(), {
      timeout: 5_000,
    });

    world.breakDevice('akku-smoke-305', 'offline');
    await vi.waitFor(() =>
      expect(of('akku-smoke-305').at(-1)).toMatchObject({
        topic: 'zigbee2mqtt/akku-smoke-305/availability',
        payload: '{"state":"offline"}',
      }),
    );
  });

  it('come back to a broker that was away, with the newest of each topic only', { timeout: 40_000 }, async () => {
    const first = await startBroker();
    const { gateways, world } = startCity(first.port);
    await vi.waitFor(() => expect(gateways.counts().connected).toBe(9), { timeout: 10_000 });
    await first.stop();
    await vi.waitFor(() => expect(gateways.counts().connected).toBe(0), { timeout: 10_000 });
    // An alarm that comes and stays while nobody listens.
    world.hold('sunqar-leak-1801', { leak: true });
    await vi.waitFor(() => expect(gateways.counts().waiting).toBeGreaterThan(0), { timeout: 10_000 });
    expect(gateways.counts().waiting).toBeLessThanOrEqual(2 * city.devices.length);

    const second = await startBroker(first.port);
    stops.push(second.stop);
    await vi.waitFor(
      () => {
        const leak = second.messages.filter(({ topic }) => topic.includes('sunqar-leak-1801'));
        expect(leak[0]?.payload).toContain('"leak":true');
        expect(gateways.counts().waiting).toBe(0);
      },
      { timeout: 15_000 },
    );
  });
});
