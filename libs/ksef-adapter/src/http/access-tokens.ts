import {
  type Clock,
  contextLabel,
  type KsefAccess,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
} from '@latarnik/domain';

import type { Log } from '../ksef-adapter-event.js';
import type { BearerToken } from './bearer-token.js';
import { refreshedDto } from './dto.js';
import type { KeptLogin, KeptLogins } from './kept-logins.js';
import type { KsefApi } from './ksef-api.js';
import type { XadesLogin } from './xades-login.js';

export interface AccessTokensOptions {
  readonly tokenMarginSeconds: number;
  readonly log: Log;
}

/** What is in memory of a login. */
interface HeldLogin {
  readonly login: KeptLogin;
  /** Absent once KSeF did not take it. */
  readonly access?: BearerToken;
  /** The access token took the place of one that KSeF did not take. */
  readonly isSecondTry: boolean;
}

/**
 * Access tokens by tenant and context, in memory: a token is used until shortly before its end, then refreshed, then a
 * new login is made. A process without tokens first tries the refresh token that an earlier one kept. A refresh token
 * counts only while the certificate it was made with is the one to log in with: whoever retires, revokes or replaces that
 * ends the access, at the next refresh. However many ask at a time, one login per tenant and context is under way.
 */
export class AccessTokens {
  readonly #held = new Map<string, HeldLogin>();
  readonly #underWay = new Map<string, Promise<BearerToken>>();
  /** The last refresh token that is of no use any more: should it still be on disk, it is left there. */
  readonly #ended = new Map<string, BearerToken>();

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
    const token = this.#held.get(key)?.access;
    if (token !== undefined && this.#usable(token)) return token;
    return this.#underWay.get(key) ?? this.#start(key, access);
  }

  /**
   * Logs in now, whatever is in memory; the tokens it gives are used from then on.
   * @throws KsefLoginError, KsefUnreachableError, KsefThrottledError
   */
  async logInAnew(access: KsefAccess): Promise<void> {
    await this.#logIn(keyOf(access), access);
  }

  /**
   * KSeF did not take this token: the next call has it refreshed once, since a process without the key-encryption key
   * cannot log in; when the refreshed one is not taken either, the login has ended. A token that has been replaced since
   * is left alone.
   */
  async forget(access: KsefAccess, refused: BearerToken): Promise<void> {
    const key = keyOf(access);
    const held = this.#held.get(key);
    if (held?.access !== refused) return;
    if (held.isSecondTry) await this.#end(key, held.login);
    else this.#held.set(key, { login: held.login, isSecondTry: true });
  }

  #start(key: string, access: KsefAccess): Promise<BearerToken> {
    const running = this.#renew(key, access).finally(() => {
      this.#underWay.delete(key);
    });
    this.#underWay.set(key, running);
    return running;
  }

  async #renew(key: string, access: KsefAccess): Promise<BearerToken> {
    const held = this.#held.get(key);
    const refreshed = held && (await this.#goOn(key, access, held.login, held.access === undefined));
    return refreshed ?? (await this.#resume(key, access)) ?? (await this.#logIn(key, access));
  }

  /** With what an earlier process kept, or another one put there since. */
  async #resume(key: string, access: KsefAccess): Promise<BearerToken | undefined> {
    const login = await this.kept.read(key);
    if (login === undefined || this.#ended.get(key)?.sameAs(login.refresh) === true) return undefined;
    const token = await this.#goOn(key, access, login, false);
    if (token !== undefined) {
      const { certificateId } = login;
      const context = contextLabel(access.context);
      this.options.log({ code: 'LOGIN_RESUMED', tenant: access.tenant, context, certificateId });
    }
    return token;
  }

  /** @returns `undefined` when the login has ended: it is forgotten here and on disk */
  async #goOn(
    key: string,
    access: KsefAccess,
    login: KeptLogin,
    isSecondTry: boolean,
  ): Promise<BearerToken | undefined> {
    const isWorthAsking =
      this.#usable(login.refresh) && (await this.login.certificateNow(access)) === login.certificateId;
    const token = isWorthAsking ? await this.#refresh(login.refresh) : undefined;
    if (token === undefined) await this.#end(key, login);
    else this.#held.set(key, { login, access: token, isSecondTry });
    return token;
  }

  async #end(key: string, login: KeptLogin): Promise<void> {
    this.#ended.set(key, login.refresh);
    if (this.#held.get(key)?.login === login) this.#held.delete(key);
    await this.kept.forget(key, login);
  }

  async #logIn(key: string, access: KsefAccess): Promise<BearerToken> {
    try {
      const { access: token, ...login } = await this.login.logIn(access);
      this.#ended.delete(key);
      this.#held.set(key, { login, access: token, isSecondTry: false });
      await this.kept.keep(key, login);
      return token;
    } catch (error) {
      // Whoever ended the access has ended what is kept, too.
      if (error instanceof KsefLoginError && error.code === 'NO_AUTHENTICATION_CERTIFICATE')
        await this.kept.forget(key);
      throw error;
    }
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
