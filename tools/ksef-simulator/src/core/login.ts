import type { ContextIdentifier, SubjectIdentifier } from './context.js';
import type { Status } from './status.js';

export const LOGIN_STATUS = {
  100: 'Uwierzytelnianie w toku',
  200: 'Uwierzytelnianie zakończone sukcesem',
  415: 'Uwierzytelnianie zakończone niepowodzeniem',
  425: 'Uwierzytelnienie unieważnione',
  460: 'Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu',
} as const;

export type LoginMethod = 'InternalCertificate' | 'QualifiedSeal' | 'QualifiedSignature';

/** One login: the operation, and later the session its tokens belong to. */
export interface Login {
  readonly referenceNumber: string;
  readonly context: ContextIdentifier;
  readonly subject: SubjectIdentifier;
  readonly method: LoginMethod;
  /** SHA-256, Base64, of the signed document as received. */
  readonly documentHash: string;
  readonly startedAt: number;
  status: Status;
  redeemed: boolean;
  refreshUntil?: number;
  refreshedAt?: number;
}

/** Challenges given out and logins made with them. */
export class LoginBook {
  readonly #challenges = new Map<string, number>();
  readonly #logins = new Map<string, Login>();

  addChallenge(challenge: string, expiresAt: number): void {
    this.#challenges.set(challenge, expiresAt);
  }

  /** Whether the challenge was given out, is fresh and unused; afterwards it is used. */
  useChallenge(challenge: string, at: number): boolean {
    const expiresAt = this.#challenges.get(challenge);
    this.#challenges.delete(challenge);
    return expiresAt !== undefined && at < expiresAt;
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
