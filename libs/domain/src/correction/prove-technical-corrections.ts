import { acceptReviewed, reportMissingUpo } from '../invoice/invoice-transitions.js';
import type { AcceptedInvoice, Invoice } from '../invoice/invoice.js';
import { completionEvents, stateEvents } from '../invoice/state-events.js';
import { completeWithUpo, fetchUpo } from '../session/fetch-upo.js';
import { findUpoElsewhere, type FoundUpo } from '../session/find-upo.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import type { KsefAccess } from '../session/ksef-access.js';
import { NO_ANSWER_SECONDS, upoMissing } from '../session/review-reasons.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { CorrectionSteps } from './correction-steps.js';
import type { HeldCorrection } from './technical-correction-repository.port.js';
import { completeCorrection } from './technical-correction-transitions.js';
import type { AcceptedCorrection } from './technical-correction.js';

const SESSION_OPEN = 100;
/** Nothing more is asked of an ended correction. */
const NEVER_SECONDS = 86_400;

type Held = HeldCorrection<AcceptedCorrection>;

/**
 * Fetches the UPO of an invoice that a technical correction brought in. After a day without one the invoice waits for a
 * person as well (reliability I10): KSeF is asked on, and completes it whenever the UPO comes.
 */
export class ProveTechnicalCorrections {
  constructor(
    private readonly steps: CorrectionSteps,
    private readonly ports: { readonly sessions: InteractiveSessions; readonly reader: SessionReader },
  ) {}

  /** @returns whether the claim was given back */
  async execute(access: KsefAccess, held: Held): Promise<boolean> {
    const { unitOfWork } = this.steps;
    const { invoiceId, acceptance } = held.correction;
    const stored = await unitOfWork.inTenant(access.tenant, ({ invoices }) => invoices.find(invoiceId));
    const invoice = stored?.invoice;
    if (invoice?.state === 'complete') {
      await this.steps.store(access.tenant, held, completeCorrection(held.correction), NEVER_SECONDS);
      return true;
    }
    if (invoice === undefined || !('acceptance' in invoice)) return false;
    const accepted = invoice.state === 'accepted' ? invoice : acceptReviewed(invoice, invoice.acceptance);
    const upo = await fetchUpo(this.ports.reader, access, accepted);
    if (upo !== undefined) return this.complete(access, held, { invoice: accepted, upo }, invoice.state);
    if (invoice.state === 'accepted' && this.isUpoLate(accepted)) return this.askPerson(access, held, accepted);
    await this.closeWhereOpen(access, acceptance.session);
    return false;
  }

  private isUpoLate({ acceptance }: AcceptedInvoice): boolean {
    const since = acceptance.acquisitionDate ?? acceptance.invoicingDate;
    const ageMs = this.steps.clock.now().epochMilliseconds - since.epochMilliseconds;
    return ageMs >= NO_ANSWER_SECONDS * 1000;
  }

  /** Its invoice waits for a person from now on, with its number; KSeF is asked on, here and when the person says so. */
  private async askPerson(access: KsefAccess, held: Held, invoice: AcceptedInvoice): Promise<boolean> {
    const found = await findUpoElsewhere(this.ports.reader, access, invoice);
    if (found !== undefined) return this.complete(access, held, found, invoice.state);
    const { unitOfWork, clock } = this.steps;
    const waiting = reportMissingUpo(invoice, upoMissing(invoice.acceptance.ksefNumber));
    await unitOfWork.inTenant(access.tenant, async ({ invoices, audit, outbox }) => {
      await invoices.save(waiting);
      const entry = this.steps.entry(held.correction, { reason: waiting.refusal.description });
      await audit.append([{ ...entry, action: 'invoice.needs-review' }]);
      await outbox.append(stateEvents([waiting], clock.now()));
    });
    return false;
  }

  private async complete(
    access: KsefAccess,
    { correction, lease }: Held,
    { invoice, upo }: FoundUpo,
    from: Invoice['state'],
  ): Promise<true> {
    const { ksefNumber } = invoice.acceptance;
    const at = this.steps.clock.now();
    const next = completeCorrection(correction);
    await this.steps.unitOfWork.inTenant(access.tenant, async (stores) => {
      if (from === 'needs-review') await stores.invoices.save(invoice);
      const accepted = from === 'needs-review' ? { ...invoice, version: invoice.version + 1 } : invoice;
      await completeWithUpo(stores, [{ invoice: accepted, upo }], at);
      await stores.corrections.saveHeld(next, lease, NEVER_SECONDS);
      await stores.audit.append([this.steps.entry(next, { ksefNumber })]);
      await stores.outbox.append(completionEvents([{ id: invoice.id, ksefNumber }], at));
    });
    return true;
  }

  /** Only a closed session makes its UPO. */
  private async closeWhereOpen(access: KsefAccess, session: SessionReference): Promise<void> {
    const status = await this.ports.reader.status(access, session);
    if (status?.code === SESSION_OPEN) await this.ports.sessions.close(access, session);
  }
}
