import { connect, type Socket } from 'node:net';
import mqttPacket from 'mqtt-packet';

export const encodeConnect = (clientId: string, sign?: { username: string; password: string }): Buffer =>
  mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId,
    keepalive: 0,
    ...(sign ? { username: sign.username, password: Buffer.from(sign.password) } : {}),
  });

/** A publish with QoS 1. */
export const encodePublish = (topic: string, payload: string | Buffer, messageId: number): Buffer =>
  mqttPacket.generate({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain: false, messageId });

export interface Sensor {
  send(bytes: Buffer): void;
  socket: Socket;
}

const pubackBytes = 4;

/** Connects, waits for CONNACK, then counts PUBACKs: nothing else comes to one that subscribes to nothing. */
export function createSensor(port: number, hello: Buffer, onAcks: (count: number) => void): Promise<Sensor> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let greeted = false;
    let rest = 0;
    socket.once('connect', () => socket.write(hello));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the broker closed a sensor’s connection')));
    socket.on('data', (chunk: Buffer) => {
      let bytes = rest + chunk.length;
      if (!greeted) {
        if (chunk[0] !== 0x20 || chunk[3] !== 0) return reject(new Error(`CONNACK says ${chunk[3]}`));
        greeted = true;
        bytes -= 4;
        resolve({ socket, send: (packet) => void socket.write(packet) });
      }
      rest = bytes % pubackBytes;
      const acks = (bytes - rest) / pubackBytes;
      if (acks > 0) onAcks(acks);
    });
  });
}
