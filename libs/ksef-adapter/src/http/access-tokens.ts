import {
  type Clock,
  contextLabel,
  type KsefAccess,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
} from '@latarnik/domain';

import type { BearerToken } from './bearer-token.js';
import { refreshedDto } from './dto.js';
import type { KeptLogins } from './kept-logins.js';
import type { KsefApi } from './ksef-api.js';
import type { TokenPair, XadesLogin } from './xades-login.js';

export interface AccessTokensOptions {
  readonly tokenMarginSeconds: number;
}

/**
 * Access tokens by tenant and context, in memory: a token is used until shortly before its end, then refreshed, then a
 * new login is made. A process without tokens first tries the refresh token that an earlier one kept. However many ask at
 * a time, one login per tenant and context is under way.
 */
export class AccessTokens {
  readonly #pairs = new Map<string, TokenPair>();
  readonly #underWay = new Map<string, Promise<TokenPair>>();
  /** KSeF did not take what came from these: what is kept is not trusted either. */
  readonly #distrusted = new Set<string>();

  constructor(
    private readonly api: KsefApi,
    private readonly login: XadesLogin,
    private readonly clock: Clock,
    private readonly kept: KeptLogins,
    private readonly options: AccessTokensOptions,
  ) {}

  /** @throws KsefLoginError, KsefUnreachableError, KsefThrottledError */
  async tokenFor(access: KsefAccess): Promise<BearerToken> {
    const key = keyOf(access);
    const cached = this.#pairs.get(key);
    if (cached !== undefined && this.#usable(cached.access)) return cached.access;
    const running = this.#underWay.get(key) ?? this.#start(key, access, cached);
    return (await running).access;
  }

  /**
   * Logs in now, whatever is in memory; the tokens it gives are used from then on.
   * @throws KsefLoginError, KsefUnreachableError, KsefThrottledError
   */
  async logInAnew(access: KsefAccess): Promise<void> {
    const key = keyOf(access);
    this.#pairs.set(key, await this.#logIn(key, access));
  }

  /** KSeF did not take this token: the next call logs in anew. A token that has been replaced since is left alone. */
  forget(access: KsefAccess, refused: BearerToken): void {
    const key = keyOf(access);
    if (this.#pairs.get(key)?.access !== refused) return;
    this.#pairs.delete(key);
    this.#distrusted.add(key);
  }

  #start(key: string, access: KsefAccess, cached: TokenPair | undefined): Promise<TokenPair> {
    const running = this.#renew(key, access, cached)
      .then((pair) => {
        this.#pairs.set(key, pair);
        return pair;
      })
      .finally(() => {
        this.#underWay.delete(key);
      });
    this.#underWay.set(key, running);
    return running;
  }

  async #renew(key: string, access: KsefAccess, cached: TokenPair | undefined): Promise<TokenPair> {
    const refresh = cached?.refresh ?? (await this.#keptToken(key, access));
    if (refresh !== undefined && this.#usable(refresh)) {
      const refreshed = await this.#refresh(refresh);
      if (refreshed !== undefined) return { access: refreshed, refresh };
    }
    return this.#logIn(key, access);
  }

  /** Counts only while its context has a certificate to log in with: without one a person ended the access. */
  async #keptToken(key: string, access: KsefAccess): Promise<BearerToken | undefined> {
    if (this.#distrusted.has(key)) return undefined;
    const token = await this.kept.read(key);
    return token !== undefined && (await this.login.hasCertificate(access)) ? token : undefined;
  }

  async #logIn(key: string, access: KsefAccess): Promise<TokenPair> {
    const pair = await this.login.logIn(access);
    this.#distrusted.delete(key);
    await this.kept.keep(key, pair.refresh);
    return pair;
  }

  /** `undefined` when KSeF says no: the authentication was revoked, and only a new login helps. */
  async #refresh(refresh: BearerToken): Promise<BearerToken | undefined> {
    const answer = await this.api.call(
      { method: 'POST', path: '/auth/token/refresh', token: refresh },
      { kind: 'json', schema: refreshedDto },
    );
    switch (answer.kind) {
      case 'ok':
        return answer.value.accessToken;
      case 'refused':
        return undefined;
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'lost':
      case 'not-sent':
        throw new KsefUnreachableError(`refreshing the token: ${answer.cause}`);
    }
  }

  #usable(token: BearerToken): boolean {
    return token.usableAt(this.clock.now(), this.options.tokenMarginSeconds);
  }
}

const keyOf = ({ tenant, context }: KsefAccess): string => `${tenant}|${contextLabel(context)}`;

/** Whether an error is one of the three that say "no login now". */
export const isNoLogin = (error: unknown): error is KsefLoginError | KsefUnreachableError | KsefThrottledError =>
  error instanceof KsefLoginError || error instanceof KsefUnreachableError || error instanceof KsefThrottledError;
