import type { X509Certificate } from 'node:crypto';

import type { Clock } from '../core/clock.js';
import type { Ledger } from '../core/ledger.js';
import { type Login, LoginBook, type LoginMethod, loginStatus } from '../core/login.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import type { PermissionBook } from '../core/permissions.js';
import { refuse, Unauthenticated } from '../core/refusals.js';
import type { Settings } from '../core/settings.js';
import type { Status } from '../core/status.js';
import type { Tasks } from '../core/tasks.js';
import type { CertificateAuthority } from '../crypto/certificate-authority.js';
import { sha256Base64 } from '../crypto/hash.js';
import { fingerprintOf, forbidsLogin, namesCompany, subjectOf } from './certificate-identity.js';
import { readLoginDocument } from './login-document.js';
import type { TokenInfo, TokenMint, TokenType } from './tokens.js';
import { verifyXades } from './xades.js';

/** Life of the token that only fetches the outcome of a login. */
const OPERATION_TOKEN_TTL_MS = 60 * 60_000;

export interface LoginDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly authority: CertificateAuthority;
  readonly mint: TokenMint;
  readonly permissions: PermissionBook;
  readonly ledger: Ledger;
}

/** Logins with an XAdES signature, their tokens and their ends. */
export class LoginDesk {
  readonly book = new LoginBook();

  constructor(private readonly parts: LoginDeskParts) {}

  challenge(): { readonly challenge: string; readonly at: number } {
    const { clock, random, settings } = this.parts;
    const at = clock.now();
    const challenge = referenceNumber('CR', at, random);
    this.book.addChallenge(challenge, at + settings.challengeTtlMs);
    return { challenge, at };
  }

  /**
   * Takes a signed login document. What can be told at once is refused at once; the certificate and the rights are
   * judged later and show in the status.
   */
  begin(document: Uint8Array, verifyCertificateChain: boolean): { readonly login: Login; readonly token: TokenInfo } {
    const { clock, random, mint, settings, tasks } = this.parts;
    const request = readLoginDocument(document);
    const certificate = verifyXades(document);
    const at = clock.now();
    if (!this.book.useChallenge(request.challenge, at)) throw refuse(21111);
    const named = subjectOf(certificate);
    const byFingerprint = request.subjectType === 'certificateFingerprint';
    if (named === undefined && !byFingerprint) throw refuse(21115, 'Certyfikat nie zawiera identyfikatora podmiotu.');
    const login: Login = {
      referenceNumber: referenceNumber('AU', at, random),
      context: request.context,
      subject: byFingerprint || named === undefined ? fingerprintOf(certificate) : named,
      method: this.#methodOf(certificate),
      documentHash: sha256Base64(document),
      startedAt: at,
      status: loginStatus(100),
      redeemed: false,
    };
    this.book.add(login);
    const verdict = this.#judge(login, certificate, verifyCertificateChain);
    tasks.later(settings.processingDelayMs, () => {
      login.status = verdict;
    });
    return { login, token: mint.mint('OperationToken', login.referenceNumber, at, OPERATION_TOKEN_TTL_MS) };
  }

  /** Gives the pair of tokens of a successful login, once. */
  redeem(login: Login): { readonly accessToken: TokenInfo; readonly refreshToken: TokenInfo } {
    if (login.redeemed) {
      throw refuse(21301, `Tokeny dla operacji uwierzytelniania ${login.referenceNumber} zostały już pobrane.`);
    }
    if (login.status.code !== 200) {
      throw refuse(21301, `Status uwierzytelniania (${String(login.status.code)}) nie pozwala na pobranie tokenów.`);
    }
    const { clock, mint, settings } = this.parts;
    const at = clock.now();
    login.redeemed = true;
    login.refreshUntil = at + settings.refreshTokenTtlMs;
    return {
      accessToken: mint.mint('AccessToken', login.referenceNumber, at, settings.accessTokenTtlMs),
      refreshToken: mint.mint('RefreshToken', login.referenceNumber, at, settings.refreshTokenTtlMs),
    };
  }

  refresh(login: Login): TokenInfo {
    if (login.status.code !== 200) {
      throw refuse(
        21301,
        `Status uwierzytelniania (${String(login.status.code)}) nie pozwala na odświeżenie tokenu dostępowego.`,
      );
    }
    const { clock, mint, settings } = this.parts;
    login.refreshedAt = clock.now();
    return mint.mint('AccessToken', login.referenceNumber, clock.now(), settings.accessTokenTtlMs);
  }

  /** Ends a login: its refresh token dies now, its access tokens when their time is over. */
  revoke(login: Login): void {
    login.status = loginStatus(
      425,
      'Uwierzytelnienie i powiązane refresh tokeny zostały unieważnione przez użytkownika',
    );
  }

  /**
   * The login a bearer token stands for.
   * @throws {Unauthenticated} without a live token of one of the wanted types
   */
  authenticate(authorization: string | undefined, wanted: readonly TokenType[]): Login {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? '')?.[1];
    const claims = token === undefined ? undefined : this.parts.mint.read(token, this.parts.clock.now());
    if (claims === undefined || !wanted.includes(claims.type)) throw new Unauthenticated();
    const login = this.book.find(claims.loginReference);
    if (login === undefined) throw new Unauthenticated();
    return login;
  }

  #methodOf(certificate: X509Certificate): LoginMethod {
    if (this.parts.authority.issued(certificate)) return 'InternalCertificate';
    return namesCompany(certificate) ? 'QualifiedSeal' : 'QualifiedSignature';
  }

  #judge(login: Login, certificate: X509Certificate, verifyCertificateChain: boolean): Status {
    const { authority, clock, ledger, permissions, settings } = this.parts;
    const at = clock.now();
    if (at < certificate.validFromDate.getTime() || at > certificate.validToDate.getTime()) {
      return loginStatus(460, 'Nieważny certyfikat');
    }
    if (authority.issued(certificate)) {
      if (authority.isRevoked(certificate.serialNumber)) return loginStatus(460, 'Certyfikat odwołany');
    } else if (verifyCertificateChain || !settings.allowSelfSigned) {
      return loginStatus(460, 'Niezaufany łańcuch certyfikatów');
    }
    if (forbidsLogin(certificate)) {
      ledger.recordViolation('OFFLINE_CERTIFICATE_USED_FOR_LOGIN', `certificate ${certificate.serialNumber}`, at);
      return loginStatus(460, 'Niepoprawny certyfikat');
    }
    if (permissions.held(login.context, login.subject).length === 0) {
      return loginStatus(415, 'Brak przypisanych uprawnień');
    }
    return loginStatus(200);
  }
}
