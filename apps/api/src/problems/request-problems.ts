import type { ProblemEntry } from './entry.js';

const CALLER = 'Who sends the request mends it; sending it again unchanged gives the same answer.';
const LATER = 'Wait as long as `Retry-After` says, then send the same request with the same Idempotency-Key.';

/** About the request itself, the caller, and the state of this installation. */
export const REQUEST_PROBLEMS = {
  BAD_REQUEST: ['The request cannot be understood', 'It is no HTTP request, or its address cannot be decoded.', CALLER],
  REQUEST_INVALID: [
    'The request is not as described',
    'The body or the query does not fit its schema; a field or parameter that is not described is refused too. `findings` names each place.',
    CALLER,
  ],
  MALFORMED_JSON: ['The body is not JSON', 'It is not one JSON value in UTF-8.', CALLER],
  JSON_REFUSED: [
    'This JSON is not taken',
    'It is nested deeper than 32 levels, names a member twice, or has a member called `__proto__`.',
    CALLER,
  ],
  BODY_NOT_TAKEN: ['This route takes no body', 'A body came with a request that reads none.', CALLER],
  BODY_TOO_LARGE: [
    'The body is too large',
    'An invoice has at most 1,000,000 bytes, 3,000,000 with an attachment.',
    CALLER,
  ],
  HEADERS_TOO_LARGE: ['The headers are too large', 'All headers together are longer than is read.', CALLER],
  REQUEST_TIMEOUT: ['The request did not come to its end', 'Its bytes stopped coming.', 'Send it again.'],
  UNSUPPORTED_MEDIA_TYPE: [
    'This content type is not taken',
    'The body is of another media type, or in another charset than UTF-8.',
    CALLER,
  ],
  UNAUTHENTICATED: [
    'Who are you?',
    'There is no credential, or none that is valid; why is not said.',
    'Send `Authorization: Bearer` with a live API key or a token of the identity provider.',
  ],
  PERMISSION_MISSING: [
    'This is not yours to do',
    'The key or role lacks the permission that the route names; it is in `permission`. The refusal is audited.',
    'Ask the admin of the tenant for a key or role that has it.',
  ],
  ROUTE_CLOSED: ['This is not yours to do', 'No permission was declared for the route.', 'Tell the operator.'],
  NO_TENANT: ['This is not yours to do', 'You belong to no tenant.', 'Have the identity provider name your tenant.'],
  CONTEXT_LIMITED: [
    'This is not yours to do',
    'The key is limited to contexts, and the route is not about one of them.',
    'Use a key without this limit.',
  ],
  TENANT_NOT_NAMED: [
    'Which tenant?',
    'The header `latarnik-tenant` is missing for a person of several tenants, or names one that is not theirs.',
    'Name one of your tenants.',
  ],
  TOO_MANY_REQUESTS: ['Wait a little', 'A limit of requests of the key, tenant or address is used up.', LATER],
  NOT_FOUND: [
    'Not found',
    'There is no such thing or route, or it belongs to another tenant: both answer alike.',
    'Check the id and the address.',
  ],
  IDEMPOTENCY_KEY_MISSING: [
    'Idempotency-Key is missing',
    'A request that creates something needs an Idempotency-Key of visible ASCII characters.',
    'Make a new key for each request, keep it, and send the same one with every repeat.',
  ],
  IDEMPOTENCY_KEY_REUSED: [
    'The key was used for something else',
    'The same Idempotency-Key came before with another request. Nothing was done.',
    'Take a new key; the member beside `code` leads to what the first request made.',
  ],
  REQUEST_IN_PROGRESS: ['Still running', 'The first request with this Idempotency-Key has not ended.', LATER],
  OVERLOADED: ['Too much at once', 'More requests are being worked on than this process takes.', LATER],
  DATABASE_UNAVAILABLE: [
    'Cannot be answered now',
    'The database cannot be used; whether anything was changed is not known.',
    LATER,
  ],
  NOT_READY: ['Not ready', 'The database does not answer.', 'Wait; the operator looks at the database.'],
  INTERNAL_ERROR: [
    'Something broke on our side',
    'Nobody expected this; it was logged under `incident`.',
    'Repeat with the same Idempotency-Key; if it stays, give the operator the incident.',
  ],
  IDENTITY_PROVIDER_UNREACHABLE: [
    'Cannot check who you are',
    'The keys of the identity provider cannot be fetched. API keys work.',
    LATER,
  ],
  CLIENT_INVALID: ['The key was not made', 'The name of the client is malformed.', CALLER],
  SCOPES_INVALID: ['The key was not made', 'A permission is unknown or named twice; `known` lists them.', CALLER],
  SCOPES_CONFLICT: [
    'The key was not made',
    'One key would both hand out keys and decide on sending or corrections.',
    'Make two keys for two clients.',
  ],
  SCOPES_BEYOND_CONTEXTS: [
    'The key was not made',
    'A key that is limited to contexts reads and issues, nothing else.',
    'Leave out the other permissions, or the contexts.',
  ],
  EXPIRY_INVALID: ['The key was not made', 'A key ends in the future and within a year.', CALLER],
  TOO_MANY_LIVE_KEYS: ['The key was not made', 'The client has two live keys.', 'Revoke one of them.'],
  CONTEXT_INVALID: ['This is not a context', 'Its type or value, or a check digit, is wrong.', CALLER],
  CONTEXT_NAME_DIFFERS: ['The context is there already', 'It has another name.', 'Use the one that is there.'],
  TOO_MANY_CONTEXTS: ['Too many contexts', 'The tenant has as many as it may.', 'Remove one that is not used.'],
  CONTEXT_IN_USE: ['The context is in use', 'Something was made in it and is kept.', 'Leave it; it does no harm.'],
  APPROVAL_NEEDED: [
    'This takes two persons',
    'What was asked for is stored and waits for a second person; `approval` leads to it.',
    'Another person, with a credential of another client, decides at POST /v1/approvals/{id}/approval.',
  ],
  APPROVAL_CLOSED: ['Nothing to decide', 'It was decided before.', 'Read it; ask anew if it is still wanted.'],
  SAME_PERSON: [
    'The same person',
    'Who asks does not approve; all keys of one client are one voice.',
    'Have another person decide, with another credential.',
  ],
  PERSON_MISSING: ['Who are you?', 'The name of the person who answers for it is missing.', 'Give the name.'],
  REASON_MISSING: ['Why?', 'The reason is missing; it is kept in the audit trail.', 'Give the reason.'],
  AUTHOR_MISSING: ['A decision needs a person and a reason', 'The person is missing.', 'Give the name.'],
} as const satisfies Readonly<Record<string, ProblemEntry>>;
