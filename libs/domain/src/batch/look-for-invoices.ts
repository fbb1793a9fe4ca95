import { sameHash } from '../invoice/invoice-hash.js';
import { accept, reportMissingUpo, sendToReview } from '../invoice/invoice-transitions.js';
import type { AcceptedInvoice, InSessionInvoice, Invoice, KsefRefusal } from '../invoice/invoice.js';
import { parseKsefNumber } from '../ksef-number/ksef-number.js';
import { completeWithUpo, fetchUpo } from '../session/fetch-upo.js';
import type { KsefAccess } from '../session/ksef-access.js';
import type { InvoiceInKsef, SessionReader, UpoDocument } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import { completionEvents } from '../invoice/state-events.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import { backToQueue, type BatchSteps } from './batch-steps.js';
import type { ClosingBatch, ProcessingBatch } from './batch.js';

type Held = HeldBatch<ClosingBatch | ProcessingBatch>;

/** Looked for before the session is asked about once more: KSeF may know it again. */
const LOOKED_FOR_AT_A_TIME = 20;
const PROOFS_AT_A_TIME = 40;

/**
 * Looks for the invoices of a session that KSeF does not know, one by one, by seller and number, and compares the hash
 * (domain rules 7.3, reliability C22). One that is there with our bytes is accepted; one that is not is not in KSeF, and
 * the session can bring nothing in any more: it waits for another batch. Each is stored before the next is asked for:
 * KSeF allows 20 questions an hour, and who reaches that limit goes on later with what is left.
 */
export class LookForInvoices {
  constructor(
    private readonly steps: BatchSteps,
    private readonly reader: SessionReader,
  ) {}

  /** @throws KsefThrottledError, KsefUnreachableError, KsefLoginError: what was not read stays as it is */
  async execute(held: Held): Promise<StepOutcome> {
    const open = await this.earliestFirst(held);
    for (const invoice of open.slice(0, LOOKED_FOR_AT_A_TIME)) await this.lookFor(held, invoice);
    if (open.length > LOOKED_FOR_AT_A_TIME) return { next: held.batch };
    await this.prove(held);
    const { session } = held.batch;
    return this.steps.end(held, `KSeF does not know session ${session}; its invoices were looked for one by one`, []);
  }

  /** By the end of their deadlines: the few questions go to those that cannot wait. */
  private async earliestFirst({ tenant, batch }: Held): Promise<readonly InSessionInvoice[]> {
    return this.steps.unitOfWork.inTenant(tenant, async ({ invoices }) => {
      const open = (await invoices.inBatch(batch.id, ['in-session'])) as readonly InSessionInvoice[];
      const stored = await invoices.findAll(open.map(({ id }) => id));
      const ends = new Map(
        stored.map(({ invoice, term }) => [
          invoice.id,
          term?.deadline.kind === 'due' ? term.deadline.endsAt.epochMilliseconds : Number.MAX_SAFE_INTEGER,
        ]),
      );
      const endOf = ({ id }: InSessionInvoice): number => ends.get(id) ?? Number.MAX_SAFE_INTEGER;
      return [...open].sort((a, b) => endOf(a) - endOf(b));
    });
  }

  private async lookFor(held: Held, invoice: InSessionInvoice): Promise<void> {
    const { tenant, batch } = held;
    const found = await this.reader.findByNumber({ tenant, context: batch.context }, invoice.facts);
    const own = found.find(({ hash }) => sameHash(hash, invoice.hash));
    const moved = own === undefined ? backToQueue(invoice, batch.id) : acceptFound(invoice, own, batch.session);
    const reason = own === undefined ? 'KSeF does not have it' : 'found in KSeF by its number and hash';
    await this.steps.underLease(held, (stores) => this.steps.moveInvoices(stores, [moved], { reason }));
  }

  /** A UPO is read from a session: from another one that had the same bytes, or a person asks KSeF for it. */
  private async prove(held: Held): Promise<void> {
    const { tenant, batch } = held;
    for (;;) {
      const unproven = await this.steps.unitOfWork.inTenant(tenant, ({ invoices }) =>
        invoices.unproven(batch.id, batch.session, PROOFS_AT_A_TIME),
      );
      if (unproven.length === 0) return;
      for (const invoice of unproven) await this.proveOne(held, invoice);
    }
  }

  private async proveOne(held: Held, invoice: AcceptedInvoice): Promise<void> {
    const { tenant, batch } = held;
    const proven = await this.ownUpo({ tenant, context: batch.context }, invoice);
    await this.steps.underLease(held, async (stores) => {
      if (proven === undefined) {
        const refusal = noUpo(invoice, batch.session);
        await this.steps.moveInvoices(stores, [reportMissingUpo(invoice, refusal)], { reason: refusal.description });
        return;
      }
      const at = this.steps.clock.now();
      await completeWithUpo(stores, [proven], at);
      const { id, acceptance } = proven.invoice;
      await stores.outbox.append(completionEvents([{ id, ksefNumber: acceptance.ksefNumber }], at));
    });
  }

  private async ownUpo(
    access: KsefAccess,
    invoice: AcceptedInvoice,
  ): Promise<{ readonly invoice: AcceptedInvoice; readonly upo: UpoDocument } | undefined> {
    const sessions = await this.steps.unitOfWork.inTenant(access.tenant, ({ tracking }) =>
      tracking.rows.sessionsWith(invoice.hash),
    );
    for (const session of sessions) {
      const there = { ...invoice, acceptance: { ...invoice.acceptance, session } };
      const upo = await fetchUpo(this.reader, access, there);
      if (upo !== undefined) return { invoice: there, upo };
    }
    return undefined;
  }
}

function acceptFound(invoice: InSessionInvoice, found: InvoiceInKsef, session: SessionReference): Invoice {
  const number = parseKsefNumber(found.ksefNumber);
  if (number.ok) {
    return accept(invoice, { ksefNumber: number.value, session, invoicingDate: found.invoicingDate });
  }
  return sendToReview(invoice, {
    code: 200,
    description: 'KSeF has it under a number that is no KSeF number.',
    details: [],
    advice: `Ask KSeF about "${found.ksefNumber}" before anything else.`,
  });
}

const noUpo = ({ acceptance }: AcceptedInvoice, session: SessionReference): KsefRefusal => ({
  code: 0,
  description: `KSeF has it as ${acceptance.ksefNumber}, and does not know session ${session}, which would have its UPO.`,
  details: [],
  advice: 'It is in KSeF: nothing is to be sent again. Ask the help desk of KSeF for its UPO.',
});
