import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { silentLog } from '@kuzet/lib/log.ts';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { scopesOf } from '../camera/onvif/device-service.ts';
import { createWsDiscovery, type WsDiscovery } from '../camera/ws-discovery.ts';

// The group but not the port of WS-Discovery: a real responder on this machine would answer too.
const group = '239.255.255.250';
let discovery: WsDiscovery | null = null;
afterEach(async () => {
  await discovery?.stop();
  discovery = null;
});

const camera = {
  endpoint: 'urn:uuid:00000000-0000-5000-a000-000000000001',
  scopes: scopesOf({ id: 'K-0412', name: 'Тұран × Сығанақ', ptz: null }),
  address: (host: string) => `http://${host}:8091/onvif/K-0412/device_service`,
};

const probe = (types: string, scopes = '') =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:MessageID>urn:uuid:5</a:MessageID></s:Header><s:Body><d:Probe><d:Types>${types}</d:Types><d:Scopes>${scopes}</d:Scopes></d:Probe></s:Body></s:Envelope>`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

describe('WS-Discovery', () => {
  it('answers a probe for cameras, and only that', async (context) => {
    const port = await freePort();
    discovery = createWsDiscovery({ log: silentLog, host: '127.0.0.1', cameras: () => [camera], group, port });
    if (!(await discovery.start())) {
      console.warn('SKIPPED: WS-Discovery, no interface here takes multicast');
      context.skip();
    }
    const asker = createSocket('udp4');
    asker.bind(0, '127.0.0.1');
    await once(asker, 'listening');
    const answers: string[] = [];
    asker.on('message', (message) => answers.push(message.toString()));
    // By unicast, which every machine can; membership of the group was proved by start().
    const ask = (text: string) => asker.send(text, port, '127.0.0.1');
    ask('not xml');
    ask(probe('dn:Printer'));
    ask(probe('dn:NetworkVideoTransmitter', 'onvif://www.onvif.org/type/ptz'));
    ask(probe('dn:NetworkVideoTransmitter', 'onvif://www.onvif.org/Profile'));
    await expect.poll(() => answers.length).toBe(1);
    expect(answers[0]).toContain('<d:XAddrs>http://127.0.0.1:8091/onvif/K-0412/device_service</d:XAddrs>');
    expect(answers[0]).toContain('<a:RelatesTo>urn:uuid:5</a:RelatesTo>');
    ask(probe(''));
    await expect.poll(() => answers.length).toBe(2);
    asker.close();
  });

  it('is off with one clear line when its port is not to be had', async () => {
    const holder = createSocket('udp4');
    holder.bind(0);
    await once(holder, 'listening');
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    discovery = createWsDiscovery({
      log,
      host: '127.0.0.1',
      cameras: () => [camera],
      group,
      port: holder.address().port,
    });
    expect(await discovery.start()).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('WS-Discovery is off');
    holder.close();
  });
});
