import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** What is not the open internet: our own machines, the cloud's metadata service, and space that nobody may answer from. */
const notPublic = new BlockList();
const subnets: [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'], // Carriers, and the metadata services of some clouds.
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'], // Unspecified, loopback, and IPv4 addresses in an old dress.
  ['64:ff9b::', 96, 'ipv6'], // The same, by translators.
  ['2002::', 16, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 9, 'ipv6'], // Link-local, and the site-local of old.
  ['ff00::', 8, 'ipv6'],
];
for (const subnet of subnets) notPublic.addSubnet(...subnet);

/** An IPv6 address that wraps an IPv4 one counts as that one. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && !notPublic.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** Our own machine, by an address or by the one name that can mean nothing else. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

export class PrivateAddress extends Error {
  override name = 'PrivateAddress';
}

type Resolve = (host: string, found: (error: Error | null, addresses: LookupAddress[]) => void) => void;
const system: Resolve = (host, found) => lookup(host, { all: true }, found);

/**
 * A look-up for sockets that fails with `PrivateAddress` when a name leads into space that is not public. It is the very
 * look-up that the connection is made with, so a name cannot answer differently a moment later.
 */
export function publicLookup(resolve: Resolve = system): LookupFunction {
  return (host, options, done) =>
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? new Error('the name has no address'), '');
      const mayBe = (address: string): boolean => (isLoopback(host) ? isLoopback(address) : isPublicAddress(address));
      if (!addresses.every(({ address }) => mayBe(address))) {
        return done(new PrivateAddress('the name leads to an address that is not public'), '');
      }

      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
}
