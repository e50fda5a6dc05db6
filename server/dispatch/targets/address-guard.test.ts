import { StartError } from '@kuzet/lib/lifecycle.ts';
import { describe, expect, test } from 'vitest';
import { AddressRefused, createAddressGuard, defaultAllowedNetworks, sameAddress } from './address-guard.ts';

const guardFor = (...found: string[]) =>
  createAddressGuard({
    allowedNetworks: defaultAllowedNetworks,
    lookup: async () => found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });

describe('[D17] webhooks go to allowed addresses only', () => {
  test.each(['127.0.0.1', '10.1.2.3', '192.168.0.9', '172.31.255.1', '::1', 'fd12::5', '::ffff:10.0.0.1'])(
    '%s may be connected to',
    async (address) => {
      expect((await guardFor(address).pin('receiver.local')).address).toBe(address);
    },
  );

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '2001:db8::1',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    'fd00:ec2::254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '100.100.100.200',
  ])('%s is refused', async (address) => {
    await expect(guardFor(address).pin('receiver.local')).rejects.toThrow(AddressRefused);
  });

  test('metadata addresses stay refused when everything is allowed', () => {
    const guard = createAddressGuard({ allowedNetworks: ['0.0.0.0/0', '::/0'] });
    expect(guard.objection('8.8.8.8')).toBeNull();
    for (const address of ['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', '168.63.129.16'])
      expect(guard.objection(address)).toMatch(/never/);
  });

  test('of several addresses the one that is allowed is pinned, so a name cannot lead elsewhere', async () => {
    expect(await guardFor('169.254.169.254', '10.0.0.7').pin('rebound.example')).toEqual({
      address: '10.0.0.7',
      family: 4,
    });
  });

  test('addresses that are written in the URL are judged without a lookup', async () => {
    await expect(guardFor('10.0.0.7').pin('[fe80::1]')).rejects.toThrow(AddressRefused);
    expect(await guardFor('8.8.8.8').pin('[::1]')).toEqual({ address: '::1', family: 6 });
  });

  test.each(['10.0.0.0', '10.0.0.0/33', 'localhost/8', '10.0.0.0/x'])('%s is no network', (network) => {
    expect(() => createAddressGuard({ allowedNetworks: [network] })).toThrow(StartError);
  });

  test('[D11] two spellings of one address are one', () => {
    expect(sameAddress('http://A.local:80/x', 'http://a.local/x#drill')).toBe(true);
    expect(sameAddress('http://a.local/x', 'http://a.local/drill')).toBe(false);
  });
});
