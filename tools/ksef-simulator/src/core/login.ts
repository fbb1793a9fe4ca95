import type { ContextIdentifier, SubjectIdentifier } from './context.js';
import type { Permission } from './permissions.js';
import type { Status } from './status.js';

export const LOGIN_STATUS = {
  100: 'Uwierzytelnianie w toku',
  200: 'Uwierzytelnianie zakończone sukcesem',
  415: 'Uwierzytelnianie zakończone niepowodzeniem',
  425: 'Uwierzytelnienie unieważnione',
  450: 'Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu',
  460: 'Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu',
  480: 'Uwierzytelnienie zablokowane',
  550: 'Operacja została anulowana przez system',
} as const;

/** What an application for a certificate must say about its subject; read from the certificate that logged in. */
export interface SubjectData {
  readonly commonName: string;
  readonly countryName: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly serialNumber?: string;
  readonly uniqueIdentifier?: string;
  readonly organizationName?: string;
  readonly organizationIdentifier?: string;
}

export type LoginMethod = 'Token' | 'InternalCertificate' | 'QualifiedSeal' | 'QualifiedSignature';

/** What goes onto the UPO about who sent (upo-v4-3.xsd, Uwierzytelnienie). */
export type LoginEvidence =
  /** SHA-256, Base64, of the signed document as received. */
  { readonly documentHash: string } | { readonly tokenReference: string };

/** One login: the operation, and later the session its tokens belong to. */
export interface Login {
  readonly referenceNumber: string;
  readonly context: ContextIdentifier;
  readonly subject: SubjectIdentifier;
  readonly method: LoginMethod;
  /** Undefined when the certificate says too little to apply for another. */
  readonly subjectData: SubjectData | undefined;
  readonly evidence: LoginEvidence;
  /** What a KSeF token allows, at most; undefined when a certificate logged in. */
  readonly grants: readonly Permission[] | undefined;
  readonly startedAt: number;
  status: Status;
  redeemed: boolean;
  refreshUntil?: number;
  refreshedAt?: number;
}

interface Challenge {
  readonly givenAt: number;
  readonly expiresAt: number;
}

/** Challenges given out and logins made with them. */
export class LoginBook {
  readonly #challenges = new Map<string, Challenge>();
  readonly #logins = new Map<string, Login>();

  addChallenge(challenge: string, times: Challenge): void {
    this.#challenges.set(challenge, times);
  }

  /** @returns when the challenge was given out; undefined unless it was, is fresh and unused. Afterwards it is used. */
  useChallenge(challenge: string, at: number): number | undefined {
    const times = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return times !== undefined && at < times.expiresAt ? times.givenAt : undefined;
  }

  add(login: Login): void {
    this.#logins.set(login.referenceNumber, login);
  }

  find(referenceNumber: string): Login | undefined {
    return this.#logins.get(referenceNumber);
  }

  /** Logins of one subject in one context whose refresh token still lives, newest first. */
  active({ context, subject }: Login, at: number): readonly Login[] {
    return [...this.#logins.values()]
      .filter(
        (login) =>
          login.status.code === 200 &&
          login.context.type === context.type &&
          login.context.value === context.value &&
          login.subject.type === subject.type &&
          login.subject.value === subject.value &&
          (login.refreshUntil === undefined || at < login.refreshUntil),
      )
      .reverse();
  }

  get size(): number {
    return this.#logins.size;
  }
}

export function loginStatus(code: keyof typeof LOGIN_STATUS, detail?: string): Status {
  return { code, description: LOGIN_STATUS[code], ...(detail === undefined ? {} : { details: [detail] }) };
}
