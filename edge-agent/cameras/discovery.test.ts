import { expect, test } from 'vitest';
import { createDiscovery } from './discovery.ts';
import { type ProbeMatch, readProbeMatches } from './ws-discovery-probe.ts';

const match = (own: Partial<ProbeMatch>): ProbeMatch => ({
  urn: 'urn:uuid:1',
  name: '',
  hardware: '',
  location: '',
  xaddrs: [],
  ...own,
});

test('tells name and an address that the site file takes', async () => {
  const { discover } = createDiscovery(async () => [
    match({
      name: '%D0%9A%D0%B0%D0%BC%D0%B5%D1%80%D0%B0 1',
      xaddrs: ['http://[fe80::1]/onvif', 'http://10.0.0.7/onvif/device_service'],
    }),
    match({ urn: 'urn:uuid:2', name: '100%' }),
  ]);
  expect(await discover()).toEqual({
    kind: 'found',
    cameras: [
      {
        urn: 'urn:uuid:1',
        name: 'Камера 1',
        xaddr: 'http://10.0.0.7/onvif/device_service',
        hardware: '',
        location: '',
      },
    ],
  });
});

test('one probe runs at a time, and those who ask meanwhile share it', async () => {
  let running = 0;
  let probes = 0;
  const { discover } = createDiscovery(async () => {
    expect(++running).toBe(1);
    probes++;
    await new Promise(setImmediate);
    running--;
    return [];
  });
  await Promise.all([discover(), discover(), discover()]);
  expect(probes).toBe(1);
  await discover();
  expect(probes).toBe(2);
});

test('an error is told, not taken for "no cameras"', async () => {
  const { discover } = createDiscovery(async () => {
    throw new Error('send ENETUNREACH 239.255.255.250:3702');
  });
  expect(await discover()).toEqual({
    kind: 'failed',
    reason: 'cameras cannot be looked for on this network: send ENETUNREACH 239.255.255.250:3702',
  });
});

test('[O9] a match without scopes is kept, one without an address is not', () => {
  const envelope = (matches: string) =>
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="d"><s:Body><d:ProbeMatches>${matches}</d:ProbeMatches></s:Body></s:Envelope>`;
  const bare =
    '<d:ProbeMatch><a:EndpointReference xmlns:a="a"><a:Address>urn:uuid:7</a:Address></a:EndpointReference><d:XAddrs>http://10.0.0.7/onvif/device_service</d:XAddrs></d:ProbeMatch>';
  expect(readProbeMatches(envelope(`${bare}<d:ProbeMatch><d:XAddrs> </d:XAddrs></d:ProbeMatch>`))).toEqual([
    match({ urn: 'urn:uuid:7', xaddrs: ['http://10.0.0.7/onvif/device_service'] }),
  ]);
  expect(readProbeMatches(envelope(''))).toEqual([]);
  expect(() => readProbeMatches('hello')).toThrow();
});
