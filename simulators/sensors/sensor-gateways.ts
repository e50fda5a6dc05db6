import type { SiteDevice } from '@kuzet/contracts/site-file.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { WireMessage } from './formats/device-format.ts';
import { formatOf } from './formats/format-of.ts';
import { zigbeeBridgeState } from './formats/zigbee2mqtt.ts';
import { createMqttPublisher, type MqttPublisher } from './mqtt-publisher.ts';

export interface SensorGateways {
  publish(device: SiteDevice, message: WireMessage): void;
  counts(): { connections: number; connected: number; acknowledged: number; waiting: number; replaced: number };
  stop(): Promise<void>;
}

export interface SensorGatewaysDeps {
  devices: readonly SiteDevice[];
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  log: Log;
}

/**
 * The connections the city's devices speak through: one a site for canonical devices, and one Zigbee2MQTT bridge that
 * says of each device whether it is there.
 */
export function createSensorGateways({ devices, url, username, password, log }: SensorGatewaysDeps): SensorGateways {
  const groupOf = (device: SiteDevice) => (device.profile === 'zigbee2mqtt' ? 'zigbee2mqtt' : device.siteId);
  const connections = new Map<string, MqttPublisher>();
  for (const [group, members] of groupBy(devices, groupOf)) {
    const bridge = group === 'zigbee2mqtt';
    connections.set(
      group,
      createMqttPublisher({
        url,
        username,
        password,
        clientId: `kuzet-sim-${group}`,
        log,
        ...(bridge
          ? {
              will: zigbeeBridgeState(false),
              farewell: zigbeeBridgeState(false),
              greetings: () => [
                zigbeeBridgeState(true),
                ...members.flatMap((device) => formatOf(device).presence(device, true) ?? []),
              ],
            }
          : {}),
      }),
    );
  }
  const all = () => [...connections.values()];

  return {
    publish: (device, message) => connections.get(groupOf(device))?.publish(message),
    counts() {
      const counts = all().map((connection) => connection.counts());
      const sum = (key: 'acknowledged' | 'waiting' | 'replaced') => counts.reduce((total, one) => total + one[key], 0);
      return {
        connections: connections.size,
        connected: all().filter((connection) => connection.connected()).length,
        acknowledged: sum('acknowledged'),
        waiting: sum('waiting'),
        replaced: sum('replaced'),
      };
    },
    stop: async () => void (await Promise.all(all().map((connection) => connection.stop()))),
  };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
