import type { ContextIdentifier } from '@latarnik/domain';
import type { z } from 'zod';

import { type Log, printable } from '../ksef-adapter-event.js';
import type { BearerToken } from './bearer-token.js';
import type { CallGate } from './call-gate.js';
import { readRefusal, type Refusal } from './error-body.js';
import { mediaTypeOf, parseJson } from './json-body.js';
import { retryAfterSeconds } from './retry-after.js';
import type { HttpAnswer, Transport } from './transport.js';

/** Rows of a session page carry long download addresses; nothing else comes near this. */
const MAX_JSON_BYTES = 8_000_000;

export interface KsefCall {
  readonly method: 'GET' | 'POST';
  /** After the base address; its parts are encoded by the caller. */
  readonly path: string;
  readonly token?: BearerToken;
  /** In whose name; KSeF counts calls by it. Absent for what is open to everybody. */
  readonly context?: ContextIdentifier;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the time that every call has. */
  readonly timeoutMs?: number;
  readonly body?: { readonly type: 'application/json' | 'application/xml'; readonly content: string | Uint8Array };
}

/** What a good answer looks like. */
export type Expected<T> =
  | { readonly kind: 'json'; readonly schema: z.ZodType<T> }
  | { readonly kind: 'empty'; readonly value: T }
  | { readonly kind: 'xml'; readonly maxBytes: number; readonly read: (answer: HttpAnswer) => T };

/**
 * `lost` is everything that leaves open whether KSeF acted: no answer, 408, 5xx, a redirect, or an answer that is not
 * what the contract says, such as a 200 with HTML (reliability R2). `refused` is only said when KSeF's own error shape
 * came with a 4xx, or for 401.
 */
export type KsefAnswer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'lost' | 'not-sent';
      readonly cause: string;
      /** Of an answer that is not to be relied on; absent when nothing came back. */
      readonly httpStatus?: number;
      /** It found no connection in the time that its permit was good for. */
      readonly tooLate?: true;
    };

export interface KsefApiOptions {
  readonly ksefUrl: string;
  readonly callTimeoutMs: number;
  /** For how long a call is begun anew that found no connection. */
  readonly connectTimeoutMs: number;
  readonly log: Log;
  /** Told how each call ended. */
  readonly meter?: { record(answer: KsefAnswer<unknown>): void };
}

/** Calls of the KSeF API 2.0: asks leave, sends, measures, checks, and says in one word how it ended. */
export class KsefApi {
  constructor(
    private readonly transport: Transport,
    private readonly gate: CallGate,
    private readonly options: KsefApiOptions,
  ) {}

  /** `throttled` also when the shared budget has no room: then nothing was sent. */
  async call<T>(call: KsefCall, expected: Expected<T>): Promise<KsefAnswer<T>> {
    const { connectTimeoutMs, callTimeoutMs } = this.options;
    const giveUpAt = performance.now() + Math.min(connectTimeoutMs, call.timeoutMs ?? callTimeoutMs);
    for (;;) {
      const passage = await this.gate.pass(call);
      if (passage.kind !== 'permitted') return passage;
      const answer = await this.#exchange(call, expected, passage.permit.leaveWithinMs);
      if (answer.kind === 'throttled') await this.gate.blocked(passage, answer.retryAfterSeconds);
      if (answer.kind === 'not-sent') {
        await this.gate.giveBack(passage);
        if (answer.tooLate === true && performance.now() < giveUpAt) continue;
      }
      this.options.meter?.record(answer);
      return answer;
    }
  }

  async #exchange<T>(call: KsefCall, expected: Expected<T>, leaveWithinMs: number): Promise<KsefAnswer<T>> {
    const answer = await this.transport.exchange({
      method: call.method,
      url: `${this.options.ksefUrl}${call.path}`,
      headers: headersOf(call, expected),
      ...(call.body === undefined ? {} : { body: call.body.content }),
      maxAnswerBytes: expected.kind === 'xml' ? Math.max(expected.maxBytes, MAX_JSON_BYTES) : MAX_JSON_BYTES,
      timeoutMs: call.timeoutMs ?? this.options.callTimeoutMs,
      leaveWithinMs,
    });
    if (answer.kind !== 'answer') return answer;
    this.#passOnWarning(call, answer);
    const outcome = judge(answer, expected);
    if (outcome.kind === 'lost') {
      this.options.log({
        code: 'ANSWER_OUTSIDE_CONTRACT',
        call: nameOf(call),
        httpStatus: answer.status,
        reason: outcome.cause,
      });
    }
    return outcome;
  }

  #passOnWarning(call: KsefCall, answer: HttpAnswer): void {
    const warning = answer.header('x-system-warning');
    if (warning !== undefined) {
      this.options.log({ code: 'SYSTEM_WARNING', call: nameOf(call), warning: printable(warning) });
    }
  }
}

/** Method and path, for logs; the query carries nothing of interest. */
const nameOf = ({ method, path }: KsefCall): string => `${method} ${path.split('?', 1)[0] ?? ''}`;

function headersOf<T>({ token, headers, body }: KsefCall, expected: Expected<T>): Record<string, string> {
  return {
    accept: expected.kind === 'xml' ? 'application/xml, application/json' : 'application/json',
    'x-error-format': 'problem-details',
    ...headers,
    ...(body === undefined ? {} : { 'content-type': body.type }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
  };
}

function judge<T>(answer: HttpAnswer, expected: Expected<T>): KsefAnswer<T> {
  const { status } = answer;
  if (status >= 200 && status < 300) return believe(answer, expected);
  if (status === 429) {
    return { kind: 'throttled', retryAfterSeconds: retryAfterSeconds(answer.header('retry-after')) };
  }
  if (status < 400 || status >= 500 || status === 408) return lost(answer, 'no answer to rely on');
  const refusal = readRefusal(answer);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  if (status === 401) {
    return { kind: 'refused', refusal: { httpStatus: 401, codes: [], description: 'the token was not accepted' } };
  }
  return lost(answer, `an error that is not in KSeF's form (${mediaTypeOf(answer)})`);
}

function believe<T>(answer: HttpAnswer, expected: Expected<T>): KsefAnswer<T> {
  switch (expected.kind) {
    case 'empty':
      return answer.status === 204
        ? { kind: 'ok', value: expected.value }
        : lost(answer, 'not the 204 of the contract');
    case 'xml':
      return believeXml(answer, expected);
    case 'json': {
      const json = parseJson(answer);
      if (!json.ok) return lost(answer, json.error);
      const parsed = expected.schema.safeParse(json.value);
      if (parsed.success) return { kind: 'ok', value: parsed.data };
      const places = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')} (${code})`);
      return lost(answer, `not as the contract says: ${places.join(', ')}`);
    }
  }
}

function believeXml<T>(answer: HttpAnswer, expected: Extract<Expected<T>, { kind: 'xml' }>): KsefAnswer<T> {
  const mediaType = mediaTypeOf(answer);
  if (mediaType !== 'application/xml' && mediaType !== 'text/xml') return lost(answer, `content type ${mediaType}`);
  if (answer.body.length > expected.maxBytes) return lost(answer, `more than ${String(expected.maxBytes)} bytes`);
  try {
    return { kind: 'ok', value: expected.read(answer) };
  } catch (error) {
    return lost(answer, error instanceof OutsideContractError ? error.message : 'unreadable document');
  }
}

/** Thrown by readers of documents. The message says what is wrong, without quoting the document. */
export class OutsideContractError extends Error {
  override readonly name = 'OutsideContractError';
}

const lost = (answer: HttpAnswer, reason: string): Extract<KsefAnswer<never>, { kind: 'lost' | 'not-sent' }> => ({
  kind: 'lost',
  httpStatus: answer.status,
  cause: printable(`HTTP ${String(answer.status)}: ${reason}`),
});
