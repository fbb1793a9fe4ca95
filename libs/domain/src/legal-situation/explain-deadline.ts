import { lawOf } from '../deadline/law-of.js';
import { stepsOf, subjectOf, termOf, type DueTerm } from '../deadline/due-term.js';
import { otherReadings, type OtherReading } from '../deadline/other-readings.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { Instant } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { situationAsOf, type Jurisdiction } from './legal-situation.js';

/** A term as it was known at a moment, with every step, and what the open questions of the law would make of it. */
export interface ExplainedDeadline {
  readonly asOf: Instant;
  /** Absent where none applied: an online invoice, or one that was not issued yet. */
  readonly term?: DueTerm;
  readonly steps: readonly string[];
  readonly otherReadings: readonly OtherReading[];
  /** Whether the value that is stored now can be computed again by this program (calendar and rules version). */
  readonly storedIsReplayable: boolean;
}

/** Answers "what did we know of this deadline on the 24th at 10:00?" from the stored history of messages and decisions. */
export class ExplainDeadline {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  /** @returns `undefined` when the tenant has no such invoice */
  async execute(tenant: TenantId, id: InvoiceId, asOf: Instant): Promise<ExplainedDeadline | undefined> {
    return this.unitOfWork.inTenant(tenant, async ({ invoices, legal }) => {
      const stored = await invoices.find(id);
      if (stored === undefined) return undefined;
      const { invoice, term: present } = stored;
      const subject = subjectOf(invoice);
      const storedIsReplayable = present === undefined || lawOf(present.deadline) !== undefined;
      const nothing = { asOf, steps: [], otherReadings: [], storedIsReplayable };
      if (subject === undefined || subject.issuedAt.epochMilliseconds > asOf.epochMilliseconds) return nothing;
      const situation = situationAsOf(await legal.read(), asOf, this.jurisdiction);
      const term = termOf(invoice, situation);
      if (term === undefined) return nothing;
      const { outages, law } = situation;
      return {
        asOf,
        term,
        steps: stepsOf(invoice, term),
        otherReadings: otherReadings(subject, outages, law.calendar, law.rules),
        storedIsReplayable,
      };
    });
  }
}
