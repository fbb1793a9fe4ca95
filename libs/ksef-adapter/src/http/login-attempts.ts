import {
  type Authorization,
  type AuthorizationOutcome,
  type Clock,
  contextLabel,
  type KsefAccess,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  SignerUnavailableError,
} from '@latarnik/domain';

import type { AccessTokens } from './access-tokens.js';

/** Whoever presses more often gets the last outcome again. */
const SECONDS_BETWEEN_ATTEMPTS = 10;
/** Somebody waits for the answer. A login that takes longer goes on, and its tokens are used. */
const ATTEMPT_MS = 20_000;

/** Logs in on demand; remembers outcomes in this process only. */
export class LoginAttempts implements Authorization {
  readonly #outcomes = new Map<string, AuthorizationOutcome>();
  readonly #underWay = new Map<string, Promise<AuthorizationOutcome>>();

  constructor(
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
    private readonly attemptMs = ATTEMPT_MS,
  ) {}

  attempt(access: KsefAccess): Promise<AuthorizationOutcome> {
    const key = `${access.tenant}|${contextLabel(access.context)}`;
    const last = this.#outcomes.get(key);
    if (last !== undefined && this.#isRecent(last)) return Promise.resolve(last);
    const running = this.#underWay.get(key) ?? this.#start(key, access);
    return running;
  }

  #start(key: string, access: KsefAccess): Promise<AuthorizationOutcome> {
    const running = this.#try(access)
      .then((outcome) => {
        this.#forgetOld();
        this.#outcomes.set(key, outcome);
        return outcome;
      })
      .finally(() => {
        this.#underWay.delete(key);
      });
    this.#underWay.set(key, running);
    return running;
  }

  async #try(access: KsefAccess): Promise<AuthorizationOutcome> {
    const { promise: tooLong, resolve } = Promise.withResolvers<typeof TOO_LONG>();
    const timer = setTimeout(() => {
      resolve(TOO_LONG);
    }, this.attemptMs);
    try {
      const result = await Promise.race([this.tokens.logInAnew(access).then(() => AUTHORIZED, explain), tooLong]);
      return { ...result, triedAt: this.clock.now() };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Keeps the memory as small as the number of contexts tried lately. */
  #forgetOld(): void {
    for (const [key, outcome] of this.#outcomes) if (!this.#isRecent(outcome)) this.#outcomes.delete(key);
  }

  #isRecent({ triedAt }: AuthorizationOutcome): boolean {
    const sinceMs = this.clock.now().epochMilliseconds - triedAt.epochMilliseconds;
    return sinceMs >= 0 && sinceMs < SECONDS_BETWEEN_ATTEMPTS * 1000;
  }
}

type Result = Omit<AuthorizationOutcome, 'triedAt'>;

const AUTHORIZED: Result = { outcome: 'authorized', detail: 'KSeF let the context in.' };
const TOO_LONG: Result = { outcome: 'unreachable', detail: 'KSeF did not decide in time.' };

function explain(error: unknown): Result {
  if (error instanceof KsefLoginError) {
    return { outcome: error.code === 'LOGIN_REFUSED' ? 'refused' : 'no-certificate', detail: error.message };
  }
  if (error instanceof KsefThrottledError) return { outcome: 'not-now', detail: error.message };
  if (error instanceof KsefUnreachableError) {
    return error.cause instanceof SignerUnavailableError
      ? { outcome: 'not-now', detail: 'The key of the certificate cannot be used now, so nothing could be signed.' }
      : { outcome: 'unreachable', detail: error.message };
  }
  throw error;
}
