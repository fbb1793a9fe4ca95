import type { HeldBatch } from '../batch/advance-batch.js';
import type { BatchSteps } from '../batch/batch-steps.js';
import type { ReconcilingBatch } from '../batch/batch.js';
import type { AcceptedInvoice } from '../invoice/invoice.js';
import { completionEvents } from '../invoice/state-events.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import { completeWithUpo, fetchUpo } from './fetch-upo.js';
import type { KsefAccess } from './ksef-access.js';
import type { SessionReader, UpoDocument, UpoEntry, UpoPage } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

type Held = HeldBatch<ReconcilingBatch>;

/** Invoices that one statement completes. */
const ENTRIES_AT_A_TIME = 2500;
/** Own UPOs fetched in one pass, and how many at a time. */
const SINGLE_UPOS = 40;
const PARALLEL_UPOS = 8;
/** KSeF makes the collective UPO within so long; after that each invoice is asked for by itself. */
const PAGES_EXPECTED_WITHIN_SECONDS = 600;

/**
 * Fetches the proofs (UPO) of a session's accepted invoices. One page of the collective UPO proves up to 10,000 of them
 * and is stored once; what no page names, such as an invoice that another session delivered, gets its own (ADR 0020). An
 * entry counts only for the invoice whose number and hash it names (invariant I8).
 */
export class CollectProofs {
  constructor(
    private readonly steps: BatchSteps,
    private readonly reader: SessionReader,
  ) {}

  /** @returns how many accepted invoices are still without one; at most as many as are fetched at a time */
  async execute(held: Held): Promise<number> {
    const { tenant, batch } = held;
    if ((await this.unproven(held)).length === 0) return 0;
    const access = { tenant, context: batch.context };
    const pages = (await this.reader.status(access, batch.session))?.upoPages ?? [];
    let taken = 0;
    for (const page of pages) if (await this.takePage(held, access, page)) taken += 1;
    const allTaken = pages.length > 0 && taken === pages.length;
    if (allTaken || this.pagesAreLate(batch)) await this.takeSingles(held, access);
    else await this.takeSingles(held, access, ({ acceptance }) => acceptance.session !== batch.session);
    return (await this.unproven(held)).length;
  }

  private unproven({ tenant, batch: { id, session } }: Held): Promise<readonly AcceptedInvoice[]> {
    return this.steps.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.unproven(id, session, SINGLE_UPOS));
  }

  private pagesAreLate({ reconciliation }: ReconcilingBatch): boolean {
    const ageMs = this.steps.clock.now().epochMilliseconds - reconciliation.since.epochMilliseconds;
    return ageMs >= PAGES_EXPECTED_WITHIN_SECONDS * 1000;
  }

  /** @returns whether KSeF gave it */
  private async takePage(held: Held, access: KsefAccess, page: UpoPage): Promise<boolean> {
    const upo = await this.reader.upoPage(access, held.batch.session, page);
    if (upo !== undefined) await this.storePage(held, page, upo);
    return upo !== undefined;
  }

  /**
   * The document first, then the accepted invoices it names, in a few statements, each under the lease: a worker that dies
   * in between is gone on for, and one that lost its lease writes nothing.
   */
  async storePage(held: Held, page: UpoPage, upo: UpoDocument): Promise<void> {
    const { session } = held.batch;
    await this.steps.underLease(held, ({ tracking }) => tracking.upos.addPage(session, page.reference, upo));
    for (let at = 0; at < upo.entries.length; at += ENTRIES_AT_A_TIME) {
      const entries = upo.entries.slice(at, at + ENTRIES_AT_A_TIME);
      await this.steps.underLease(held, (stores) => this.complete(stores, session, page, entries));
    }
  }

  private async complete(
    { tracking, audit, outbox }: TenantStores,
    session: SessionReference,
    page: UpoPage,
    entries: readonly UpoEntry[],
  ): Promise<void> {
    const proven = await tracking.upos.completeByPage(session, page.reference, entries);
    if (proven.length === 0) return;
    const at = this.steps.clock.now();
    await outbox.append(completionEvents(proven, at));
    await audit.appendForEach(
      proven.map(({ id }) => id),
      {
        at,
        actor: 'worker',
        action: 'invoice.complete',
        kind: 'invoice',
        facts: { session, upo: page.reference },
      },
    );
  }

  /** Own UPOs, from the session that is said to hold the invoice, or from another one it was ever in. */
  private async takeSingles(
    held: Held,
    access: KsefAccess,
    wanted: (invoice: AcceptedInvoice) => boolean = () => true,
  ): Promise<void> {
    const accepted = (await this.unproven(held)).filter(wanted);
    for (let at = 0; at < accepted.length; at += PARALLEL_UPOS) {
      const chunk = accepted.slice(at, at + PARALLEL_UPOS);
      const fetched = await Promise.all(chunk.map((invoice) => this.ownUpo(access, invoice)));
      const proven = fetched.filter((each) => each !== undefined);
      if (proven.length === 0) continue;
      await this.steps.underLease(held, (stores) => this.completeSingles(stores, proven));
    }
  }

  private async completeSingles(
    stores: TenantStores,
    proven: readonly { readonly invoice: AcceptedInvoice; readonly upo: UpoDocument }[],
  ): Promise<void> {
    const at = this.steps.clock.now();
    await completeWithUpo(stores, proven, at);
    const completed = proven.map(({ invoice: { id, acceptance } }) => ({ id, ksefNumber: acceptance.ksefNumber }));
    await stores.outbox.append(completionEvents(completed, at));
  }

  private async ownUpo(
    access: KsefAccess,
    invoice: AcceptedInvoice,
  ): Promise<{ readonly invoice: AcceptedInvoice; readonly upo: UpoDocument } | undefined> {
    const upo = await fetchUpo(this.reader, access, invoice);
    if (upo !== undefined) return { invoice, upo };
    const elsewhere = await this.steps.unitOfWork.inTenant(access.tenant, ({ tracking }) =>
      tracking.rows.sessionsWith(invoice.hash),
    );
    for (const session of elsewhere) {
      if (session === invoice.acceptance.session) continue;
      const moved = { ...invoice, acceptance: { ...invoice.acceptance, session } };
      const own = await fetchUpo(this.reader, access, moved);
      if (own !== undefined) return { invoice: moved, upo: own };
    }
    return undefined;
  }
}
