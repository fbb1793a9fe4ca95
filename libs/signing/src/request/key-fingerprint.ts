import { createHash, type KeyObject } from 'node:crypto';
import type { KeyFingerprint } from '@latarnik/domain';

/** SubjectPublicKeyInfo, DER. */
export const spkiOf = (publicKey: KeyObject): Uint8Array =>
  Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }));

export const keyFingerprint = (publicKey: KeyObject): KeyFingerprint =>
  createHash('sha256').update(spkiOf(publicKey)).digest('base64') as KeyFingerprint;
