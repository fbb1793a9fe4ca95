import type {
  Certificate,
  CertificateId,
  CertificateSerial,
  ContextIdentifier,
  SealedKey,
  TenantId,
} from '@latarnik/domain';
import { remoteOf, revocationOf } from './certificate-at-ksef.mapper.js';
import { CertificateRecord } from './certificate.record.js';

/** As it is taken in: KSeF's word and wishes to revoke it come later. */
export function toRecord(
  tenant: TenantId,
  { context, remote: _remote, revocation: _revocation, ...certificate }: Certificate,
): CertificateRecord {
  return Object.assign(new CertificateRecord(), {
    ...certificate,
    tenantId: tenant,
    contextType: context.type,
    contextValue: context.value,
    retiredAt: certificate.retiredAt ?? null,
  });
}

/** The row was checked when it was written. */
export function toCertificate(record: CertificateRecord): Certificate {
  const certificate: Certificate = {
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
  const remote = remoteOf(record);
  const revocation = revocationOf(record);
  return {
    ...certificate,
    ...(record.retiredAt === null ? {} : { retiredAt: record.retiredAt }),
    ...(remote === undefined ? {} : { remote }),
    ...(revocation === undefined ? {} : { revocation }),
  };
}
