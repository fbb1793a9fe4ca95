import { fromBase64 } from '../shared/base64.js';

/**
 * Reads Base64URL without padding (RFC 4648 section 5), the form of hash and signature in the links; `undefined` when the
 * text is not exactly that, also when unused bits of its last character are set.
 */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const padding = '='.repeat((4 - (text.length % 4)) % 4);
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/') + padding);
}
