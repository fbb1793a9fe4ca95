import type { FastifyInstance } from 'fastify';

import type { ContextIdentifier, SubjectIdentifier } from '../core/context.js';
import { type Permission, PERMISSIONS } from '../core/permissions.js';
import type { SimulatorState } from '../simulator-state.js';

interface GrantRequest {
  readonly contextIdentifier: ContextIdentifier;
  readonly authorizedIdentifier: SubjectIdentifier;
  readonly permissions: readonly { readonly permissionType: Permission }[];
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

const NIP_SCHEMA = {
  type: 'object',
  required: ['nip'],
  properties: { nip: { type: 'string', minLength: 10, maxLength: 10 } },
} as const;

/** The official test-data operations that the simulator plays: permissions and attachments. */
export function registerTestDataRoutes(app: FastifyInstance, { permissions }: SimulatorState): void {
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
