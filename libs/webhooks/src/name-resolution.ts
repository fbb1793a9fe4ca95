import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIPv4 } from 'node:net';
import { mayBePostedTo, type AddressRules } from './webhook-url.js';

/** All addresses of a name, of both families. @throws when there are none, or nobody says so */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/** A name that leads, also, to a network that is not the Internet. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/**
 * Asks the name servers directly: the resolver of the system would keep one of the process's few threads for as long as a
 * hostile server likes, and hosts files and search lists are none of a receiver's business.
 */
export function dnsResolution(timeoutMs: number): ResolveName {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  return async (hostname) => {
    const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (addresses.length === 0) throw new Error('a name without addresses');
    return addresses;
  };
}

/** The addresses of a name, if all of them may be posted to. @throws PrivateAddressError */
export async function allowedAddresses(
  hostname: string,
  resolve: ResolveName,
  rules: AddressRules,
): Promise<readonly string[]> {
  const isHere = hostname === 'localhost' && rules.allowLoopback;
  const addresses = isHere ? ['127.0.0.1', '::1'] : await resolve(hostname);
  if (!addresses.every((address) => mayBePostedTo(address, rules))) {
    throw new PrivateAddressError('a name that leads to a private address');
  }
  return addresses;
}

/** For a connection: what was looked at is what is connected to (reliability S14). */
export function allowedLookup(resolve: ResolveName, rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    allowedAddresses(hostname.replace(/\.$/, ''), resolve, rules).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
        const [first] = found;
        if (options.all === true) callback(null, found);
        else callback(first === undefined ? new Error('no address') : null, first?.address ?? '', first?.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error('not an error object'), '');
      },
    );
  };
}
