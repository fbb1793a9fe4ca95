import { isDeepStrictEqual } from 'node:util';

import type { FastifyRequest } from 'fastify';

import { type Page, page } from '../core/paging.js';
import { refuse } from '../core/refusals.js';
import { commonStatus, type Session } from '../core/session.js';
import type { SimulatorState } from '../simulator-state.js';
import {
  continuationToken,
  permittedLogin,
  queryInteger,
  queryTimestamp,
  queryValue,
  queryValues,
} from './requests.js';

/** GET /sessions: the sessions of the login's context that pass every filter, newest first. */
export function querySessions(state: SimulatorState, request: FastifyRequest): Page<Session> {
  const login = permittedLogin(state, request, ['Introspection', 'EnforcementOperations', 'InvoiceWrite']);
  // InvoiceWrite alone shows only what the same subject opened (OpenAPI, GET /sessions).
  const seesAll = state.permissions
    .heldBy(login)
    .some((permission) => permission === 'Introspection' || permission === 'EnforcementOperations');
  const size = queryInteger(request, 'pageSize', { min: 10, max: 1000, fallback: 10 });
  const kind = queryValue(request, 'sessionType');
  if (kind !== 'Batch' && kind !== 'Online') throw refuse(21405, 'Parametr sessionType: Online lub Batch.');
  const reference = queryValue(request, 'referenceNumber');
  const statuses = queryValues(request, 'statuses');
  const inRanges = [
    range(request, 'dateCreated', ({ createdAt }) => createdAt),
    range(request, 'dateClosed', ({ closedAt }) => closedAt),
    range(request, 'dateModified', ({ updatedAt }) => updatedAt),
  ];
  const found = [...state.sessions.values()].filter(
    (session) =>
      session.context.type === login.context.type &&
      session.context.value === login.context.value &&
      session.kind === kind &&
      (seesAll || isDeepStrictEqual(session.openedBy, login.subject)) &&
      (reference === undefined || session.referenceNumber === reference) &&
      (statuses.length === 0 || statuses.includes(commonStatus(session))) &&
      inRanges.every((isIn) => isIn(session)),
  );
  return page(found.reverse(), size, `sessions:${kind}`, continuationToken(request));
}

function range(
  request: FastifyRequest,
  name: string,
  read: (session: Session) => number | undefined,
): (session: Session) => boolean {
  const from = queryTimestamp(request, `${name}From`);
  const to = queryTimestamp(request, `${name}To`);
  if (from === undefined && to === undefined) return () => true;
  return (session) => {
    const at = read(session);
    return at !== undefined && at >= (from ?? -Infinity) && at <= (to ?? Infinity);
  };
}
