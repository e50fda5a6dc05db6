import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { StartError } from '@kuzet/lib/lifecycle.ts';

/** Emergency receivers sit on the agency's own network; the open internet is for whoever configures it. */
export const defaultAllowedNetworks: readonly string[] = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
];

/** Never, whatever the configuration says: clouds' metadata services, link-local, unspecified, multicast, broadcast. */
const neverNetworks: readonly string[] = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'ff00::/8',
];

export interface PinnedAddress {
  address: string;
  family: 4 | 6;
}

export interface AddressGuard {
  /** Null when an address may be connected to, else why not. */
  objection(address: string): string | null;
  /**
   * Resolves a URL's host once and gives the one address to connect to.
   * @throws AddressRefused when no address of the host is allowed; the resolver's own error when there is none.
   */
  pin(hostname: string): Promise<PinnedAddress>;
}

export class AddressRefused extends Error {
  override name = 'AddressRefused';
}

export interface AddressGuardDeps {
  allowedNetworks: readonly string[];
  lookup?: (hostname: string) => Promise<readonly { address: string; family: number }[]>;
}

/** @throws StartError on an entry that is no CIDR network. */
export function createAddressGuard({ allowedNetworks, lookup }: AddressGuardDeps): AddressGuard {
  const allowed = toList(allowedNetworks);
  const never = toList(neverNetworks);
  const resolve = lookup ?? ((hostname: string) => systemLookup(hostname, { all: true, verbatim: true }));

  function objection(text: string): string | null {
    const address = unmapped(text);
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (never.check(address, family)) return `${text} is never sent to (link-local, metadata or no single host)`;
    return allowed.check(address, family) ? null : `${text} lies in none of dispatch.allowedNetworks`;
  }

  return {
    objection,
    async pin(hostname) {
      const host = hostname.replace(/^\[|\]$/g, '');
      const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host);
      const fit = found.find((candidate) => objection(candidate.address) === null);
      if (fit) return { address: fit.address, family: fit.family === 6 ? 6 : 4 };
      throw new AddressRefused(
        found.map((candidate) => objection(candidate.address)).join('; ') || `${host} has no address`,
      );
    },
  };
}

/** `::ffff:10.0.0.1` reaches 10.0.0.1, in whichever of its spellings. */
function unmapped(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted) return dotted;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (!hex) return address;
  const [high, low] = [Number.parseInt(hex[1] as string, 16), Number.parseInt(hex[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function toList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIP(address);
    const bits = Number(prefix);
    if (!family || !/^\d+$/.test(prefix) || bits > (family === 4 ? 32 : 128))
      throw new StartError(`dispatch.allowedNetworks: ${network} is no network such as 10.0.0.0/8 or fc00::/7`);
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Whether two addresses lead to the same request; the part behind # is never sent. */
export function sameAddress(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return a === b;
  const [first, second] = [new URL(a), new URL(b)];
  first.hash = '';
  second.hash = '';
  return first.href === second.href;
}
