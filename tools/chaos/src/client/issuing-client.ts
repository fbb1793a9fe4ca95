import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededTenant } from '@latarnik/launcher';
import type { PlannedInvoice, SeedPlan } from '../plan.js';
import { kindOf, warsawToday, type Documents } from './documents.js';
import type { Answer, JournalEntry } from './journal.js';

export interface IssuingContext {
  readonly plan: SeedPlan;
  readonly tenants: readonly SeededTenant[];
  readonly apiUrl: () => string;
  readonly documents: Documents;
}

interface Request {
  readonly key: string;
  readonly body: Uint8Array;
  readonly mode: string;
  readonly apiKey: string;
}

const PATIENCE_MS = 20_000;
const RETRY_MS = 250;
/** Longer than any outage of a plan. */
const GIVE_UP_MS = 180_000;

/** Issues everything the plan asks for, as careful clients do: again under the same key until there is an answer. */
export async function issueAll(context: IssuingContext, startedAt: number): Promise<readonly JournalEntry[]> {
  const queue = [...context.plan.invoices];
  const journal: JournalEntry[] = [];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await pause(Math.max(0, startedAt + next.atMs - Date.now()));
      journal.push(...(await issueOne(context, next)));
    }
  };
  await Promise.all(Array.from({ length: context.plan.clients }, lane));
  return journal;
}

async function issueOne(context: IssuingContext, invoice: PlannedInvoice): Promise<readonly JournalEntry[]> {
  const { plan, tenants, documents } = context;
  const tenant = tenants[invoice.tenant];
  if (tenant === undefined) throw new Error('a plan with too many tenants');
  const sellerNip = tenant.contextNip;
  const number = `CH/${String(plan.seed)}/${String(invoice.index)}`;
  const key = `chaos-${String(plan.seed)}-${String(invoice.index)}`;
  const document = (variant: number) => documents.make(variant, { sellerNip, number, day: warsawToday() });
  const ask = async (askedKey: string, body: Uint8Array, copies: number): Promise<JournalEntry> => {
    const request = { key: askedKey, body, mode: invoice.mode, apiKey: tenant.apiKey };
    const answers = await Promise.all(
      Array.from({ length: copies }, () => untilAnswered(context.apiUrl, request, invoice.firstPatienceMs)),
    );
    const sha256 = createHash('sha256').update(body).digest('base64');
    return { key: askedKey, tenant: invoice.tenant, sellerNip, number, kind: kindOf(body), sha256, answers };
  };
  const body = document(invoice.document);
  // The rival names the same number, and so must have the same kind of invoice; its bytes differ.
  return Promise.all([
    ask(key, body, invoice.twice ? 2 : 1),
    ...(invoice.rival ? [ask(`${key}-rival`, document(invoice.document + 1000), 1)] : []),
  ]);
}

/** The first answer that is one. @throws when none comes for far too long */
async function untilAnswered(apiUrl: () => string, request: Request, firstPatienceMs: number): Promise<Answer> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (let patience = firstPatienceMs; ; patience = PATIENCE_MS) {
    const answer = await once(apiUrl(), request, patience);
    if (answer !== undefined) return answer;
    if (Date.now() > giveUpAt)
      return { status: 0, code: 'NO_ANSWER', id: undefined, sha256: undefined, at: Date.now() };
    await pause(RETRY_MS);
  }
}

/** @returns `undefined` when the client has to ask again: no answer, a failure, or the first request is at it still */
async function once(
  apiUrl: string,
  { key, body, mode, apiKey }: Request,
  patienceMs: number,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${apiUrl}/v1/invoices?mode=${mode}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/xml', 'idempotency-key': key },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(patienceMs),
    });
    const json = (await response.json()) as { readonly id?: string; readonly sha256?: string; readonly type?: string };
    const isToRepeat = response.status >= 500 || response.status === 429;
    if (isToRepeat || (response.status === 409 && (json.type ?? '').includes('in-progress'))) return undefined;
    return { status: response.status, code: json.type, id: json.id, sha256: json.sha256, at: Date.now() };
  } catch {
    return undefined;
  }
}
