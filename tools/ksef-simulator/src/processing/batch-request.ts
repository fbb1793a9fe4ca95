import { KsefRefusal, refuse, type ErrorCode } from '../core/refusals.js';
import type { FormCode } from '../core/session.js';
import type { EncryptionKeys } from '../crypto/public-keys.js';

/** Body of POST /sessions/batch, after the shape was checked. */
export interface BatchRequest {
  readonly formCode: FormCode;
  readonly batchFile: {
    readonly fileSize: number;
    readonly fileHash: string;
    readonly compressionType?: 'Zip' | 'TarGz' | null;
    readonly fileParts: readonly {
      readonly ordinalNumber: number;
      readonly fileSize: number;
      readonly fileHash: string;
    }[];
  };
  readonly encryption: EncryptionRequest;
  readonly offlineMode?: boolean;
}

/** How the client wrapped its key. */
export interface EncryptionRequest {
  readonly encryptedSymmetricKey: string;
  readonly initializationVector: string;
  readonly publicKeyId?: string | null;
}

export const PARTS_LIMIT = 50;
/** 100 000 000 bytes before encryption, a multiple of the block; padding adds one block. */
export const ENCRYPTED_PART_LIMIT_BYTES = 100_000_016;

/** @throws {KsefRefusal} with every fault found: 21405, 21157, 21161, 21470 */
export function checkBatchRequest({ formCode, batchFile, encryption }: BatchRequest, keys: EncryptionKeys): void {
  checkFormCode(formCode);
  checkEncryption(encryption, keys);
  const faults: (readonly [ErrorCode, string])[] = [];
  const { fileParts } = batchFile;
  if (fileParts.length > PARTS_LIMIT) {
    faults.push([21161, `Liczba części ${String(fileParts.length)} przekracza ${String(PARTS_LIMIT)}.`]);
  }
  for (const { ordinalNumber, fileSize } of fileParts) {
    if (fileSize > ENCRYPTED_PART_LIMIT_BYTES) {
      faults.push([21157, `Rozmiar części ${String(ordinalNumber)} przekroczył dozwolony rozmiar 100MB.`]);
    }
  }
  const ordinals = new Set(fileParts.map(({ ordinalNumber }) => ordinalNumber));
  if (ordinals.size !== fileParts.length || Math.max(...ordinals) !== fileParts.length) {
    faults.push([21405, 'Numery części muszą być kolejne, od 1.']);
  }
  if (faults.length > 0) throw new KsefRefusal(...faults);
}

/** @throws {KsefRefusal} 21405 for a form the simulator does not take: anything but FA (3) 1-0E */
export function checkFormCode({ systemCode, schemaVersion, value }: FormCode): void {
  if (systemCode === 'FA (3)' && schemaVersion === '1-0E' && value === 'FA') return;
  throw refuse(21405, 'Wskazany kod formularza nie jest wspierany.');
}

/** @throws {KsefRefusal} 21470 for an unknown key, 21405 for a vector that has not 16 octets */
export function checkEncryption({ initializationVector, publicKeyId }: EncryptionRequest, keys: EncryptionKeys): void {
  if (publicKeyId !== undefined && publicKeyId !== null && !keys.knows(publicKeyId)) {
    throw refuse(21470, `Klucz o identyfikatorze ${publicKeyId} nie jest wspierany.`);
  }
  if (Buffer.from(initializationVector, 'base64').length !== 16) {
    throw refuse(21405, 'Wektor inicjalizujący musi mieć 16 bajtów.');
  }
}
