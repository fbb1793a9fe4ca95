import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIPv4, type LookupFunction } from 'node:net';

/** Networks that are not the Internet (RFC 6890 and its registries): this machine, its neighbours, a cloud's metadata. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address is in no network that belongs to the Internet. An IPv4 address in IPv6 counts as what it is. */
export function isPrivateAddress(address: string): boolean {
  return NOT_PUBLIC.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** `code` of the error when a name leads to a private address; it is in no message of the system. */
export const PRIVATE_ADDRESS = 'LATARNIK_PRIVATE_ADDRESS';

/**
 * Resolves a name for a connection, to public addresses only: what was looked at is what is connected to, so a name that
 * changes in between gains nothing (S14).
 * @param known names that may lead anywhere: a simulator on this machine
 */
export function publicAddressesOnly(known: ReadonlySet<string>, from: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    from(hostname, all, (error, found: LookupAddress[]) => {
      const addresses = error === null ? found : [];
      if (error !== null) {
        callback(error, '');
      } else if (!known.has(hostname) && addresses.some(({ address }) => isPrivateAddress(address))) {
        callback(Object.assign(new Error('a name that leads to a private address'), { code: PRIVATE_ADDRESS }), '');
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
      }
    });
  };
}
