import { setTimeout as pause } from 'node:timers/promises';

import {
  type AuthenticationCertificate,
  type CertificateId,
  type KsefAccess,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  type LoginCertificates,
  type LoginSigner,
  SignerUnavailableError,
} from '@latarnik/domain';

import { printable } from '../ksef-adapter-event.js';
import type { BearerToken } from './bearer-token.js';
import { challengeDto, loginStartedDto, loginStatusDto, tokensDto } from './dto.js';
import type { Expected, KsefApi, KsefCall } from './ksef-api.js';

export interface TokenPair {
  readonly access: BearerToken;
  readonly refresh: BearerToken;
  /** That logged in. */
  readonly certificateId: CertificateId;
}

export interface XadesLoginOptions {
  readonly loginTimeoutMs: number;
  readonly loginPollMs: number;
}

/** Pauses between questions grow up to this many times the first one. */
const LONGEST_PAUSE_FACTOR = 10;
const IN_PROGRESS_BELOW = 200;
const SUCCESS = 200;
/** KSeF failed (500) or cancelled (550) on its own side and asks to try again (OpenAPI, authentication statuses). */
const NOT_OUR_FAULT: ReadonlySet<number> = new Set([500, 550]);

/** Logs in with a certificate of type Authentication (ksef-docs uwierzytelnianie.md): challenge, signature, verdict, tokens. */
export class XadesLogin {
  constructor(
    private readonly api: KsefApi,
    private readonly certificates: LoginCertificates,
    private readonly signer: LoginSigner,
    private readonly options: XadesLoginOptions,
  ) {}

  /** @throws KsefLoginError, KsefUnreachableError, KsefThrottledError */
  async logIn(access: KsefAccess): Promise<TokenPair> {
    const certificate = await this.#certificate(access);
    const request = await this.#signedRequest(access, certificate);
    const { referenceNumber, authenticationToken } = await this.#ask(
      {
        method: 'POST',
        path: '/auth/xades-signature',
        body: { type: 'application/xml', content: request },
      },
      { kind: 'json', schema: loginStartedDto },
    );
    await this.#verdict(referenceNumber, authenticationToken);
    const { accessToken, refreshToken } = await this.#ask(
      { method: 'POST', path: '/auth/token/redeem', token: authenticationToken },
      { kind: 'json', schema: tokensDto },
    );
    return { access: accessToken, refresh: refreshToken, certificateId: certificate.id };
  }

  /** The certificate of type Authentication that a login would be made with now. */
  async certificateNow(access: KsefAccess): Promise<CertificateId | undefined> {
    return (await this.certificates.find(access))?.id;
  }

  async #certificate(access: KsefAccess): Promise<AuthenticationCertificate> {
    const certificate = await this.certificates.find(access);
    if (certificate !== undefined) return certificate;
    throw new KsefLoginError(
      'NO_AUTHENTICATION_CERTIFICATE',
      'there is no valid certificate of type Authentication for this context',
    );
  }

  async #signedRequest(access: KsefAccess, certificate: AuthenticationCertificate): Promise<Uint8Array> {
    const { challenge } = await this.#ask(
      { method: 'POST', path: '/auth/challenge' },
      { kind: 'json', schema: challengeDto },
    );
    try {
      return await this.signer.signAuthTokenRequest(access.tenant, certificate, { challenge, context: access.context });
    } catch (error) {
      if (!(error instanceof SignerUnavailableError)) throw error;
      throw new KsefUnreachableError('the login could not be signed now', { cause: error });
    }
  }

  async #verdict(referenceNumber: string, token: BearerToken): Promise<void> {
    const { loginTimeoutMs, loginPollMs } = this.options;
    const giveUpAt = performance.now() + loginTimeoutMs;
    for (let pauseMs = loginPollMs; ; pauseMs = Math.min(pauseMs * 2, loginPollMs * LONGEST_PAUSE_FACTOR)) {
      const { status } = await this.#ask(
        { method: 'GET', path: `/auth/${encodeURIComponent(referenceNumber)}`, token },
        { kind: 'json', schema: loginStatusDto },
      );
      if (status.code === SUCCESS) return;
      if (status.code > IN_PROGRESS_BELOW) throw verdictError(status);
      if (performance.now() + pauseMs > giveUpAt) throw new KsefUnreachableError('the login was not decided in time');
      await pause(pauseMs);
    }
  }

  async #ask<T>(call: KsefCall, expected: Expected<T>): Promise<T> {
    const answer = await this.api.call(call, expected);
    switch (answer.kind) {
      case 'ok':
        return answer.value;
      case 'refused':
        throw new KsefLoginError('LOGIN_REFUSED', `KSeF refused the login: ${answer.refusal.description}`);
      case 'throttled':
        throw new KsefThrottledError(answer.retryAfterSeconds);
      case 'lost':
      case 'not-sent':
        throw new KsefUnreachableError(`logging in: ${answer.cause}`);
    }
  }
}

function verdictError(status: {
  code: number;
  description: string;
  details?: readonly string[] | null | undefined;
}): Error {
  const words = printable([`${String(status.code)} ${status.description}`, ...(status.details ?? [])].join(': '));
  return NOT_OUR_FAULT.has(status.code)
    ? new KsefUnreachableError(`KSeF could not decide on the login: ${words}`)
    : new KsefLoginError('LOGIN_REFUSED', `KSeF refused the login: ${words}`);
}
