import type { KeyEncryptionKeys } from '@latarnik/domain';
import { EnvelopeSecretBox } from '../secret-box/envelope-secret-box.js';
import { LocalKeyEncryptionKeys, type KeyRing } from '../secret-box/local-key-encryption-keys.js';

type Entry = readonly [version: number, key: Uint8Array];

/** The ring a process would read: with bytes of its own, which it may overwrite. */
export const ringOf = (currentVersion: number, ...keys: readonly Entry[]): KeyRing => ({
  currentVersion,
  byVersion: new Map(keys.map(([version, key]) => [version, Uint8Array.from(key)])),
});

export const keysOf = (currentVersion: number, ...keys: readonly Entry[]): KeyEncryptionKeys =>
  new LocalKeyEncryptionKeys(() => Promise.resolve(ringOf(currentVersion, ...keys)));

export const boxWith = (currentVersion: number, ...keys: readonly Entry[]): EnvelopeSecretBox =>
  new EnvelopeSecretBox(keysOf(currentVersion, ...keys));
