import {
  actorOfKey,
  principalOfKey,
  type ApiKeys,
  type AuthenticatedKey,
  type Clock,
  type Principal,
  type RequestBudget,
  type TenantDirectory,
  type TenantId,
} from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';
import type { AccessOptions } from './access-options.js';
import { addressGroup, isWithin } from './address.js';
import { KnownKeys } from './known-keys.js';
import { PersonTokens, type TokenRefusal } from './person-tokens.js';

/** What of a request tells who calls. */
export interface Presented {
  readonly authorization: string | undefined;
  /** The tenant that a token of several is used for. */
  readonly tenant: string | undefined;
  readonly address: string;
}

/** A key of a tenant that may not be used any more, or not from there. */
export interface UnusableKey {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly reason: 'expired' | 'revoked' | 'address';
}

export interface AuthenticatorPorts {
  readonly apiKeys: ApiKeys;
  readonly directory: Pick<TenantDirectory, 'exists'>;
  readonly budget: RequestBudget;
  readonly clock: Clock;
  /** A steady clock. */
  readonly nowMs: () => number;
  /** Told before the refusal is answered. */
  readonly onUnusableKey: (key: UnusableKey) => Promise<void>;
}

const LONGEST_TOKEN = 8_192;
const BEARER = /^Bearer ([\x21-\x7e]{16,8192})$/i;
const API_KEY = /^[A-Za-z0-9_-]{16,200}$/;

/**
 * Finds out who calls. Whatever is wrong with a credential, the answer is the same; addresses that keep guessing are told to
 * wait (reliability 3.6 case 8). A good credential is let in from there all the same: 256 bits are not guessed, and nobody
 * behind an address that many share is to be locked out by a neighbour.
 */
export class Authenticator {
  readonly knownKeys: KnownKeys;
  readonly #tokens: PersonTokens | undefined;

  constructor(
    private readonly ports: AuthenticatorPorts,
    private readonly options: AccessOptions,
  ) {
    this.knownKeys = new KnownKeys(ports.apiKeys, options.keyCacheMs, ports.nowMs);
    const { oidc } = options;
    this.#tokens = oidc === undefined ? undefined : new PersonTokens(oidc, ports.directory, ports.clock);
  }

  /** @throws ProblemError 401, 429, or 503 when the identity provider cannot be asked */
  async authenticate(presented: Presented): Promise<Principal> {
    const { authorization = '' } = presented;
    const credential = authorization.length > LONGEST_TOKEN + 10 ? undefined : BEARER.exec(authorization)?.[1];
    if (credential === undefined) {
      if (authorization === '') throw unauthenticated();
      return this.#refuseGuess(presented.address);
    }
    return credential.includes('.') ? this.#byToken(credential, presented) : this.#byKey(credential, presented);
  }

  async #byKey(token: string, { address }: Presented): Promise<Principal> {
    const key = API_KEY.test(token) ? await this.knownKeys.find(token) : undefined;
    if (key === undefined) return this.#refuseGuess(address);
    const principal = principalOfKey(key, this.ports.clock.now());
    const isFromThere = key.ipRanges === undefined || isWithin(key.ipRanges, address);
    if (principal !== undefined && isFromThere) return principal;
    // One that goes on and on fills no audit trail.
    await this.#refuseWhileGuessing(address);
    await this.#tellOf(key, principal === undefined ? endOf(key) : 'address');
    return this.#refuseGuess(address);
  }

  async #byToken(token: string, { address, tenant }: Presented): Promise<Principal> {
    if (this.#tokens === undefined) return this.#refuseGuess(address);
    const found = await this.#tokens.principal(token, tenant);
    return 'code' in found ? this.#refuseToken(found, address) : found;
  }

  async #refuseToken({ code }: TokenRefusal, address: string): Promise<never> {
    switch (code) {
      case 'TOKEN_EXPIRED':
        throw unauthenticated();
      case 'TOKEN_INVALID':
        return this.#refuseGuess(address);
      case 'TENANT_NOT_NAMED': {
        const detail = 'This token is of several tenants: name one of them in the header Latarnik-Tenant.';
        throw new ProblemError(problem(400, 'TENANT_NOT_NAMED', 'Which tenant?', detail));
      }
      case 'IDENTITY_PROVIDER_UNREACHABLE': {
        const detail = 'The identity provider does not give its keys; nobody is let in by a token meanwhile.';
        const document = problem(503, 'IDENTITY_PROVIDER_UNREACHABLE', 'Cannot check who you are', detail);
        throw new ProblemError(document, { 'retry-after': '10' });
      }
    }
  }

  async #refuseWhileGuessing(address: string): Promise<void> {
    const { retryAfterSeconds } = await this.#failures(address, 0);
    if (retryAfterSeconds > 0) throw tooManyRequests(retryAfterSeconds, 'GUESSING', GUESSING);
  }

  /** Counts a failure: 401 while there are few, then 429. */
  async #refuseGuess(address: string): Promise<never> {
    const { taken, retryAfterSeconds } = await this.#failures(address, 1);
    throw taken > 0 ? unauthenticated() : tooManyRequests(retryAfterSeconds, 'GUESSING', GUESSING);
  }

  #failures(address: string, wanted: number): ReturnType<RequestBudget['take']> {
    return this.ports.budget.take(`failures:${addressGroup(address)}`, this.options.limits.failures, wanted);
  }

  async #tellOf(key: AuthenticatedKey, reason: UnusableKey['reason']): Promise<void> {
    if (key.tenant !== undefined)
      await this.ports.onUnusableKey({ tenant: key.tenant, actor: actorOfKey(key), reason });
  }
}

const GUESSING = 'Too many credentials that nobody has came from this address.';

const endOf = ({ revokedAt }: AuthenticatedKey): 'expired' | 'revoked' =>
  revokedAt === undefined ? 'expired' : 'revoked';

/** One text for every reason: it tells nobody which keys there are. */
function unauthenticated(): ProblemError {
  const detail = 'Send a valid API key or token as "Authorization: Bearer <credential>".';
  return new ProblemError(problem(401, 'UNAUTHENTICATED', 'Who are you?', detail), { 'www-authenticate': 'Bearer' });
}

export function tooManyRequests(waitSeconds: number, limit: string, detail: string): ProblemError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitSeconds));
  const document = problem(429, 'TOO_MANY_REQUESTS', 'Wait a little', detail, {
    limit: limit.toLowerCase(),
    retryAfterSeconds,
  });
  return new ProblemError(document, { 'retry-after': String(retryAfterSeconds) });
}
