import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SignerUnavailableError } from '@latarnik/domain';
import type { KeyAlgorithm } from '../key/key-algorithm.js';
import type { SignatureScheme } from '../key/key-signature.js';
import type { TokenKeys } from '../key/sealed-keys.js';
import type { PrivateKey } from '../key/signing-key.js';
import { CircuitBreaker } from './circuit-breaker.js';
import {
  spoilsSessions,
  type SignAnswer,
  type SignRequest,
  type TokenMechanism,
  type TokenProblem,
  type TokenSettings,
} from './token-messages.js';
import type { TokenReference } from './token-reference.js';

export interface Pkcs11Options extends TokenSettings {
  /** Environment of the process that loads the module: what the module needs, and no secret of ours. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Longest wait for one signature, logging in included. @default 5000 */
  readonly callTimeoutMs?: number;
  /** Failures in a row after which calls fail at once. @default 3 */
  readonly failuresBeforePause?: number;
  /** For this long. @default 10_000 */
  readonly pauseMs?: number;
  /** Monotonic. @default performance.now */
  readonly nowMs?: () => number;
}

interface Call {
  readonly resolve: (signature: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

const MOST_CALLS = 100;
/** The compiled process; the path holds from `src` and from `dist` alike. */
const PROCESS_FILE = fileURLToPath(new URL('../../dist/pkcs11/token-process.js', import.meta.url));

/** The token has no such key, or several. */
export class TokenKeyNotFoundError extends SignerUnavailableError {
  constructor(readonly found: number) {
    super(`the token has ${found === 0 ? 'no such key' : 'several such keys'}`, { trouble: 'token' });
  }
}

/** The key is of another type than the certificate it was named for. */
export class TokenKeyTypeError extends SignerUnavailableError {
  constructor() {
    super('the key in the token is of another type than its certificate', { trouble: 'token' });
  }
}

/**
 * Signs with keys in PKCS#11 tokens. A process of its own talks to the token: a module that hangs or crashes takes that
 * process with it and nothing else. Every call has a time limit; after failures in a row calls fail at once for a while
 * (reliability A10). A PIN that the token refused is not used again until its file changes, since tokens lock.
 */
export class Pkcs11Token implements TokenKeys {
  readonly #options: Pkcs11Options;
  readonly #processFile: string;
  readonly #breaker: CircuitBreaker;
  readonly #calls = new Map<number, Call>();
  readonly #callTimeoutMs: number;
  #process: ChildProcess | undefined;
  #lastCall = 0;
  /** Of the PIN file, from before the process started. */
  #pinStamp = '';
  /** Of the file whose PIN was refused. */
  #refusedPin: { readonly stamp: string; readonly detail: string } | undefined;

  constructor(options: Pkcs11Options, processFile = PROCESS_FILE) {
    this.#options = options;
    this.#processFile = processFile;
    const { callTimeoutMs = 5_000, failuresBeforePause = 3, pauseMs = 10_000 } = options;
    this.#callTimeoutMs = callTimeoutMs;
    const nowMs = options.nowMs ?? (() => performance.now());
    this.#breaker = new CircuitBreaker({ failures: failuresBeforePause, pauseMs, nowMs });
  }

  keyFor(reference: TokenReference, algorithm: KeyAlgorithm): PrivateKey {
    return {
      sign: (scheme, data) => this.#sign(reference, mechanismOf(algorithm, scheme), data),
    };
  }

  /** Ends the process that talks to the token; the next call starts another. */
  close(): void {
    this.#end('closed');
  }

  async #sign(reference: TokenReference, mechanism: TokenMechanism, data: Uint8Array): Promise<Uint8Array> {
    await this.#assertPinMayBeUsed();
    if (this.#calls.size >= MOST_CALLS) throw unavailable('too many signatures wait for the token');
    if (!this.#breaker.admits()) throw unavailable('the token failed several times and is given a pause');
    const digest = createHash('sha256').update(data).digest();
    try {
      const signature = await this.#ask({ reference, mechanism, digest });
      this.#breaker.succeeded();
      return signature;
    } catch (error) {
      const isAboutTheKey = error instanceof TokenKeyNotFoundError || error instanceof TokenKeyTypeError;
      if (isAboutTheKey) this.#breaker.succeeded();
      else this.#breaker.failed();
      throw error;
    }
  }

  async #ask(request: Omit<SignRequest, 'call'>): Promise<Uint8Array> {
    const call = (this.#lastCall += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#calls.set(call, { resolve, reject });
    const timer = setTimeout(() => {
      this.#end(`the token gave no answer within ${this.#callTimeoutMs} ms`);
    }, this.#callTimeoutMs);
    try {
      this.#running().send({ call, ...request } satisfies SignRequest, (error) => {
        if (error !== null) this.#end('the process that talks to the token cannot be reached');
      });
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#calls.delete(call);
    }
  }

  #running(): ChildProcess {
    if (this.#process !== undefined) return this.#process;
    const { modulePath, tokenLabel, pinFile, environment = {} } = this.#options;
    const started = fork(this.#processFile, [], {
      ...{
        env: { ...environment },
        execArgv: [],
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      },
    });
    this.#process = started;
    started.on('message', (message) => {
      // What one that was given up still has to say is about calls that have failed already.
      if (this.#process === started) this.#settle(message as SignAnswer);
    });
    for (const event of ['exit', 'error'] as const) {
      started.on(event, () => {
        if (this.#process === started) this.#end('the process that talks to the token ended');
      });
    }
    // Waiting for a call keeps this process alive; a process that waits for calls does not.
    started.unref();
    started.channel?.unref();
    const settings: TokenSettings = { modulePath, pinFile, ...(tokenLabel === undefined ? {} : { tokenLabel }) };
    started.send(settings, () => undefined);
    return started;
  }

  #settle(answer: SignAnswer): void {
    const call = this.#calls.get(answer.call);
    this.#calls.delete(answer.call);
    if ('signature' in answer) {
      call?.resolve(answer.signature);
      return;
    }
    const { problem } = answer;
    const error = errorOf(problem);
    if (problem.kind === 'pin') this.#refusedPin = { stamp: this.#pinStamp, detail: problem.detail };
    call?.reject(error);
    if (spoilsSessions(problem)) this.#end(error.message);
  }

  /** Nobody waits for a process that does not answer: it is killed, and all its calls have failed. */
  #end(reason: string): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
    for (const { reject } of [...this.#calls.values()]) reject(unavailable(reason));
  }

  /** The stamp is taken before the PIN is read: a file that changes in between is tried once more, not once too few. */
  async #assertPinMayBeUsed(): Promise<void> {
    if (this.#process !== undefined) return;
    const stamp = await stampOf(this.#options.pinFile);
    if (this.#refusedPin?.stamp === stamp) throw unavailable(pinText(this.#refusedPin.detail));
    this.#refusedPin = undefined;
    this.#pinStamp = stamp;
  }
}

function mechanismOf(algorithm: KeyAlgorithm, scheme: SignatureScheme): TokenMechanism {
  if (algorithm === 'ec-p256') return 'ecdsa';
  return scheme === 'kod-ii' ? 'rsa-pss' : 'rsa-pkcs1';
}

const unavailable = (message: string): SignerUnavailableError =>
  new SignerUnavailableError(message, { trouble: 'token' });

const pinText = (detail: string): string =>
  `the PIN of the token cannot be used (${detail}); it is tried again when its file changes`;

function errorOf(problem: TokenProblem): SignerUnavailableError {
  switch (problem.kind) {
    case 'key':
      return new TokenKeyNotFoundError(problem.found);
    case 'key-type':
      return new TokenKeyTypeError();
    case 'pin':
      return unavailable(pinText(problem.detail));
    case 'token':
      return unavailable(`the token cannot be used: ${problem.detail}`);
  }
}

/** Changes when the file is written or replaced. */
async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(file);
    return [mtimeMs, ctimeMs, size, ino].join();
  } catch {
    return 'none';
  }
}
