import { randomUUID } from 'node:crypto';
import {
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  SecretBoxError,
  SignerUnavailableError,
  type SignerTrouble,
} from '@latarnik/domain';
import type { Log } from '@latarnik/composition';
import { HttpException } from '@nestjs/common';
import type { ProblemCode } from '../problems/catalogue.js';
import { isDatabaseTrouble } from './database-trouble.js';
import { problem, ProblemError, type Problem } from './problem.js';

/** A problem document with the headers that go with it. */
export interface ProblemAnswer {
  readonly document: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** The request in which something was thrown, for the log. */
export interface Occasion {
  readonly requestId: string;
  readonly method: string;
  /** The pattern, never what stands in its place. */
  readonly route: string;
}

/** The answer to whatever was thrown; what nobody expected is logged with its stack and hidden behind an id. */
export function problemOf(exception: unknown, log: Log, occasion: Occasion): ProblemAnswer {
  if (exception instanceof ProblemError) return { document: exception.problem, headers: exception.headers };
  const known = fromDomain(exception) ?? fromHttp(exception);
  if (known !== undefined) return known;
  const incident = randomUUID();
  const error = exception instanceof Error ? (exception.stack ?? exception.message) : 'not an error object';
  if (isDatabaseTrouble(exception)) {
    log({ event: 'api.database-trouble', incident, ...occasion, error });
    const detail = `The database cannot be used now; whether anything was changed is not known. Ask again with the same Idempotency-Key. Incident ${incident} was logged.`;
    return {
      document: problem(503, 'DATABASE_UNAVAILABLE', 'Cannot be answered now', detail, { incident }),
      headers: { 'retry-after': '5' },
    };
  }
  log({ event: 'api.unexpected-error', incident, ...occasion, error });
  const detail = `Incident ${incident} was logged.`;
  return { document: problem(500, 'INTERNAL_ERROR', 'Something broke on our side', detail, { incident }), headers: {} };
}

/** Transport failures of ports that reach as far as HTTP. */
function fromDomain(exception: unknown): ProblemAnswer | undefined {
  if (exception instanceof SignerUnavailableError) {
    return { document: cannotSign(exception.trouble), headers: { 'retry-after': '10' } };
  }
  if (exception instanceof SecretBoxError) {
    return { document: cannotSign('key-encryption-key'), headers: { 'retry-after': '10' } };
  }
  if (exception instanceof KsefThrottledError) {
    const headers = { 'retry-after': String(exception.retryAfterSeconds) };
    return { document: problem(503, 'KSEF_THROTTLED', 'KSeF asks to wait', exception.message), headers };
  }
  if (exception instanceof KsefUnreachableError) {
    const detail = 'KSeF could not be asked; nothing was changed.';
    return {
      document: problem(503, 'KSEF_UNREACHABLE', 'KSeF does not answer', detail),
      headers: { 'retry-after': '10' },
    };
  }
  if (exception instanceof KsefLoginError) {
    // A certificate that was never imported is for the caller to mend; KSeF was not even asked.
    const status = exception.code === 'NO_AUTHENTICATION_CERTIFICATE' ? 409 : 502;
    return { document: problem(status, exception.code, 'KSeF did not let us in', exception.message), headers: {} };
  }
  return undefined;
}

/** Says what is in the way in words of ours; which key or file it is stands in the log. */
const cannotSign = (trouble: SignerTrouble): Problem =>
  problem(503, 'SIGNER_UNAVAILABLE', 'Cannot sign now', SIGNER_TROUBLES[trouble], { trouble });

const SIGNER_TROUBLES: Readonly<Record<SignerTrouble, string>> = {
  'key-encryption-key':
    'The key-encryption key of this installation is missing, or is not the one that the private keys rest under. ' +
    'Nothing was issued or stored. The operator has to give it back; the log says which one.',
  'private-key':
    'The private key does not make signatures that its certificate verifies. Nothing was issued. Call the operator.',
  token:
    'The token (HSM) with the private key cannot be used at the moment: it is gone, slow, locked or without this key. ' +
    'Nothing was issued. Try again, or call the operator.',
};

/** Errors of Nest and Fastify themselves: unknown route, body too large, malformed request. */
function fromHttp(exception: unknown): ProblemAnswer | undefined {
  const status = statusOf(exception);
  if (status === undefined || status >= 500) return undefined;
  const [code, title, detail] = HTTP_TEXTS[status] ?? [
    'BAD_REQUEST',
    'The request cannot be understood',
    'See the API description at /openapi.json.',
  ];
  return { document: problem(status, code, title, detail), headers: {} };
}

const HTTP_TEXTS: Readonly<Record<number, readonly [ProblemCode, string, string]>> = {
  404: ['NOT_FOUND', 'Not found', 'There is no such route; see /openapi.json.'],
  413: [
    'BODY_TOO_LARGE',
    'The body is too large',
    'An invoice has at most 1,000,000 bytes, 3,000,000 with an attachment; other bodies are shorter (see README).',
  ],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'This content type is not taken', 'See the API description at /openapi.json.'],
};

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (exception instanceof Error && 'statusCode' in exception && typeof exception.statusCode === 'number') {
    return exception.statusCode;
  }
  return undefined;
}
