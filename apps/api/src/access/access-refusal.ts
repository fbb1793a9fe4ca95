import type {
  AddContextRefusal,
  CreateApiKeyRefusal,
  RemoveContextRefusal,
  TenantRequestReused,
} from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';

const TITLE = 'The key was not made';

export function apiKeyProblem(refusal: CreateApiKeyRefusal): ProblemError {
  if (refusal.code === 'API_KEY_REQUEST_REUSED')
    return reused(`It made the key ${refusal.keyId}.`, { keyId: refusal.keyId });
  const { code } = refusal;
  const refused = (status: number, detail: string, facts: Readonly<Record<string, unknown>> = {}): ProblemError =>
    new ProblemError(problem(status, code, TITLE, detail, facts));
  switch (code) {
    case 'CLIENT_INVALID':
      return refused(
        422,
        'A client is 1 to 64 of a-z, 0-9, dot, dash and underscore, with a letter or digit at both ends.',
      );
    case 'SCOPES_INVALID':
      return refused(422, 'Name each permission once, and only those that there are.', { known: refusal.known });
    case 'SCOPES_CONFLICT':
      return refused(
        422,
        'Who administers decides neither on sending nor on corrections: make two keys for two clients.',
      );
    case 'SCOPES_BEYOND_CONTEXTS':
      return refused(422, 'A key that is limited to contexts may read and issue in them, and nothing else.');
    case 'CONTEXT_NOT_FOUND':
      return refused(422, 'One of the contexts is not of this tenant.');
    case 'EXPIRY_INVALID':
      return refused(422, 'A key ends in the future, and within a year.', { latest: refusal.latest.toString() });
    case 'TOO_MANY_LIVE_KEYS':
      return refused(409, 'This client has two live keys: revoke one of them first.', { live: refusal.live });
  }
}

export function addContextProblem(refusal: AddContextRefusal): ProblemError {
  switch (refusal.code) {
    case 'CONTEXT_NAME_DIFFERS': {
      const detail = 'This tenant has the context already, under another name.';
      const { code, id, name } = refusal;
      return new ProblemError(problem(409, code, 'The context is there already', detail, { contextId: id, name }));
    }
    case 'TOO_MANY_CONTEXTS': {
      const detail = `A tenant has ${String(refusal.most)} contexts at most.`;
      return new ProblemError(problem(409, refusal.code, 'Too many contexts', detail));
    }
  }
}

export function removeContextProblem(refusal: RemoveContextRefusal): ProblemError {
  switch (refusal.code) {
    case 'CONTEXT_NOT_FOUND':
      return notFound('context');
    case 'CONTEXT_IN_USE': {
      const detail = 'Something was made in this context and is kept: it stays.';
      return new ProblemError(problem(409, refusal.code, 'The context is in use', detail, { usedBy: refusal.by }));
    }
  }
}

export const tenantProblem = ({ tenant }: TenantRequestReused): ProblemError =>
  reused(`It made the tenant ${tenant}.`, { tenantId: tenant });

function reused(what: string, facts: Readonly<Record<string, unknown>>): ProblemError {
  const detail = `This Idempotency-Key came with another request. ${what}`;
  return new ProblemError(problem(422, 'IDEMPOTENCY_KEY_REUSED', 'The Idempotency-Key is taken', detail, facts));
}
