import type { ReconcilingBatch } from '../batch/batch.js';
import type { AcceptedInvoice } from '../invoice/invoice.js';
import type { Clock } from '../shared/clock.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { completeWithUpo, fetchUpo } from './fetch-upo.js';
import type { KsefAccess } from './ksef-access.js';
import type { SessionReader, UpoDocument, UpoEntry, UpoPage } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

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
    private readonly unitOfWork: UnitOfWork,
    private readonly reader: SessionReader,
    private readonly clock: Clock,
  ) {}

  /** @returns how many accepted invoices are still without one; at most as many as are fetched at a time */
  async execute(tenant: TenantId, batch: ReconcilingBatch): Promise<number> {
    if ((await this.unproven(tenant, batch)).length === 0) return 0;
    const access = { tenant, context: batch.context };
    const pages = (await this.reader.status(access, batch.session))?.upoPages ?? [];
    let taken = 0;
    for (const page of pages) if (await this.takePage(access, batch.session, page)) taken += 1;
    const allTaken = pages.length > 0 && taken === pages.length;
    if (allTaken || this.pagesAreLate(batch)) await this.takeSingles(access, batch);
    else await this.takeSingles(access, batch, ({ acceptance }) => acceptance.session !== batch.session);
    return (await this.unproven(tenant, batch)).length;
  }

  private unproven(tenant: TenantId, { id, session }: ReconcilingBatch): Promise<readonly AcceptedInvoice[]> {
    return this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.unproven(id, session, SINGLE_UPOS));
  }

  private pagesAreLate({ reconciliation }: ReconcilingBatch): boolean {
    const ageMs = this.clock.now().epochMilliseconds - reconciliation.since.epochMilliseconds;
    return ageMs >= PAGES_EXPECTED_WITHIN_SECONDS * 1000;
  }

  /**
   * The document first, then the invoices it names, in a few statements: a worker that dies in between goes on.
   * @returns whether KSeF gave it
   */
  private async takePage(access: KsefAccess, session: SessionReference, page: UpoPage): Promise<boolean> {
    const { tenant } = access;
    const upo = await this.reader.upoPage(access, session, page);
    if (upo === undefined) return false;
    await this.unitOfWork.inTenant(tenant, ({ tracking }) => tracking.upos.addPage(session, page.reference, upo));
    for (let at = 0; at < upo.entries.length; at += ENTRIES_AT_A_TIME) {
      const entries = upo.entries.slice(at, at + ENTRIES_AT_A_TIME);
      await this.unitOfWork.inTenant(tenant, (stores) => this.complete(stores, session, page, entries));
    }
    return true;
  }

  private async complete(
    { tracking, audit }: TenantStores,
    session: SessionReference,
    page: UpoPage,
    entries: readonly UpoEntry[],
  ): Promise<void> {
    const proven = await tracking.upos.completeByPage(session, page.reference, entries);
    await audit.appendForEach(
      proven.map(({ id }) => id),
      {
        at: this.clock.now(),
        actor: 'worker',
        action: 'invoice.complete',
        kind: 'invoice',
        facts: { session, upo: page.reference },
      },
    );
  }

  /** Own UPOs, from the session that is said to hold the invoice, or from another one it was ever in. */
  private async takeSingles(
    access: KsefAccess,
    batch: ReconcilingBatch,
    wanted: (invoice: AcceptedInvoice) => boolean = () => true,
  ): Promise<void> {
    const { tenant } = access;
    const accepted = (await this.unproven(tenant, batch)).filter(wanted);
    for (let at = 0; at < accepted.length; at += PARALLEL_UPOS) {
      const chunk = accepted.slice(at, at + PARALLEL_UPOS);
      const fetched = await Promise.all(chunk.map((invoice) => this.ownUpo(access, invoice)));
      const proven = fetched.filter((each) => each !== undefined);
      if (proven.length === 0) continue;
      await this.unitOfWork.inTenant(tenant, (stores) => completeWithUpo(stores, proven, this.clock.now()));
    }
  }

  private async ownUpo(
    access: KsefAccess,
    invoice: AcceptedInvoice,
  ): Promise<{ readonly invoice: AcceptedInvoice; readonly upo: UpoDocument } | undefined> {
    const upo = await fetchUpo(this.reader, access, invoice);
    if (upo !== undefined) return { invoice, upo };
    const elsewhere = await this.unitOfWork.inTenant(access.tenant, ({ tracking }) =>
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
