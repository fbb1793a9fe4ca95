import { CERTIFICATE_STATUSES, REVOCATION_REASONS } from '../core/certificate-register.js';

/** Shapes of request bodies about certificates, after OpenAPI 2.6. */

const TYPES = ['Authentication', 'Offline'] as const;
const SERIAL = { type: 'string', pattern: '^[0-9A-F]{16}$' } as const;

export const ENROL_SCHEMA = {
  type: 'object',
  required: ['certificateName', 'certificateType', 'csr'],
  properties: {
    certificateName: {
      type: 'string',
      minLength: 5,
      maxLength: 100,
      pattern: '^[a-zA-Z0-9_ ąćęłńóśźżĄĆĘŁŃÓŚŹŻ-]+$',
    },
    certificateType: { enum: TYPES },
    csr: { type: 'string', minLength: 1, pattern: '^[A-Za-z0-9+/]*={0,2}$' },
    validFrom: { type: ['string', 'null'] },
  },
} as const;

export const RETRIEVE_SCHEMA = {
  type: 'object',
  required: ['certificateSerialNumbers'],
  properties: { certificateSerialNumbers: { type: 'array', minItems: 1, maxItems: 10, items: SERIAL } },
} as const;

export const QUERY_SCHEMA = {
  type: ['object', 'null'],
  properties: {
    certificateSerialNumber: { ...SERIAL, type: ['string', 'null'] },
    name: { type: ['string', 'null'] },
    type: { enum: [...TYPES, null] },
    status: { enum: [...CERTIFICATE_STATUSES, null] },
    expiresAfter: { type: ['string', 'null'] },
  },
} as const;

export const REVOKE_SCHEMA = {
  type: ['object', 'null'],
  properties: { revocationReason: { enum: [...REVOCATION_REASONS, null] } },
} as const;

const LIMIT = { type: ['integer', 'null'], minimum: 0 } as const;

export const SUBJECT_LIMITS_SCHEMA = {
  type: 'object',
  properties: {
    subjectIdentifierType: { enum: ['Nip', 'Pesel', 'Fingerprint'] },
    enrollment: { type: ['object', 'null'], properties: { maxEnrollments: LIMIT } },
    certificate: { type: ['object', 'null'], properties: { maxCertificates: LIMIT } },
  },
} as const;

export const SHORTEN_SCHEMA = {
  type: 'object',
  required: ['validTo'],
  properties: { validTo: { type: 'string' } },
} as const;
