import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { SeededTenant } from '@latarnik/launcher';
import type pg from 'pg';
import { withClient } from '../world/cluster.js';

export interface CorrectorContext {
  readonly databaseUrl: string;
  readonly tenants: readonly SeededTenant[];
  readonly apiUrl: () => string;
}

/** What a correction needs two of: one key proposes, the other approves. */
interface Keys {
  readonly proposer: string;
  readonly approver: string;
}

/** Definitely settled, whatever came of it; anything else is tried again at the next look. */
const isFinal = (status: number): boolean => status >= 200 && status < 500 && status !== 429;

/** Of a refusal, for the report. */
const MOST_WORDS = 1_000;

/** Two people who correct technically what KSeF refused for its file, as soon as they see it. */
export class Corrector {
  /** Invoices that these two are done with, and how: the last answer they got. */
  readonly #done = new Map<string, string>();

  private constructor(
    private readonly context: CorrectorContext,
    private readonly keys: ReadonlyMap<string, Keys>,
  ) {}

  /** Gives each tenant a second API key. */
  static async with(context: CorrectorContext): Promise<Corrector> {
    const keys = new Map<string, Keys>();
    await withClient(context.databaseUrl, async (client) => {
      for (const { tenantId, apiKey } of context.tenants) {
        const approver = `lk_${randomBytes(32).toString('base64url')}`;
        const id = randomUUID();
        // Another client, as another person's program has: two keys of one client are one opinion.
        await client.query(
          `INSERT INTO api_key (tenant_id, id, sha256, client, expires_at) VALUES ($1, $2, $3, $2, now() + interval '1 day')`,
          [tenantId, id, createHash('sha256').update(approver).digest()],
        );
        keys.set(tenantId, { proposer: apiKey, approver });
      }
    });
    return new Corrector(context, keys);
  }

  /** One look. @returns how many invoices still wait for these two */
  async tend(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ id: string; tenant_id: string; bytes: Buffer }>(
      `SELECT invoice.id, invoice.tenant_id, bytes FROM invoice
         JOIN invoice_document AS document ON document.tenant_id = invoice.tenant_id AND document.invoice_id = invoice.id
       WHERE state = 'rejected'`,
    );
    const waiting = rows.filter(({ id }) => !this.#done.has(id));
    for (const { id, tenant_id: tenant, bytes } of waiting) {
      const keys = this.keys.get(tenant);
      const answer = keys === undefined ? undefined : await this.correct(id, bytes, keys);
      if (answer !== undefined) this.#done.set(id, answer);
    }
    return waiting.filter(({ id }) => !this.#done.has(id)).length;
  }

  get answers(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#done);
  }

  /** @returns `undefined` when it has to be tried again */
  private async correct(id: string, bytes: Buffer, { proposer, approver }: Keys): Promise<string | undefined> {
    const path = `/v1/invoices/${id}/technical-correction`;
    const mended = bytes
      .toString('utf8')
      .replace(/<DataWytworzeniaFa>[^<]*</, '<DataWytworzeniaFa>2026-11-20T10:11:12Z<');
    const headers = { 'content-type': 'application/xml', 'idempotency-key': `correction-${id}` };
    const proposed = await this.ask(`${path}?person=Ewa%20Nowak&reason=chaos`, proposer, headers, mended);
    if (proposed === undefined || !isFinal(proposed.status)) return undefined;
    if (proposed.status >= 300) return `proposal: ${String(proposed.status)} ${proposed.words}`;
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ person: 'Jan Kowal', reason: 'chaos' });
    const approved = await this.ask(`${path}/${proposed.id ?? ''}/approval`, approver, json, body);
    if (approved === undefined || !isFinal(approved.status)) return undefined;
    return `approval: ${String(approved.status)} ${approved.words}`;
  }

  private async ask(path: string, apiKey: string, headers: Readonly<Record<string, string>>, body: string) {
    try {
      const response = await fetch(`${this.context.apiUrl()}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, ...headers },
        body,
        signal: AbortSignal.timeout(20_000),
      });
      const text = await response.text();
      const { id } = JSON.parse(text) as { readonly id?: string };
      return { status: response.status, id, words: response.ok ? 'taken' : text.slice(0, MOST_WORDS) };
    } catch {
      return undefined;
    }
  }
}
