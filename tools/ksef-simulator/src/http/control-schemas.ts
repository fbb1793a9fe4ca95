import { CONTEXT_TYPES } from '../core/context.js';
import { OUTAGE_MANNERS } from '../core/reachability.js';
import { OUTAGE_CATEGORIES } from '../latarnia/board.js';

/** Shapes of the bodies of the control API. Times are ISO 8601. */

const TIME = { type: 'string', format: 'date-time' } as const;
const MANNER = { enum: OUTAGE_MANNERS } as const;
const NIP = { type: 'string', pattern: '^\\d{10}$' } as const;

export const CERTIFICATE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  oneOf: [{ required: ['nip'] }, { required: ['pesel'] }],
  properties: {
    type: { enum: ['Authentication', 'Offline'] },
    nip: NIP,
    pesel: { type: 'string', pattern: '^\\d{11}$' },
    keyType: { enum: ['EC', 'RSA'] },
    subjectName: { type: 'string', minLength: 1, maxLength: 64 },
    validFrom: TIME,
    validTo: TIME,
  },
} as const;

export const ISSUER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['context', 'sellerNip'],
  properties: {
    context: {
      type: 'object',
      required: ['type', 'value'],
      properties: { type: { enum: CONTEXT_TYPES }, value: { type: 'string', minLength: 1 } },
    },
    sellerNip: NIP,
  },
} as const;

export const OUTAGE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['category'],
  properties: {
    category: { enum: OUTAGE_CATEGORIES },
    announce: { type: 'boolean' },
    unreachable: { type: 'boolean' },
    start: TIME,
    end: TIME,
    title: { type: 'string', minLength: 1 },
    manner: MANNER,
  },
} as const;

export const OUTAGE_END_SCHEMA = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { end: TIME },
} as const;

export const OUTAGE_CORRECTION_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    start: TIME,
    end: TIME,
    title: { type: 'string', minLength: 1 },
    text: { type: 'string', minLength: 1 },
  },
} as const;

export const REACHABILITY_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['reachable'],
  properties: { reachable: { type: 'boolean' }, manner: MANNER },
} as const;

const DURATION = { type: 'integer', minimum: 0 } as const;
const COUNT = { type: 'integer', minimum: 1 } as const;

export const SETTINGS_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    processingDelayMs: DURATION,
    accessTokenTtlMs: DURATION,
    refreshTokenTtlMs: DURATION,
    challengeTtlMs: DURATION,
    strictNip: { type: 'boolean' },
    allowSelfSigned: { type: 'boolean' },
    partVerification: { enum: ['at-upload', 'at-close'] },
    uploadWindowPerPartMs: DURATION,
    sessionLifeMs: DURATION,
    invoicesPerSession: COUNT,
    upoPageSize: COUNT,
    upoLinkTtlMs: DURATION,
    permanentStorageDelayMs: COUNT,
    rateLimits: { enum: ['off', 'published'] },
    storageRules: { enum: ['azure', 'lenient'] },
    enrolmentOutcome: { enum: ['issued', 'unknown-error', 'cancelled'] },
  },
} as const;

export const ADVANCE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['ms'],
  properties: { ms: DURATION },
} as const;
