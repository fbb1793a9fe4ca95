import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CallFailedError, callJson, nameOf } from './http.js';

/** As the API gives it; the parts that are read here. */
export interface DrillAnswer {
  readonly id: string;
  readonly state: string;
  readonly finished: boolean;
  readonly failure: string | null;
  readonly report: {
    readonly verdict: 'passed' | 'attention' | 'failed';
    readonly findings: readonly string[];
    readonly outage: 'ksef-simulator' | 'downtime-simulation';
    /** What `toDetect` measures. */
    readonly measured: string;
    readonly seconds: {
      readonly toDetect: number;
      readonly toIssue: number;
      readonly toDrain: number | null;
      readonly toProve: number | null;
    };
    readonly checks: readonly { readonly name: string; readonly passed: number; readonly failed: number }[];
    readonly issued: number;
    readonly accountedFor: number;
  } | null;
}

export interface DrillRun {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly invoicesPerContext: number;
  readonly person: string;
  /** Told of each step in a sentence. */
  readonly onStep?: (sentence: string) => void;
  /** Between two looks. @default 250 */
  readonly pollMs?: number;
  /** How long the API may fail to answer before the wait is given up. @default 2 minutes */
  readonly silenceMs?: number;
}

const STEPS: Readonly<Record<string, string>> = {
  prepared: 'The drill waits for the worker.',
  outage: 'The outage is made, and has to be noticed.',
  issuing: 'Invoices are being issued offline.',
  restoring: 'The outage is being ended.',
  draining: 'The invoices are on their way to KSeF.',
  checked: 'Everything is checked.',
  failed: 'The drill could not go on.',
  skipped: 'There was nothing to rehearse.',
};

const POLL_MS = 250;
const SILENCE_MS = 2 * 60_000;
/** The drill itself gives up sooner: an outage lasts 15 minutes, its end is tried for an hour, and so is the sending. */
const PATIENCE_MS = 140 * 60_000;

/**
 * Asks a running system for a drill and waits for its end. An answer that is lost, or an API that is away for a moment, ends
 * nothing: the request carries a key and is asked once, and a drill goes on without us.
 *
 * @throws CallFailedError when it is refused; TypeError when nothing answers
 */
export async function runDrill(run: DrillRun): Promise<{ readonly drill: DrillAnswer; readonly page: string }> {
  const { invoicesPerContext, person, onStep = () => undefined, pollMs = POLL_MS, silenceMs = SILENCE_MS } = run;
  const headers = { authorization: `Bearer ${run.apiKey}` };
  const url = `${run.apiUrl.replace(/\/$/, '')}/v1/drills`;
  const patiently = <T>(call: () => Promise<T>): Promise<T> => untilAnswered(call, pollMs, silenceMs);
  const asking = { ...headers, 'idempotency-key': randomUUID() };
  const ask = () => callJson('POST', url, { invoicesPerContext, person }, asking);
  let drill = (await untilAnswered(ask, pollMs, Math.min(silenceMs, ASK_MS))) as DrillAnswer;
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let told = ''; ;) {
    if (drill.state !== told) onStep(STEPS[drill.state] ?? drill.state);
    told = drill.state;
    if (drill.finished) break;
    if (Date.now() > giveUpAt) throw new Error(`drill ${drill.id} is still ${drill.state}: is a worker running?`);
    await pause(pollMs);
    drill = (await patiently(() => callJson('GET', `${url}/${drill.id}`, undefined, headers))) as DrillAnswer;
  }
  const page = await patiently(() => pageAt(`${url}/${drill.id}/report.html`, headers));
  return { drill, page };
}

/** Where nothing answers at first, it is the wrong address rather than a bad moment. */
const ASK_MS = 3000;

/** Repeats a call that nobody answered, or that met an error of the server; a refusal is an answer. */
async function untilAnswered<T>(call: () => Promise<T>, pollMs: number, silenceMs: number): Promise<T> {
  const giveUpAt = Date.now() + silenceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || Date.now() > giveUpAt) throw error;
    }
    await pause(pollMs);
  }
}

/** A connection that fails is a TypeError of fetch, an answer cut off a SyntaxError; 429 asks for patience. */
const isPassing = (error: unknown): boolean =>
  error instanceof CallFailedError
    ? error.status >= 500 || error.status === 429
    : ['TypeError', 'SyntaxError'].includes(nameOf(error) ?? '');

async function pageAt(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(url, { headers });
  const page = await response.text();
  if (!response.ok) throw new CallFailedError(response.status, page, 'the report');
  return page;
}
