import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { probeWsDiscovery } from '../cameras/ws-discovery-probe.ts';

let camera: Socket | null = null;
afterEach(() => {
  camera?.close();
  camera = null;
});

const match = (urn: string) =>
  `<s:Envelope xmlns:s="s" xmlns:d="d" xmlns:a="a"><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>${urn}</a:Address></a:EndpointReference><d:XAddrs>http://127.0.0.1/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>`;

/** Answers every probe but the first two: they were lost. */
async function startCamera(answers: readonly string[]): Promise<number> {
  const socket = createSocket('udp4');
  camera = socket;
  let asked = 0;
  socket.on('message', (message, { port, address }) => {
    expect(message.toString()).toContain('<Probe ');
    if (++asked <= 2) return;
    for (const answer of answers) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}
const bare = { name: '', hardware: '', location: '', xaddrs: ['http://127.0.0.1/onvif/device_service'] };

test('[O9] a host that is asked by its address is asked again, told once, and what else comes is passed over', async () => {
  const port = await startCamera(['hello', '<a/>', match('urn:uuid:1'), match('urn:uuid:1')]);
  const found = await probeWsDiscovery({ interfaces: [], hosts: ['127.0.0.1'], port, waitMs: 800 });
  expect(found).toEqual([{ urn: 'urn:uuid:1', ...bare }]);
});

test('[O9] a network that cannot be asked keeps the others from nothing; all of them together are an error', async () => {
  const port = await startCamera([match('urn:uuid:1')]);
  // Documentation address (RFC 5737): not this machine's.
  const elsewhere = ['203.0.113.77'];
  expect(await probeWsDiscovery({ interfaces: elsewhere, hosts: ['127.0.0.1'], port, waitMs: 800 })).toHaveLength(1);
  await expect(probeWsDiscovery({ interfaces: elsewhere, hosts: [], port, waitMs: 800 })).rejects.toThrow(
    /EADDRNOTAVAIL/,
  );
});
