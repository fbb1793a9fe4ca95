import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SecretBoxError } from '@latarnik/domain';
import { LARGEST_VERSION, type KeyRing } from './local-key-encryption-keys.js';
import { keyOfText, readKeyEncryptionKey } from './read-key-encryption-key.js';

/** Where key-encryption keys come from. */
export type KeyEncryptionKeySource =
  /** One key, version 1. */
  | { readonly kind: 'file'; readonly path: string }
  /** A file for each version, named by it; the highest is current. */
  | { readonly kind: 'directory'; readonly path: string }
  /** One key as Base64 or hexadecimal text, version 1; behind a function, so that printing the source does not show it. */
  | { readonly kind: 'text'; readonly name: string; readonly reveal: () => string };

/** The version of a key that is given alone; its file may become the file `1` of a directory. */
const ONLY_VERSION = 1;
const MOST_VERSIONS = 100;

/** @throws SecretBoxError that names the file or variable, and nothing that is in it */
export async function readKeyRing(source: KeyEncryptionKeySource): Promise<KeyRing> {
  switch (source.kind) {
    case 'file':
      return ringOf([[ONLY_VERSION, await readKeyEncryptionKey(source.path)]]);
    case 'text':
      return ringOf([[ONLY_VERSION, keyOfText(source.name, source.reveal())]]);
    case 'directory':
      return ringOf(await keysIn(source.path));
  }
}

async function keysIn(directory: string): Promise<readonly (readonly [number, Uint8Array])[]> {
  const names = await namesIn(directory);
  const versions = names.map((name) => versionOf(directory, name)).sort((a, b) => a - b);
  if (versions.length === 0) throw new SecretBoxError(`there is no key-encryption key in ${directory}`);
  if (versions.length > MOST_VERSIONS) throw new SecretBoxError(`more than ${MOST_VERSIONS} keys in ${directory}`);
  return Promise.all(
    versions.map(async (version) => [version, await readKeyEncryptionKey(join(directory, String(version)))] as const),
  );
}

/** Names that begin with a dot are of the system that mounts the directory. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    throw new SecretBoxError(`the directory of key-encryption keys ${directory} cannot be read`, { cause: error });
  }
}

/** A misspelt name is not passed over: the key in it may be the current one. */
function versionOf(directory: string, name: string): number {
  const version = /^[1-9]\d{0,9}$/.test(name) ? Number(name) : 0;
  if (version < 1 || version > LARGEST_VERSION) {
    throw new SecretBoxError(`${join(directory, name)} is not named by the version of a key-encryption key (1, 2, …)`);
  }
  return version;
}

const ringOf = (keys: readonly (readonly [number, Uint8Array])[]): KeyRing => ({
  currentVersion: Math.max(...keys.map(([version]) => version)),
  byVersion: new Map(keys),
});
