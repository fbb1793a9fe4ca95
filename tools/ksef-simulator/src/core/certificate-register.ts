import type { SubjectIdentifier } from './context.js';

export type KsefCertificateType = 'Authentication' | 'Offline';

/** OpenAPI CertificateListItemStatus. Blocked lasts until a revocation is carried through. */
export const CERTIFICATE_STATUSES = ['Active', 'Blocked', 'Revoked', 'Expired'] as const;
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

export const REVOCATION_REASONS = ['Unspecified', 'Superseded', 'KeyCompromise'] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** One KSeF certificate and what became of it. Times are epoch milliseconds. */
export interface CertificateRecord {
  /** 16 upper-case hexadecimal digits. */
  readonly serialNumber: string;
  readonly type: KsefCertificateType;
  /** The name its owner gave it. */
  readonly name: string;
  readonly commonName: string;
  readonly owner: SubjectIdentifier;
  readonly der: Buffer;
  /** SHA-256, Base64, of the public key (SubjectPublicKeyInfo). */
  readonly publicKeyId: string;
  readonly requestedAt: number;
  readonly validFrom: number;
  /** Test data may move it forward; the certificate itself then says longer than KSeF does. */
  validTo: number;
  lastUsedAt?: number;
  revocation?: { state: 'Blocked' | 'Revoked'; readonly reason: RevocationReason };
}

/** Every certificate the simulated KSeF issued. */
export class CertificateRegister {
  readonly #records = new Map<string, CertificateRecord>();

  add(record: CertificateRecord): void {
    this.#records.set(record.serialNumber, record);
  }

  find(serialNumber: string): CertificateRecord | undefined {
    return this.#records.get(serialNumber);
  }

  /** Newest application first (OpenAPI, POST /certificates/query). */
  ownedBy(owner: SubjectIdentifier): readonly CertificateRecord[] {
    return [...this.#records.values()]
      .filter((record) => sameSubject(record.owner, owner))
      .reverse()
      .sort((a, b) => b.requestedAt - a.requestedAt);
  }

  countActive(owner: SubjectIdentifier, at: number): number {
    return this.ownedBy(owner).filter((record) => certificateStatus(record, at) === 'Active').length;
  }

  /** Whether somebody else has a certificate for the same public key. */
  knowsKeyOfAnother(publicKeyId: string, owner: SubjectIdentifier): boolean {
    return [...this.#records.values()].some(
      (record) => record.publicKeyId === publicKeyId && !sameSubject(record.owner, owner),
    );
  }
}

export function certificateStatus({ revocation, validTo }: CertificateRecord, at: number): CertificateStatus {
  if (revocation !== undefined) return revocation.state;
  return at > validTo ? 'Expired' : 'Active';
}

export function sameSubject(a: SubjectIdentifier, b: SubjectIdentifier): boolean {
  return a.type === b.type && a.value === b.value;
}
