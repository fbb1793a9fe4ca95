import type { Brand } from '../shared/brand.js';
import { err, ok, type Result } from '../shared/result.js';

/** An address as SMTP takes it without extensions: ASCII, at most 254 characters, no quoting, a dot in its domain. */
export type EmailAddress = Brand<string, 'EmailAddress'>;

export interface InvalidEmailAddress {
  readonly code: 'EMAIL_ADDRESS_INVALID';
}

const LONGEST = 254;
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/;

/** @see RFC 5321 §4.1.2, without the forms that nobody sends invoices to */
export function parseEmailAddress(text: string): Result<EmailAddress, InvalidEmailAddress> {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  const isGood = at > 0 && at <= 64 && text.length <= LONGEST && LOCAL.test(local) && DOMAIN.test(domain);
  return isGood ? ok(text as EmailAddress) : err({ code: 'EMAIL_ADDRESS_INVALID' });
}
