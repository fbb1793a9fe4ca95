import type { BatchId, SealedPackage } from '../batch/batch.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Certificate, CertificateId } from './certificate.js';

/**
 * A box as it rests in the database, with what its label is made of. In every format of a box bytes 1 to 4 are the version of
 * its key-encryption key, big-endian.
 */
export type StoredBox =
  | {
      /** Of a certificate, or of the one that is applied for. */
      readonly kind: 'certificate';
      readonly tenant: TenantId;
      readonly id: CertificateId;
      readonly purpose: Certificate['purpose'];
      readonly box: Uint8Array;
    }
  | {
      readonly kind: 'session-key';
      readonly tenant: TenantId;
      readonly id: BatchId;
      readonly declared: Pick<SealedPackage, 'sha256' | 'initializationVector'>;
      readonly box: Uint8Array;
    }
  | {
      /** Signs what is posted to a webhook. */
      readonly kind: 'webhook-secret';
      readonly tenant: TenantId;
      readonly id: string;
      readonly box: Uint8Array;
    };

/** Every box of every tenant: for the rotation and the proof of key-encryption keys, and nothing else. */
export interface SealedBoxes {
  /** Boxes of one kind in the order of tenant and id, after one that was given before. */
  page(kind: StoredBox['kind'], after: StoredBox | undefined, limit: number): Promise<readonly StoredBox[]>;

  /** Boxes of one kind under one version of the key-encryption key; what was stored last comes first. */
  newest(kind: StoredBox['kind'], keyVersion: number, limit: number): Promise<readonly StoredBox[]>;

  /**
   * Puts `box` in the place of the one that was read, in a transaction of its own.
   *
   * @returns `replaced`; `gone` when the row has another box by now, or none; `busy` when a worker holds the row and
   *   could write the old box back
   */
  replace(stored: StoredBox, box: Uint8Array): Promise<'replaced' | 'gone' | 'busy'>;
}

/** Moves boxes to the current key-encryption key; what they hold stays as it is. */
export interface BoxRewrapper {
  /**
   * @returns the box under the current version; `undefined` when it is already, and opens
   * @throws SecretBoxError when it cannot be opened with any key there is, or when the current key opens nothing of what is
   *   stored under its version
   */
  rewrap(box: Uint8Array, label: string): Promise<Uint8Array | undefined>;
}
