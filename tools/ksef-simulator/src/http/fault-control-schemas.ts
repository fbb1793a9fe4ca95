import { CALL_FAULTS, FAULT_KINDS } from '../faults/fault-kinds.js';
import { FAULT_PROFILES } from '../faults/fault-profile.js';
import { INCIDENT_NAMES } from '../faults/incidents.js';
import { ENDPOINT_GROUPS } from '../limits/endpoints.js';

/** Shapes of the bodies of the control API that are about faults and timelines. */

const TIMES = { type: 'integer', minimum: 1 } as const;
const RATE = { type: 'number', minimum: 0, maximum: 1 } as const;
const SEED = { type: 'string', minLength: 1, maxLength: 64 } as const;

const rates = (kinds: readonly string[]) =>
  ({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(kinds.map((kind) => [kind, RATE])),
  }) as const;

export const PROFILE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    seed: SEED,
    profile: {
      anyOf: [
        { enum: Object.keys(FAULT_PROFILES) },
        {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'rates'],
          properties: {
            name: { type: 'string', minLength: 1 },
            rates: rates(FAULT_KINDS),
            groups: {
              type: 'object',
              additionalProperties: false,
              properties: Object.fromEntries(ENDPOINT_GROUPS.map((group) => [group, rates(Object.keys(CALL_FAULTS))])),
            },
            hangMs: { type: 'integer', minimum: 0 },
          },
        },
      ],
    },
  },
} as const;

export const FAULT_ORDER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: {
    kind: { enum: FAULT_KINDS },
    groups: { type: 'array', minItems: 1, items: { enum: ENDPOINT_GROUPS } },
    times: TIMES,
    after: { type: 'integer', minimum: 0 },
    httpStatus: { type: 'integer', minimum: 500, maximum: 599 },
    code: { type: 'integer', minimum: 1 },
    durationMs: { type: 'integer', minimum: 0 },
  },
} as const;

export const INCIDENT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { enum: INCIDENT_NAMES }, times: TIMES },
} as const;

export const RELEASE_SCHEMA = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { name: { type: 'string', minLength: 1 } },
} as const;

export const ROTATION_SCHEMA = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    usage: { enum: ['SymmetricKeyEncryption', 'KsefTokenEncryption'] },
    old: { enum: ['withdrawn', 'kept'] },
  },
} as const;

export const TIMELINE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  oneOf: [{ required: ['name'] }, { required: ['yaml'] }],
  properties: { name: { type: 'string', minLength: 1 }, yaml: { type: 'string', minLength: 1 } },
} as const;
