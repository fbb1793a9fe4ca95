import type { FastifyInstance } from 'fastify';

import { CONTEXT_TYPES, type ContextIdentifier, type SubjectIdentifier } from '../core/context.js';
import { type Permission, PERMISSIONS } from '../core/permissions.js';
import type { TestPerson, TestSubject } from '../core/test-subjects.js';
import type { SimulatorState } from '../simulator-state.js';

interface GrantRequest {
  readonly contextIdentifier: ContextIdentifier;
  readonly authorizedIdentifier: SubjectIdentifier;
  readonly permissions: readonly { readonly permissionType: Permission }[];
}

interface BlockRequest {
  readonly contextIdentifier: ContextIdentifier;
}

const IDENTIFIERS = {
  contextIdentifier: {
    type: 'object',
    required: ['type', 'value'],
    properties: { type: { enum: ['Nip'] }, value: { type: 'string', minLength: 10, maxLength: 10 } },
  },
  authorizedIdentifier: {
    type: 'object',
    required: ['type', 'value'],
    properties: {
      type: { enum: ['Nip', 'Pesel', 'Fingerprint'] },
      value: { type: 'string', minLength: 10, maxLength: 64 },
    },
  },
} as const;

const GRANT_SCHEMA = {
  type: 'object',
  required: ['contextIdentifier', 'authorizedIdentifier', 'permissions'],
  properties: {
    ...IDENTIFIERS,
    permissions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['description', 'permissionType'],
        properties: {
          description: { type: 'string', minLength: 5, maxLength: 256 },
          permissionType: { enum: PERMISSIONS },
        },
      },
    },
  },
} as const;

const REVOKE_SCHEMA = {
  type: 'object',
  required: ['contextIdentifier', 'authorizedIdentifier'],
  properties: IDENTIFIERS,
} as const;

const NIP = { type: 'string', pattern: '^[1-9]((\\d[1-9])|([1-9]\\d))\\d{7}$' } as const;
const DESCRIPTION = { type: 'string', minLength: 5, maxLength: 256 } as const;

const NIP_SCHEMA = {
  type: 'object',
  required: ['nip'],
  properties: { nip: NIP },
} as const;

const UNIT = {
  type: 'object',
  required: ['subjectNip', 'description'],
  properties: { subjectNip: NIP, description: DESCRIPTION },
} as const;

const SUBJECT_SCHEMA = {
  type: 'object',
  required: ['subjectNip', 'subjectType', 'description'],
  properties: {
    subjectNip: NIP,
    subjectType: { enum: ['EnforcementAuthority', 'VatGroup', 'JST'] },
    subunits: { type: ['array', 'null'], items: UNIT },
    description: DESCRIPTION,
    createdDate: { type: ['string', 'null'] },
  },
} as const;

const PERSON_SCHEMA = {
  type: 'object',
  required: ['nip', 'pesel', 'isBailiff', 'description'],
  properties: {
    nip: NIP,
    pesel: {
      type: 'string',
      pattern: '^\\d{2}(?:0[1-9]|1[0-2]|2[1-9]|3[0-2]|4[1-9]|5[0-2]|6[1-9]|7[0-2]|8[1-9]|9[0-2])\\d{7}$',
    },
    isBailiff: { type: 'boolean' },
    description: DESCRIPTION,
    isDeceased: { type: 'boolean' },
    createdDate: { type: ['string', 'null'] },
  },
} as const;

const BLOCK_SCHEMA = {
  type: 'object',
  required: ['contextIdentifier'],
  properties: {
    contextIdentifier: {
      type: 'object',
      required: ['type', 'value'],
      properties: { type: { enum: CONTEXT_TYPES }, value: { type: 'string', minLength: 1 } },
    },
  },
} as const;

/** The official test-data operations about subjects, permissions, attachments and blocked contexts. */
export function registerTestDataRoutes(app: FastifyInstance, state: SimulatorState): void {
  registerPermissionRoutes(app, state);
  registerSubjectRoutes(app, state);
}

function registerSubjectRoutes(app: FastifyInstance, { logins, testSubjects }: SimulatorState): void {
  app.post<{ Body: TestSubject }>('/testdata/subject', { schema: { body: SUBJECT_SCHEMA } }, (request, reply) => {
    testSubjects.addSubject(request.body);
    return reply.code(200).send();
  });

  app.post<{ Body: { subjectNip: string } }>(
    '/testdata/subject/remove',
    { schema: { body: { type: 'object', required: ['subjectNip'], properties: { subjectNip: NIP } } } },
    (request, reply) => {
      testSubjects.removeSubject(request.body.subjectNip);
      return reply.code(200).send();
    },
  );

  app.post<{ Body: TestPerson }>('/testdata/person', { schema: { body: PERSON_SCHEMA } }, (request, reply) => {
    testSubjects.addPerson(request.body);
    return reply.code(200).send();
  });

  app.post<{ Body: { nip: string } }>('/testdata/person/remove', { schema: { body: NIP_SCHEMA } }, (request, reply) => {
    testSubjects.removePerson(request.body.nip);
    return reply.code(200).send();
  });

  app.post<{ Body: BlockRequest }>('/testdata/context/block', { schema: { body: BLOCK_SCHEMA } }, (request, reply) => {
    logins.block(request.body.contextIdentifier);
    return reply.code(200).send();
  });

  app.post<{ Body: BlockRequest }>(
    '/testdata/context/unblock',
    { schema: { body: BLOCK_SCHEMA } },
    (request, reply) => {
      logins.unblock(request.body.contextIdentifier);
      return reply.code(200).send();
    },
  );
}

function registerPermissionRoutes(app: FastifyInstance, { permissions }: SimulatorState): void {
  app.post<{ Body: GrantRequest }>('/testdata/permissions', { schema: { body: GRANT_SCHEMA } }, (request, reply) => {
    const { contextIdentifier, authorizedIdentifier } = request.body;
    permissions.grant(
      contextIdentifier,
      authorizedIdentifier,
      request.body.permissions.map(({ permissionType }) => permissionType),
    );
    return reply.code(200).send();
  });

  app.post<{ Body: Omit<GrantRequest, 'permissions'> }>(
    '/testdata/permissions/revoke',
    { schema: { body: REVOKE_SCHEMA } },
    (request, reply) => {
      permissions.revoke(request.body.contextIdentifier, request.body.authorizedIdentifier);
      return reply.code(200).send();
    },
  );

  app.post<{ Body: { nip: string } }>('/testdata/attachment', { schema: { body: NIP_SCHEMA } }, (request, reply) => {
    permissions.allowAttachments(request.body.nip);
    return reply.code(200).send();
  });

  app.post<{ Body: { nip: string } }>(
    '/testdata/attachment/revoke',
    { schema: { body: NIP_SCHEMA } },
    (request, reply) => {
      permissions.forbidAttachments(request.body.nip);
      return reply.code(200).send();
    },
  );
}
