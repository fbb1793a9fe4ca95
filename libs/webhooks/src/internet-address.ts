import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks of IPv4 that are not the Internet (IANA IPv4 Special-Purpose Address Registry, RFC 6890). */
const NOT_INTERNET_4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_INTERNET_4.addSubnet(network, prefix, 'ipv4');
}

/** All that is given out as global unicast (RFC 4291 section 2.4): mapped, NAT64, ULA, link-local, multicast lie outside. */
const GLOBAL_UNICAST_6 = new BlockList();
GLOBAL_UNICAST_6.addSubnet('2000::', 3, 'ipv6');

/** Within it, what leads elsewhere or nowhere: Teredo and other protocols, 6to4, documentation. */
const NOT_INTERNET_6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_INTERNET_6.addSubnet(network, prefix, 'ipv6');
}

const LOOPBACK_4 = new BlockList();
LOOPBACK_4.addSubnet('127.0.0.0', 8, 'ipv4');

/** Whether an address is on the Internet; what is not surely so, or is no address, is not. */
export function isInternetAddress(address: string): boolean {
  if (isIPv4(address)) return !NOT_INTERNET_4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return GLOBAL_UNICAST_6.check(address, 'ipv6') && !NOT_INTERNET_6.check(address, 'ipv6');
}

/** Whether an address is this machine, in its own words: an IPv4 address in IPv6 is not. */
export function isLoopbackAddress(address: string): boolean {
  return isIPv4(address) ? LOOPBACK_4.check(address, 'ipv4') : address === '::1';
}
