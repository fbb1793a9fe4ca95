import { err, ok, type Result, type WebhookUrlRefusal } from '@latarnik/domain';
import { isIP } from 'node:net';
import { isInternetAddress, isLoopbackAddress } from './internet-address.js';

/** As long as the database takes. */
const LONGEST = 2000;

/** Which addresses may be posted to. */
export interface AddressRules {
  /** This machine too, and by http: for tests and demonstrations. */
  readonly allowLoopback: boolean;
}

export const mayBePostedTo = (address: string, { allowLoopback }: AddressRules): boolean =>
  isInternetAddress(address) || (allowLoopback && isLoopbackAddress(address));

/** Reads an address as far as it can be judged without asking anybody. Numbers in any spelling count as what they are. */
export function readWebhookUrl(text: string, rules: AddressRules): Result<URL, WebhookUrlRefusal> {
  const url = text.length > LONGEST ? null : URL.parse(text);
  const reason = url === null ? `It is no address of at most ${String(LONGEST)} characters.` : faultIn(url, rules);
  if (url === null || reason !== undefined) return err({ code: 'WEBHOOK_URL_INVALID', reason: reason ?? '' });
  const host = hostOf(url);
  if (isIP(host) !== 0 && !mayBePostedTo(host, rules)) return err({ code: 'WEBHOOK_URL_PRIVATE' });
  return ok(url);
}

function faultIn(url: URL, { allowLoopback }: AddressRules): string | undefined {
  if (url.username !== '' || url.password !== '') return 'It must not name a user or a password.';
  if (url.hash !== '') return 'It must not have a fragment.';
  const host = hostOf(url);
  const isHere = host === 'localhost' || isLoopbackAddress(host);
  const isHttpHere = url.protocol === 'http:' && isHere && allowLoopback;
  return url.protocol === 'https:' || isHttpHere ? undefined : 'It must begin with https://.';
}

/** Without the brackets of IPv6 and the dot of the root. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
