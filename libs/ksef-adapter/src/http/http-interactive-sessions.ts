import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import {
  type Attempt,
  done,
  failed,
  type FormCode,
  hashToBase64,
  type Instant,
  type InteractiveSession,
  type InteractiveSessions,
  type InvoiceHash,
  type InvoiceReference,
  type KsefAccess,
  type KsefCallRefusal,
  KsefLoginError,
  KsefThrottledError,
  KsefUnreachableError,
  type SessionReference,
  toBase64,
  unknown,
} from '@latarnik/domain';

import { encrypt, freshInitializationVector, freshSessionKey } from '../crypto/session-cipher.js';
import type { KsefPublicKeys } from '../crypto/public-keys.js';
import { type Log, printable } from '../ksef-adapter-event.js';
import { isNoLogin } from './access-tokens.js';
import { formCodeDto, openedOnlineDto, postedDto } from './dto.js';
import { hasCode } from './error-body.js';
import type { KsefAnswer } from './ksef-api.js';
import type { KsefCalls } from './ksef-calls.js';
import { callRefusal, KSEF_CODES, notSentRefusal, refusedRead, throttledRefusal } from './refusals.js';

type Opened = Attempt<InteractiveSession, KsefCallRefusal>;

export interface HttpInteractiveSessionsOptions {
  readonly callTimeoutMs: number;
  readonly log: Log;
}

/** Nobody waits long for a session to close: KSeF does it by itself in the end. */
const LONGEST_CLOSE_MS = 5_000;

/** Interactive sessions over HTTP (ksef-docs sesja-interaktywna.md). */
export class HttpInteractiveSessions implements InteractiveSessions {
  constructor(
    private readonly calls: KsefCalls,
    private readonly publicKeys: KsefPublicKeys,
    private readonly options: HttpInteractiveSessionsOptions,
  ) {}

  async open(access: KsefAccess, formCode: FormCode): Promise<Opened> {
    try {
      const first = await this.#open(access, formCode);
      if (first !== 'key-withdrawn') return first;
      this.publicKeys.forget();
      const second = await this.#open(access, formCode);
      return second === 'key-withdrawn' ? failed(KEY_REFUSED_AGAIN) : second;
    } catch (error) {
      if (error instanceof KsefUnreachableError) return unknown(error.message);
      if (error instanceof KsefThrottledError) return failed(throttledRefusal(error.retryAfterSeconds));
      throw error;
    }
  }

  async close(access: KsefAccess, session: SessionReference): Promise<void> {
    const answer = await closeSession(this.calls, access, session);
    if (answer.kind === 'throttled') throw new KsefThrottledError(answer.retryAfterSeconds);
    if (answer.kind === 'refused') throw refusedRead(answer.refusal, 'closing the session: ');
    if (answer.kind !== 'ok') throw new KsefUnreachableError(`closing the session: ${reasonOf(answer)}`);
  }

  async #open(access: KsefAccess, formCode: FormCode): Promise<Opened | 'key-withdrawn'> {
    const key = freshSessionKey();
    const initializationVector = freshInitializationVector();
    const encryption = {
      ...(await this.publicKeys.wrap(key)),
      initializationVector: toBase64(initializationVector),
    };
    const answer = await this.calls.call(
      access,
      {
        method: 'POST',
        path: '/sessions/online',
        body: { type: 'application/json', content: JSON.stringify({ formCode: formCodeDto(formCode), encryption }) },
      },
      { kind: 'json', schema: openedOnlineDto },
    );
    if (answer.kind === 'ok') {
      return done(
        new HttpInteractiveSession(this.calls, access, answer.value, { key, initializationVector }, this.options),
      );
    }
    key.fill(0);
    switch (answer.kind) {
      case 'refused':
        return hasCode(answer.refusal, KSEF_CODES.publicKeyWithdrawn)
          ? 'key-withdrawn'
          : failed(callRefusal(answer.refusal));
      case 'throttled':
        return failed(throttledRefusal(answer.retryAfterSeconds));
      case 'lost':
      case 'not-sent':
        return unknown(answer.cause);
    }
  }
}

const KEY_REFUSED_AGAIN: KsefCallRefusal = {
  code: 'KSEF_REFUSED',
  ksefCode: KSEF_CODES.publicKeyWithdrawn,
  httpStatus: 400,
  description: 'KSeF refused its own newest public key',
};

interface SessionSecrets {
  readonly key: Uint8Array;
  readonly initializationVector: Uint8Array;
}

class HttpInteractiveSession implements InteractiveSession {
  readonly reference: SessionReference;
  readonly validUntil: Instant;
  readonly #secrets: SessionSecrets;
  #closed = false;
  #forgotten = false;

  constructor(
    private readonly calls: KsefCalls,
    private readonly access: KsefAccess,
    opened: { readonly referenceNumber: SessionReference; readonly validUntil: Instant },
    secrets: SessionSecrets,
    private readonly options: HttpInteractiveSessionsOptions,
  ) {
    this.reference = opened.referenceNumber;
    this.validUntil = opened.validUntil;
    this.#secrets = secrets;
  }

  forget(): void {
    this.#forgotten = true;
    this.#secrets.key.fill(0);
  }

  async post(
    bytes: Uint8Array,
    hash: InvoiceHash,
    offlineMode: boolean,
    hashOfCorrectedInvoice?: InvoiceHash,
  ): Promise<Attempt<InvoiceReference, KsefCallRefusal>> {
    if (hashOfCorrectedInvoice !== undefined && !offlineMode) {
      throw new Error(`session ${this.reference}: only an offline invoice can be corrected technically`);
    }
    const corrected =
      hashOfCorrectedInvoice === undefined ? {} : { hashOfCorrectedInvoice: hashToBase64(hashOfCorrectedInvoice) };
    const content = JSON.stringify({ ...this.#encrypted(bytes, hash), offlineMode, ...corrected });
    const answer = await this.#call(() =>
      this.calls.call(
        this.access,
        {
          method: 'POST',
          path: `${sessionPath(this.reference)}/invoices`,
          body: { type: 'application/json', content },
        },
        { kind: 'json', schema: postedDto },
      ),
    );
    switch (answer.kind) {
      case 'ok':
        return done(answer.value.referenceNumber);
      case 'refused':
        return failed(callRefusal(answer.refusal));
      case 'throttled':
        return failed(throttledRefusal(answer.retryAfterSeconds));
      case 'not-sent':
        return failed(notSentRefusal(answer.cause));
      case 'lost':
        return unknown(answer.cause);
    }
  }

  /** Before anything is waited for: forgetting the key meanwhile does no harm. */
  #encrypted(bytes: Uint8Array, hash: InvoiceHash) {
    if (this.#closed || this.#forgotten) throw new Error(`session ${this.reference}: posting after close`);
    const invoiceHash = hashToBase64(hash);
    if (sha256(bytes) !== invoiceHash) throw new Error(`session ${this.reference}: bytes and hash differ`);
    const encrypted = encrypt(bytes, this.#secrets.key, this.#secrets.initializationVector);
    return {
      invoiceHash,
      invoiceSize: bytes.length,
      encryptedInvoiceHash: sha256(encrypted),
      encryptedInvoiceSize: encrypted.length,
      encryptedInvoiceContent: Buffer.from(encrypted).toString('base64'),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const timeoutMs = Math.min(this.options.callTimeoutMs, LONGEST_CLOSE_MS);
    const stop = new AbortController();
    const answer = await Promise.race([
      this.#close(timeoutMs),
      pause<KsefAnswer<undefined>>(timeoutMs, { kind: 'lost', cause: 'no answer in time' }, { signal: stop.signal }),
    ]);
    stop.abort();
    if (answer.kind === 'ok') return;
    this.options.log({ code: 'SESSION_CLOSE_FAILED', session: this.reference, reason: reasonOf(answer) });
  }

  /** Never throws. It may need a login and last longer than the call; then it goes on after `close` gave up. */
  async #close(timeoutMs: number): Promise<KsefAnswer<undefined>> {
    const answer = await this.#call(() => closeSession(this.calls, this.access, this.reference, timeoutMs)).catch(
      (error: unknown): KsefAnswer<undefined> => ({ kind: 'not-sent', cause: printable(String(error)) }),
    );
    if (answer.kind === 'ok') {
      this.#closed = true;
      this.forget();
    }
    return answer;
  }

  /** Without a token the call was not made, or was answered with 401: either way KSeF did nothing. */
  async #call<T>(call: () => Promise<KsefAnswer<T>>): Promise<KsefAnswer<T>> {
    try {
      return await call();
    } catch (error) {
      if (!isNoLogin(error)) throw error;
      if (error instanceof KsefThrottledError) return { kind: 'throttled', retryAfterSeconds: error.retryAfterSeconds };
      if (error instanceof KsefLoginError) {
        return { kind: 'refused', refusal: { httpStatus: 401, codes: [], description: error.message } };
      }
      return { kind: 'not-sent', cause: error.message };
    }
  }
}

const sessionPath = (session: SessionReference): string => `/sessions/online/${encodeURIComponent(session)}`;

/** `ok` too when its state forbids closing (21180): it is closed or cancelled already. */
async function closeSession(
  calls: KsefCalls,
  access: KsefAccess,
  session: SessionReference,
  timeoutMs?: number,
): Promise<KsefAnswer<undefined>> {
  const answer = await calls.call(
    access,
    { method: 'POST', path: `${sessionPath(session)}/close`, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    { kind: 'empty', value: undefined },
  );
  const closedBefore = answer.kind === 'refused' && hasCode(answer.refusal, KSEF_CODES.sessionStateForbids);
  return closedBefore ? { kind: 'ok', value: undefined } : answer;
}

function reasonOf(answer: Exclude<KsefAnswer<undefined>, { kind: 'ok' }>): string {
  switch (answer.kind) {
    case 'refused':
      return answer.refusal.description;
    case 'throttled':
      return throttledRefusal(answer.retryAfterSeconds).description;
    case 'lost':
    case 'not-sent':
      return answer.cause;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
