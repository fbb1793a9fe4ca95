import type { X509Certificate } from 'node:crypto';

import { subjectDataOf } from '../certificates/subject-data.js';
import {
  type CertificateRecord,
  type CertificateRegister,
  type CertificateStatus,
  certificateStatus,
} from '../core/certificate-register.js';
import type { Clock } from '../core/clock.js';
import { type ContextIdentifier, contextKey, type SubjectIdentifier } from '../core/context.js';
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
import type { EncryptionKeys } from '../crypto/public-keys.js';
import { x509 } from '../crypto/x509.js';
import type { Faults } from '../faults/faults.js';
import { fingerprintOf, forbidsLogin, namesCompany, subjectOf } from './certificate-identity.js';
import { type LoginDocument, readLoginDocument } from './login-document.js';
import type { KsefToken, TokenDesk, TokenRefusal } from './token-desk.js';
import type { TokenInfo, TokenMint, TokenType } from './tokens.js';
import { verifyXades } from './xades.js';

/** Details of status 460 (OpenAPI AuthenticationOperationStatusResponse). */
const REFUSED_CERTIFICATES: Readonly<Partial<Record<CertificateStatus, string>>> = {
  Blocked: 'Certyfikat zawieszony',
  Revoked: 'Certyfikat odwołany',
  Expired: 'Nieważny certyfikat',
};

/** Whoever sent a token that means nobody. */
const NOBODY: SubjectIdentifier = { type: 'Nip', value: '' };

const BLOCKED = loginStatus(
  480,
  'Podejrzenie incydentu bezpieczeństwa. Skontaktuj się z Ministerstwem Finansów przez formularz zgłoszeniowy.',
);

/** Life of the token that only fetches the outcome of a login. */
const OPERATION_TOKEN_TTL_MS = 60 * 60_000;

export interface LoginDeskParts {
  readonly clock: Clock;
  readonly random: RandomOctets;
  readonly settings: Settings;
  readonly tasks: Tasks;
  readonly authority: CertificateAuthority;
  readonly register: CertificateRegister;
  readonly mint: TokenMint;
  readonly permissions: PermissionBook;
  readonly ledger: Ledger;
  readonly keys: EncryptionKeys;
  readonly tokens: TokenDesk;
  readonly faults: Faults;
}

/** Body of POST /auth/ksef-token. */
export interface TokenLoginRequest {
  readonly challenge: string;
  readonly contextIdentifier: ContextIdentifier;
  readonly encryptedToken: string;
  readonly publicKeyId?: string | null;
}

/** A login that has begun, and the token that fetches its outcome. */
export interface StartedLogin {
  readonly login: Login;
  readonly token: TokenInfo;
}

/** Logins with an XAdES signature or a KSeF token, their own tokens and their ends. */
export class LoginDesk {
  readonly book = new LoginBook();
  readonly #blocked = new Set<string>();

  constructor(private readonly parts: LoginDeskParts) {}

  challenge(): { readonly challenge: string; readonly at: number } {
    const { clock, random, settings } = this.parts;
    const at = clock.now();
    const challenge = referenceNumber('CR', at, random);
    this.book.addChallenge(challenge, { givenAt: at, expiresAt: at + settings.challengeTtlMs });
    return { challenge, at };
  }

  /**
   * Takes a signed login document. What can be told at once is refused at once; the certificate and the rights are
   * judged later and show in the status.
   */
  begin(document: Uint8Array, verifyCertificateChain: boolean): StartedLogin {
    const { clock, random } = this.parts;
    const request = readLoginDocument(document);
    const certificate = verifyXades(document);
    const at = clock.now();
    if (this.book.useChallenge(request.challenge, at) === undefined) throw refuse(21111);
    const name = new x509.X509Certificate(new Uint8Array(certificate.raw)).subjectName;
    const login: Login = {
      referenceNumber: referenceNumber('AU', at, random),
      context: request.context,
      subject: this.#subjectOf(certificate, request.subjectType),
      subjectData: subjectDataOf(name),
      method: this.#methodOf(certificate),
      evidence: { documentHash: sha256Base64(document) },
      grants: undefined,
      startedAt: at,
      status: loginStatus(100),
      redeemed: false,
    };
    return this.#start(login, this.#judge(login, certificate, verifyCertificateChain));
  }

  /**
   * Takes a KSeF token, encrypted together with the time of the challenge; whether it is good shows in the status.
   * @throws {KsefRefusal} 21111 without a fresh challenge, 21470 for an unknown key
   */
  beginWithToken({ challenge, contextIdentifier, encryptedToken, publicKeyId }: TokenLoginRequest): StartedLogin {
    const { clock, keys, random } = this.parts;
    if (typeof publicKeyId === 'string' && !keys.knows(publicKeyId, 'KsefTokenEncryption')) {
      throw refuse(21470, `Klucz o identyfikatorze ${publicKeyId} nie jest wspierany.`);
    }
    const at = clock.now();
    const givenAt = this.book.useChallenge(challenge, at);
    if (givenAt === undefined) throw refuse(21111);
    const found = this.#recognise(keys.readToken(encryptedToken, publicKeyId ?? undefined), contextIdentifier, givenAt);
    const refused = typeof found === 'string';
    const login: Login = {
      referenceNumber: referenceNumber('AU', at, random),
      context: contextIdentifier,
      subject: refused ? NOBODY : found.author,
      subjectData: undefined,
      method: 'Token',
      evidence: { tokenReference: refused ? '' : found.referenceNumber },
      grants: refused ? [] : found.permissions,
      startedAt: at,
      status: loginStatus(100),
      redeemed: false,
    };
    return this.#start(login, refused ? loginStatus(450, found) : this.#judgeRights(login));
  }

  /** @param text `token|time of the challenge`, or undefined when no key opened it */
  #recognise(
    text: string | undefined,
    context: ContextIdentifier,
    givenAt: number,
  ): KsefToken | TokenRefusal | 'Nieprawidłowy czas tokena' {
    const [, token, time] = /^(.*)\|(\d+)$/.exec(text ?? '') ?? [];
    if (token === undefined) return 'Nieprawidłowy token';
    const found = this.parts.tokens.recognise(token, context);
    return typeof found === 'string' || time === String(givenAt) ? found : 'Nieprawidłowy czas tokena';
  }

  /** Test data: no login into this context succeeds any more (480). */
  block(context: ContextIdentifier): void {
    this.#blocked.add(contextKey(context));
  }

  unblock(context: ContextIdentifier): void {
    this.#blocked.delete(contextKey(context));
  }

  #start(login: Login, verdict: Status): StartedLogin {
    const { faults, mint, settings, tasks } = this.parts;
    this.book.add(login);
    const { referenceNumber: reference } = login;
    const struck =
      faults.befalls('login-blocked', reference) !== undefined
        ? BLOCKED
        : faults.befalls('login-cancelled', reference) !== undefined
          ? loginStatus(550, 'Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie')
          : undefined;
    tasks.later(settings.processingDelayMs, () => {
      login.status = struck ?? verdict;
    });
    return { login, token: mint.mint('OperationToken', reference, login.startedAt, OPERATION_TOKEN_TTL_MS) };
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

  /**
   * Who logs in. A KSeF certificate applied for under a fingerprint carries that identity on (certyfikaty-KSeF.md).
   * @throws {KsefRefusal} 21115 when it names nobody
   */
  #subjectOf(certificate: X509Certificate, by: LoginDocument['subjectType']): SubjectIdentifier {
    const owner = this.#recordOf(certificate)?.owner;
    if (owner?.type === 'Fingerprint') return owner;
    if (by === 'certificateFingerprint') return fingerprintOf(certificate);
    const named = subjectOf(certificate);
    if (named === undefined) throw refuse(21115, 'Certyfikat nie zawiera identyfikatora podmiotu.');
    return named;
  }

  #recordOf(certificate: X509Certificate): CertificateRecord | undefined {
    const { authority, register } = this.parts;
    return authority.issued(certificate) ? register.find(certificate.serialNumber) : undefined;
  }

  #methodOf(certificate: X509Certificate): LoginMethod {
    if (this.parts.authority.issued(certificate)) return 'InternalCertificate';
    return namesCompany(certificate) ? 'QualifiedSeal' : 'QualifiedSignature';
  }

  #judge(login: Login, certificate: X509Certificate, verifyCertificateChain: boolean): Status {
    const { clock, ledger, settings } = this.parts;
    const at = clock.now();
    if (at < certificate.validFromDate.getTime() || at > certificate.validToDate.getTime()) {
      return loginStatus(460, 'Nieważny certyfikat');
    }
    const record = this.#recordOf(certificate);
    if (record !== undefined) {
      const refusal = REFUSED_CERTIFICATES[certificateStatus(record, at)];
      if (refusal !== undefined) return loginStatus(460, refusal);
    } else if (verifyCertificateChain || !settings.allowSelfSigned) {
      return loginStatus(460, 'Niezaufany łańcuch certyfikatów');
    }
    if (forbidsLogin(certificate)) {
      ledger.recordViolation('OFFLINE_CERTIFICATE_USED_FOR_LOGIN', `certificate ${certificate.serialNumber}`, at);
      return loginStatus(460, 'Niepoprawny certyfikat');
    }
    const verdict = this.#judgeRights(login);
    if (verdict.code === 200 && record !== undefined) record.lastUsedAt = at;
    return verdict;
  }

  #judgeRights(login: Login): Status {
    if (this.#blocked.has(contextKey(login.context))) return BLOCKED;
    if (this.parts.permissions.heldBy(login).length === 0) return loginStatus(415, 'Brak przypisanych uprawnień');
    return loginStatus(200);
  }
}
