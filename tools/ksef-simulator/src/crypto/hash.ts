import { createHash } from 'node:crypto';

/** SHA-256 as padded Base64, 44 characters: the form of every hash in the API. */
export function sha256Base64(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
