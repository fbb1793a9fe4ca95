import type { FastifyRequest } from 'fastify';

import type { Login } from '../core/login.js';
import type { Permission } from '../core/permissions.js';
import { refuse } from '../core/refusals.js';
import type { Session } from '../core/session.js';
import { parseTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Permissions that let a login see the sessions of its context. */
const MAY_SEE_SESSIONS: readonly Permission[] = ['InvoiceWrite', 'Introspection', 'EnforcementOperations'];

/** The login behind the access token. @throws {Unauthenticated} */
export function accessLogin(state: SimulatorState, request: FastifyRequest): Login {
  return state.logins.authenticate(request.headers.authorization, ['AccessToken']);
}

/** The login behind the access token, if it may do one of these. @throws {Unauthenticated | AccessDenied} */
export function permittedLogin(state: SimulatorState, request: FastifyRequest, anyOf: readonly Permission[]): Login {
  const login = accessLogin(state, request);
  state.permissions.require(login, anyOf);
  return login;
}

/** A session of the login's own context. @throws {KsefRefusal} 21405, 21173 */
export function sessionOf(state: SimulatorState, request: FastifyRequest): Session {
  const login = permittedLogin(state, request, MAY_SEE_SESSIONS);
  const { referenceNumber } = request.params as { referenceNumber: string };
  assertReference(referenceNumber);
  const session = state.sessions.get(referenceNumber);
  if (session?.context.type !== login.context.type || session.context.value !== login.context.value) {
    throw refuse(21173, `Sesja o numerze referencyjnym ${referenceNumber} nie została znaleziona.`);
  }
  return session;
}

export function assertReference(referenceNumber: string): void {
  if (referenceNumber.length !== 36) throw refuse(21405, 'Numer referencyjny musi mieć 36 znaków.');
}

export function assertSerial(serialNumber: string): void {
  if (!/^[0-9A-F]{16}$/.test(serialNumber)) throw refuse(21405, 'Numer seryjny musi mieć 16 cyfr szesnastkowych.');
}

/** A timestamp in a body, epoch milliseconds. @throws {KsefRefusal} 21405 when it is none */
export function bodyTimestamp(name: string, text: string | null | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  const at = parseTimestamp(text);
  if (at === undefined) throw refuse(21405, `Pole ${name} musi być datą i czasem ISO 8601.`);
  return at;
}

/** All values of a query parameter, given once or more. */
export function queryValues(request: FastifyRequest, name: string): readonly string[] {
  const value = (request.query as Query)[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

export function queryValue(request: FastifyRequest, name: string): string | undefined {
  return queryValues(request, name)[0];
}

/** @throws {KsefRefusal} 21405 when not a whole number within the bounds */
export function queryInteger(
  request: FastifyRequest,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = queryValue(request, name);
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw refuse(21405, `Parametr ${name} musi być liczbą od ${String(min)} do ${String(max)}.`);
}

/** @throws {KsefRefusal} 21405 when not a timestamp */
export function queryTimestamp(request: FastifyRequest, name: string): number | undefined {
  const text = queryValue(request, name);
  if (text === undefined) return undefined;
  const at = parseTimestamp(text);
  if (at === undefined) throw refuse(21405, `Parametr ${name} musi być datą i czasem ISO 8601.`);
  return at;
}

export function continuationToken(request: FastifyRequest): string | undefined {
  const value = request.headers['x-continuation-token'];
  return typeof value === 'string' ? value : undefined;
}
