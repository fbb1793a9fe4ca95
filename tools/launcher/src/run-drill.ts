import { setTimeout as pause } from 'node:timers/promises';
import { callJson } from './http.js';

/** As the API gives it; the parts that are read here. */
export interface DrillAnswer {
  readonly id: string;
  readonly state: string;
  readonly finished: boolean;
  readonly failure: string | null;
  readonly report: {
    readonly verdict: 'passed' | 'attention' | 'failed';
    readonly findings: readonly string[];
    readonly seconds: { readonly toDetect: number; readonly toIssue: number; readonly toDrain: number | null };
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
}

const STEPS: Readonly<Record<string, string>> = {
  prepared: 'The drill waits for the worker.',
  outage: 'An outage is being simulated.',
  issuing: 'Invoices are being issued offline.',
  restoring: 'The outage is being ended.',
  draining: 'The invoices are on their way to KSeF.',
  checked: 'Everything is checked.',
  failed: 'The drill could not go on.',
};

const POLL_MS = 250;
/** The drill itself gives up after 75 minutes. */
const PATIENCE_MS = 80 * 60_000;

/** Asks a running system for a drill and waits for its end. @throws CallFailedError when it is refused */
export async function runDrill(run: DrillRun): Promise<{ readonly drill: DrillAnswer; readonly page: string }> {
  const headers = { authorization: `Bearer ${run.apiKey}` };
  const url = `${run.apiUrl.replace(/\/$/, '')}/v1/drills`;
  const { invoicesPerContext, person, onStep = () => undefined } = run;
  let drill = (await callJson('POST', url, { invoicesPerContext, person }, headers)) as DrillAnswer;
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let told = ''; ;) {
    if (drill.state !== told) onStep(STEPS[drill.state] ?? drill.state);
    told = drill.state;
    if (drill.finished) break;
    if (Date.now() > giveUpAt) throw new Error(`drill ${drill.id} is still ${drill.state}: is a worker running?`);
    await pause(POLL_MS);
    drill = (await callJson('GET', `${url}/${drill.id}`, undefined, headers)) as DrillAnswer;
  }
  const page = await fetch(`${url}/${drill.id}/report.html`, { headers });
  return { drill, page: await page.text() };
}
