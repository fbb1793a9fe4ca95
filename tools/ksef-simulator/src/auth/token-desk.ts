import { sameSubject } from '../core/certificate-register.js';
import type { Clock } from '../core/clock.js';
import { type ContextIdentifier, contextKey, type SubjectIdentifier } from '../core/context.js';
import type { Login } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import type { Permission, PermissionBook } from '../core/permissions.js';
import { refuse } from '../core/refusals.js';
import type { Settings } from '../core/settings.js';
import type { Tasks } from '../core/tasks.js';
import { sha256Base64 } from '../crypto/hash.js';

export const TOKEN_STATUSES = ['Pending', 'Active', 'Revoking', 'Revoked', 'Failed'] as const;
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** A KSeF token; what logs in with it is shown once and kept as a hash only. */
export interface KsefToken {
  readonly referenceNumber: string;
  readonly author: SubjectIdentifier;
  readonly context: ContextIdentifier;
  readonly description: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  lastUsedAt?: number;
  status: TokenStatus;
}

/** Why a token does not log in: the detail of status 450 (OpenAPI AuthenticationOperationStatusResponse). */
export type TokenRefusal = 'Nieprawidłowy token' | 'Token unieważniony' | 'Token nieaktywny';

/** How the text of a token names its context (example of POST /tokens). */
const CONTEXT_PREFIX: Readonly<Partial<Record<ContextIdentifier['type'], string>>> = {
  Nip: 'nip',
  InternalId: 'internalId',
};

export interface TokenDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly permissions: PermissionBook;
}

/** KSeF tokens: made, listed, withdrawn, recognised. */
export class TokenDesk {
  readonly #tokens = new Map<string, KsefToken>();
  readonly #bySecret = new Map<string, KsefToken>();

  constructor(private readonly parts: TokenDeskParts) {}

  /** @throws {KsefRefusal} 26001 for a permission the login has not, 26002 for a context without tokens */
  issue(
    login: Login,
    { permissions: wanted, description }: { readonly permissions: readonly Permission[]; readonly description: string },
  ): { readonly referenceNumber: string; readonly token: string } {
    const { clock, permissions, random, settings, tasks } = this.parts;
    const prefix = CONTEXT_PREFIX[login.context.type];
    if (prefix === undefined) {
      throw refuse(26002, `Kontekst ${login.context.type}; tokeny można generować w kontekście Nip i InternalId.`);
    }
    const held = permissions.heldBy(login);
    const missing = wanted.filter((permission) => !held.includes(permission));
    if (missing.length > 0) throw refuse(26001, `Brakujące uprawnienia: ${missing.join(', ')}.`);
    const token: KsefToken = {
      referenceNumber: referenceNumber('EC', clock.now(), random),
      author: login.subject,
      context: login.context,
      description,
      permissions: wanted,
      createdAt: clock.now(),
      status: 'Pending',
    };
    const text = `${token.referenceNumber}|${prefix}-${login.context.value}|${random(32).toString('hex')}`;
    this.#tokens.set(token.referenceNumber, token);
    this.#bySecret.set(sha256Base64(Buffer.from(text)), token);
    tasks.later(settings.processingDelayMs, () => {
      if (token.status === 'Pending') token.status = 'Active';
    });
    return { referenceNumber: token.referenceNumber, token: text };
  }

  /** Newest first: all of the context for who may read credentials, else one's own, else the one logged in with. */
  visibleTo(login: Login): readonly KsefToken[] {
    return this.#inReachOf(login, ['CredentialsManage', 'CredentialsRead']);
  }

  /** Withdraws a token; one that is dead already stays so. @returns undefined when the login cannot reach it */
  revoke(login: Login, reference: string): KsefToken | undefined {
    const token = this.#inReachOf(login, ['CredentialsManage']).find(({ referenceNumber: own }) => own === reference);
    if (token === undefined || !['Pending', 'Active'].includes(token.status)) return token;
    token.status = 'Revoking';
    this.parts.tasks.later(this.parts.settings.processingDelayMs, () => {
      token.status = 'Revoked';
    });
    return token;
  }

  /** The token behind a text, if it logs into the context. */
  recognise(text: string, context: ContextIdentifier): KsefToken | TokenRefusal {
    const token = this.#bySecret.get(sha256Base64(Buffer.from(text)));
    if (token === undefined || contextKey(token.context) !== contextKey(context)) return 'Nieprawidłowy token';
    if (token.status === 'Revoking' || token.status === 'Revoked') return 'Token unieważniony';
    if (token.status !== 'Active') return 'Token nieaktywny';
    token.lastUsedAt = this.parts.clock.now();
    return token;
  }

  #inReachOf(login: Login, anyOf: readonly Permission[]): readonly KsefToken[] {
    const held = this.parts.permissions.heldBy(login);
    const all = anyOf.some((permission) => held.includes(permission));
    const { evidence } = login;
    return [...this.#tokens.values()]
      .filter(
        (token) =>
          contextKey(token.context) === contextKey(login.context) &&
          (all ||
            ('tokenReference' in evidence
              ? token.referenceNumber === evidence.tokenReference
              : sameSubject(token.author, login.subject))),
      )
      .reverse();
  }
}
