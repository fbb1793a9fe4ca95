import { isIP } from 'node:net';

import { isLoopback } from '../ksef-adapter-options.js';
import { isPrivateAddress } from './private-address.js';

/** Headers that would carry our credentials, or break the message apart. */
const FORBIDDEN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Why an address that KSeF's answer names is not used, in words without the address; `undefined` when it may be
 * (reliability C16, S14). Allowed: the known origins, over https, or plain http on this machine when that is one of them.
 */
export function storageObjection(origins: ReadonlySet<string>, address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return 'not an address';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) return 'not https';
  if (url.username !== '' || url.password !== '') return 'an address with credentials';
  if (isPrivateHost(url) && !isLoopback(url)) return 'a private address';
  return origins.has(url.origin) ? undefined : `an origin that is not allowed: ${url.host.slice(0, 100)}`;
}

/** An address written out; a name is looked at when it is resolved. */
function isPrivateHost({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) !== 0 && isPrivateAddress(address);
}

/** Why prescribed headers are not sent. */
export function headerObjection(headers: Readonly<Record<string, string>>): string | undefined {
  const bad = Object.entries(headers).find(
    ([name, value]) =>
      FORBIDDEN_HEADERS.has(name.toLowerCase()) || !/^[A-Za-z0-9-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value),
  );
  return bad === undefined ? undefined : `the header ${bad[0].slice(0, 50)}`;
}
