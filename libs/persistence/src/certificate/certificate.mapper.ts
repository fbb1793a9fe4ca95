import type {
  Certificate,
  CertificateId,
  CertificateSerial,
  ContextIdentifier,
  SealedKey,
  TenantId,
} from '@latarnik/domain';
import { CertificateRecord } from './certificate.record.js';

export function toRecord(tenant: TenantId, { context, ...certificate }: Certificate): CertificateRecord {
  return Object.assign(new CertificateRecord(), {
    ...certificate,
    tenantId: tenant,
    contextType: context.type,
    contextValue: context.value,
  });
}

/** The row was checked when it was written. */
export function toCertificate(record: CertificateRecord): Certificate {
  return {
    id: record.id as CertificateId,
    context: { type: record.contextType, value: record.contextValue } as ContextIdentifier,
    purpose: record.purpose as Certificate['purpose'],
    serial: record.serial as CertificateSerial,
    keyAlgorithm: record.keyAlgorithm as Certificate['keyAlgorithm'],
    der: record.der,
    subject: record.subject,
    notBefore: record.notBefore,
    notAfter: record.notAfter,
    sealedKey: record.sealedKey as SealedKey,
  };
}
