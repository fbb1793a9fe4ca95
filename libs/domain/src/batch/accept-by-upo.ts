import { hashToBase64 } from '../invoice/invoice-hash.js';
import { accept } from '../invoice/invoice-transitions.js';
import type { InSessionInvoice, Invoice } from '../invoice/invoice.js';
import { parseKsefNumber, type KsefNumber } from '../ksef-number/ksef-number.js';
import type { CollectProofs } from '../session/collect-proofs.js';
import type { SessionReader, UpoDocument, UpoEntry, UpoPage } from '../session/session-reader.port.js';
import type { Instant } from '../shared/instant.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchSteps } from './batch-steps.js';
import { finished, type ReconcilingBatch } from './batch.js';

type Held = HeldBatch<ReconcilingBatch>;

/**
 * Up to so many invoices the list is read: three pages. KSeF lets a context open 60 sessions and read 200 pages an hour
 * (domain rules 8.1), so that from four pages on reading back is slower than sending.
 */
export const LIST_KEEPS_UP_TO = 3_000;
const PROCESSED = 200;
/** KSeF makes the collective UPO after the final code; a list that must be read waits no longer for it than that. */
const PAGES_EXPECTED_WITHIN_SECONDS = 60;
const LOOK_AGAIN_SECONDS = 5;
const ACCEPTED_AT_A_TIME = 1_000;

/** What a page of the UPO says of one invoice, and all of it is there and believed. */
interface Named {
  readonly ksefNumber: KsefNumber;
  readonly sentAt: Instant;
  readonly numberedAt?: Instant;
}

interface Page {
  readonly page: UpoPage;
  readonly document: UpoDocument;
}

/**
 * Accepts a whole session by its collective UPO, without reading KSeF's list of its invoices (ADR 0024): only when KSeF
 * ended it with 200, counts as many invoices as the batch had, all successful and none failed, and the pages of the UPO,
 * which the verifier has let pass, name every invoice of the batch once, with a KSeF number that is one and with our
 * hash, and nothing else. Whatever does not add up leads to the list, which says why.
 */
export class AcceptByUpo {
  constructor(
    private readonly steps: BatchSteps,
    private readonly reader: SessionReader,
    private readonly proofs: CollectProofs,
    private readonly listKeepsUpTo: number = LIST_KEEPS_UP_TO,
  ) {}

  /** @returns `undefined` when the list has to be read */
  async execute(held: Held): Promise<StepOutcome | undefined> {
    if (!this.isWorthIt(held.batch) || !isAllAccepted(held.batch)) return undefined;
    const pages = await this.pagesOf(held);
    if (pages === undefined) return this.isEarly(held.batch) ? { waitSeconds: LOOK_AGAIN_SECONDS } : undefined;
    const named = namedBy(pages);
    if (named?.size !== held.batch.invoiceCount) return undefined;
    const accepted = await this.matched(held, named);
    if (accepted === undefined) return undefined;
    await this.store(held, accepted, pages);
    if (!(await this.isAllComplete(held))) return undefined;
    const now = this.steps.clock.now();
    const facts = { sessionCode: held.batch.sessionCode, accepted: named.size, readFrom: 'collective UPO' };
    return this.steps.store(held, finished(held.batch, now), facts);
  }

  /** Before the list is begun; once it is, it is read to its end. */
  private isWorthIt({ invoiceCount, reconciliation: { phase, listings, continuationToken } }: ReconcilingBatch) {
    return (
      invoiceCount > this.listKeepsUpTo && phase === 'listing' && listings === 0 && continuationToken === undefined
    );
  }

  private isEarly({ reconciliation }: ReconcilingBatch): boolean {
    const ageMs = this.steps.clock.now().epochMilliseconds - reconciliation.since.epochMilliseconds;
    return ageMs < PAGES_EXPECTED_WITHIN_SECONDS * 1000;
  }

  private async pagesOf({ tenant, batch }: Held): Promise<readonly Page[] | undefined> {
    const access = { tenant, context: batch.context };
    const told = (await this.reader.status(access, batch.session))?.upoPages ?? [];
    const pages: Page[] = [];
    for (const page of told) {
      const document = await this.reader.upoPage(access, batch.session, page);
      if (document === undefined) return undefined;
      pages.push({ page, document });
    }
    return pages.length === 0 ? undefined : pages;
  }

  /**
   * The invoices to accept; those that were accepted before a worker died must be as the UPO says.
   * @returns `undefined` when the UPO and the batch do not name the same
   */
  private async matched(
    { tenant, batch }: Held,
    named: ReadonlyMap<string, Named>,
  ): Promise<readonly Invoice[] | undefined> {
    const invoices = await this.steps.unitOfWork.inTenant(tenant, (stores) => stores.invoices.inBatch(batch.id));
    if (invoices.length !== named.size) return undefined;
    const accepted: Invoice[] = [];
    for (const invoice of invoices) {
      const entry = named.get(hashToBase64(invoice.hash));
      if (entry === undefined) return undefined;
      if (invoice.state === 'in-session') accepted.push(acceptAs(invoice, entry, batch));
      else if (!('acceptance' in invoice) || invoice.acceptance.ksefNumber !== entry.ksefNumber) return undefined;
    }
    return accepted;
  }

  private async isAllComplete({ tenant, batch }: Held): Promise<boolean> {
    const counts = await this.steps.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.countByState(batch.id));
    return counts.get('complete') === batch.invoiceCount;
  }

  private async store(held: Held, accepted: readonly Invoice[], pages: readonly Page[]): Promise<void> {
    for (let at = 0; at < accepted.length; at += ACCEPTED_AT_A_TIME) {
      const some = accepted.slice(at, at + ACCEPTED_AT_A_TIME);
      await this.steps.underLease(held, (stores) =>
        this.steps.moveInvoices(stores, some, { session: held.batch.session, readFrom: 'collective UPO' }),
      );
    }
    for (const { page, document } of pages) await this.proofs.storePage(held, page, document);
  }
}

function isAllAccepted({ sessionCode, invoiceCount, reconciliation }: ReconcilingBatch): boolean {
  const { invoices, successful, failed } = reconciliation.counters;
  return sessionCode === PROCESSED && invoices === invoiceCount && successful === invoiceCount && (failed ?? 0) === 0;
}

/** By hash; `undefined` when an entry is not to be believed, or two are of one hash or one number. */
function namedBy(pages: readonly Page[]): ReadonlyMap<string, Named> | undefined {
  const named = new Map<string, Named>();
  const numbers = new Set<string>();
  for (const entry of pages.flatMap(({ document }) => document.entries)) {
    const believed = believe(entry);
    const key = hashToBase64(entry.hash);
    if (believed === undefined || named.has(key) || numbers.has(believed.ksefNumber)) return undefined;
    named.set(key, believed);
    numbers.add(believed.ksefNumber);
  }
  return named;
}

function believe({ ksefNumber, sentAt, numberedAt }: UpoEntry): Named | undefined {
  const number = parseKsefNumber(ksefNumber);
  if (!number.ok || sentAt === undefined) return undefined;
  return { ksefNumber: number.value, sentAt, ...(numberedAt === undefined ? {} : { numberedAt }) };
}

function acceptAs(invoice: InSessionInvoice, { ksefNumber, sentAt, numberedAt }: Named, batch: ReconcilingBatch) {
  const acquired = numberedAt === undefined ? {} : { acquisitionDate: numberedAt };
  return accept(invoice, { ksefNumber, session: batch.session, invoicingDate: sentAt, ...acquired });
}
