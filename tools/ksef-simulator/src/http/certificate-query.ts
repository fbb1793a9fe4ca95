import type { FastifyRequest } from 'fastify';

import {
  type CertificateRecord,
  type CertificateStatus,
  certificateStatus,
  type KsefCertificateType,
} from '../core/certificate-register.js';
import { bodyTimestamp, queryInteger } from './requests.js';

/** What POST /certificates/query can be narrowed to (OpenAPI QueryCertificatesRequest). */
export interface CertificateQuery {
  readonly certificateSerialNumber?: string | null;
  /** Any part of the name. */
  readonly name?: string | null;
  readonly type?: KsefCertificateType | null;
  readonly status?: CertificateStatus | null;
  readonly expiresAfter?: string | null;
}

/** One page of the certificates that pass every criterion; pages are numbered from 0. @throws {KsefRefusal} 21405 */
export function queryCertificates(
  records: readonly CertificateRecord[],
  request: FastifyRequest<{ Body: CertificateQuery | null | undefined }>,
  at: number,
): { readonly found: readonly CertificateRecord[]; readonly hasMore: boolean } {
  const { certificateSerialNumber: serial, name, type, status, expiresAfter } = request.body ?? {};
  const expiresAfterMs = bodyTimestamp('expiresAfter', expiresAfter) ?? -Infinity;
  const size = queryInteger(request, 'pageSize', { min: 10, max: 50, fallback: 10 });
  const start = size * queryInteger(request, 'pageOffset', { min: 0, max: 100_000, fallback: 0 });
  const matching = records.filter(
    (record) =>
      record.serialNumber === (serial ?? record.serialNumber) &&
      record.name.includes(name ?? '') &&
      record.type === (type ?? record.type) &&
      certificateStatus(record, at) === (status ?? certificateStatus(record, at)) &&
      record.validTo > expiresAfterMs,
  );
  return { found: matching.slice(start, start + size), hasMore: matching.length > start + size };
}
