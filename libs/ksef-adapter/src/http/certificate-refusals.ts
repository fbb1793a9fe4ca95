import type { CertificateCallRefusal, CertificateRefusal, CertificateRefusalCode } from '@latarnik/domain';

import { hasCode, type Refusal } from './error-body.js';
import { callRefusal } from './refusals.js';

/** KSeF's codes about certificates (domain rules 5, OpenAPI). */
const NAMES = new Map<number, CertificateRefusalCode>([
  [25001, 'ENROLMENT_DATA_UNAVAILABLE'],
  [25002, 'ENROLMENT_NOT_ALLOWED'],
  [25003, 'CSR_SUBJECT_DIFFERS'],
  [25004, 'CSR_UNREADABLE'],
  [25005, 'ENROLMENT_UNKNOWN'],
  [25006, 'ENROLMENT_LIMIT_REACHED'],
  [25007, 'CERTIFICATE_LIMIT_REACHED'],
  [25008, 'CERTIFICATE_UNKNOWN'],
  [25009, 'CERTIFICATE_NOT_ACTIVE'],
  [25010, 'KEY_NOT_ALLOWED'],
  [25011, 'CSR_SIGNATURE_NOT_ALLOWED'],
]);

/** The first code about certificates, by its name; undefined when there is none. */
export function certificateRefusal({ codes, description }: Refusal): CertificateRefusal | undefined {
  const ksefCode = codes.find((known) => NAMES.has(known));
  const code = ksefCode === undefined ? undefined : NAMES.get(ksefCode);
  return ksefCode === undefined || code === undefined ? undefined : { code, ksefCode, description };
}

export const certificateCallRefusal = (refusal: Refusal): CertificateCallRefusal =>
  certificateRefusal(refusal) ?? callRefusal(refusal);

export const isEnrolmentUnknown = (refusal: Refusal): boolean => hasCode(refusal, 25005);
export const isForgotten = ({ httpStatus }: Refusal): boolean => httpStatus === 410;
