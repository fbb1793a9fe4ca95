import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type KsefToken, TOKEN_STATUSES } from '../auth/token-desk.js';
import { page } from '../core/paging.js';
import { type Permission, PERMISSIONS } from '../core/permissions.js';
import { refuse } from '../core/refusals.js';
import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';
import { accessLogin, assertReference, continuationToken, queryInteger, queryValue, queryValues } from './requests.js';

const TOKEN_SCHEMA = {
  type: 'object',
  required: ['permissions', 'description'],
  properties: {
    permissions: { type: 'array', minItems: 1, items: { enum: PERMISSIONS } },
    description: { type: 'string', minLength: 5, maxLength: 256 },
  },
} as const;

/** KSeF tokens: made, listed, withdrawn. */
export function registerTokenRoutes(app: FastifyInstance, state: SimulatorState): void {
  const { tokens } = state;

  app.post<{ Body: { permissions: readonly Permission[]; description: string } }>(
    '/tokens',
    { schema: { body: TOKEN_SCHEMA } },
    (request, reply) => reply.code(202).send(tokens.issue(accessLogin(state, request), request.body)),
  );

  app.get('/tokens', (request) => {
    const login = accessLogin(state, request);
    const size = queryInteger(request, 'pageSize', { min: 10, max: 100, fallback: 10 });
    const found = tokens.visibleTo(login).filter(filterOf(request));
    const { items, continuationToken: next } = page(found, size, 'tokens', continuationToken(request));
    return { continuationToken: next, tokens: items.map(describe) };
  });

  app.get<{ Params: { referenceNumber: string } }>('/tokens/:referenceNumber', (request) => {
    const { referenceNumber } = request.params;
    assertReference(referenceNumber);
    const token = tokens
      .visibleTo(accessLogin(state, request))
      .find(({ referenceNumber: own }) => own === referenceNumber);
    if (token === undefined) throw unknownToken(referenceNumber);
    return describe(token);
  });

  app.delete<{ Params: { referenceNumber: string } }>('/tokens/:referenceNumber', (request, reply) => {
    const { referenceNumber } = request.params;
    assertReference(referenceNumber);
    if (tokens.revoke(accessLogin(state, request), referenceNumber) === undefined) throw unknownToken(referenceNumber);
    return reply.code(204).send();
  });
}

function unknownToken(referenceNumber: string): Error {
  return refuse(21405, `Token o numerze referencyjnym ${referenceNumber} nie został znaleziony.`);
}

/** @throws {KsefRefusal} 21405 for a status or a type that does not exist, or too short a text */
function filterOf(request: FastifyRequest): (token: KsefToken) => boolean {
  const statuses = queryValues(request, 'status');
  if (!statuses.every((status) => (TOKEN_STATUSES as readonly string[]).includes(status))) {
    throw refuse(21405, `Parametr status: ${TOKEN_STATUSES.join(', ')}.`);
  }
  const description = textOf(request, 'description');
  const author = textOf(request, 'authorIdentifier');
  const type = queryValue(request, 'authorIdentifierType');
  return (token) =>
    (statuses.length === 0 || statuses.includes(token.status)) &&
    token.description.toLowerCase().includes(description) &&
    token.author.value.toLowerCase().includes(author) &&
    (type === undefined || token.author.type === type);
}

function textOf(request: FastifyRequest, name: string): string {
  const text = queryValue(request, name);
  if (text !== undefined && text.length < 3) throw refuse(21405, `Parametr ${name}: co najmniej 3 znaki.`);
  return (text ?? '').toLowerCase();
}

function describe(token: KsefToken) {
  return {
    referenceNumber: token.referenceNumber,
    authorIdentifier: token.author,
    contextIdentifier: token.context,
    description: token.description,
    requestedPermissions: token.permissions,
    dateCreated: ksefTimestamp(token.createdAt),
    ...(token.lastUsedAt === undefined ? {} : { lastUseDate: ksefTimestamp(token.lastUsedAt) }),
    status: token.status,
    statusDetails: [],
  };
}
