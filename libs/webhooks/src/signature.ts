import { createHmac, timingSafeEqual } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const VERSION = 'v1';

/**
 * The three headers of Standard Webhooks (specification 1.0.0, "Symmetric signatures"): one signature for each secret, so
 * that a receiver may change over.
 * @param timestamp seconds since 1970
 */
export function signatureHeaders(
  id: string,
  timestamp: number,
  body: string,
  secrets: readonly Uint8Array[],
): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => `${VERSION},${signature(secret, id, timestamp, body)}`).join(' '),
  };
}

/** A message that is not what it claims to be; `reason` is for a log, and nothing for the sender. */
export type WebhookVerdict = { readonly genuine: true } | { readonly genuine: false; readonly reason: string };

/**
 * What a receiver does with a message before anything else: that it was signed with the secret, and not long ago.
 * @param headers with names in lower case
 * @param body the bytes as they came
 * @param nowSeconds since 1970
 * @param toleranceSeconds how old, or how far ahead, a message may be
 */
export function verifyWebhook(
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  nowSeconds: number,
  toleranceSeconds = 300,
): WebhookVerdict {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (id === undefined || timestamp === undefined || signatures === undefined) {
    return { genuine: false, reason: 'a header is missing' };
  }
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - nowSeconds) > toleranceSeconds) {
    return { genuine: false, reason: 'it is too old, or from the future' };
  }
  const key = Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, 'base64');
  const expected = Buffer.from(signature(key, id, Number(timestamp), body));
  const isSigned = signatures.split(' ').some((each) => {
    const [version, text = ''] = each.split(',');
    const given = Buffer.from(text);
    return version === VERSION && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isSigned ? { genuine: true } : { genuine: false, reason: 'no signature fits' };
}

const signature = (secret: Uint8Array, id: string, timestamp: number, body: string): string =>
  createHmac('sha256', secret)
    .update(`${id}.${String(timestamp)}.${body}`, 'utf8')
    .digest('base64');
