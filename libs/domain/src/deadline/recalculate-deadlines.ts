import { reliableOutages } from '../availability/availability.js';
import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import type { Invoice, InvoiceId } from '../invoice/invoice.js';
import { outagesFrom, type Outage } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DeadlineRules } from './deadline-rules.js';
import { deadlineFor, type Deadline, type DerivedDeadline } from './deadline.js';

/** Invoices of one transaction. */
const CHUNK = 1000;

/** Derives the deadlines of a tenant's waiting invoices anew, after a message of the Ministry. Safe to repeat. */
export class RecalculateDeadlines {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly calendar: BusinessDayCalendar,
    private readonly clock: Clock,
  ) {}

  /** @returns how many deadlines changed */
  async execute(tenant: TenantId): Promise<number> {
    let changed = 0;
    let after: InvoiceId | undefined;
    do {
      const chunk = await this.recalculateChunk(tenant, after);
      changed += chunk.changed;
      after = chunk.last;
    } while (after !== undefined);
    return changed;
  }

  private async recalculateChunk(tenant: TenantId, after: InvoiceId | undefined) {
    return this.unitOfWork.inTenant(tenant, async ({ invoices, bulletins, audit }) => {
      const outages = reliableOutages(outagesFrom(await bulletins.all()));
      const waiting = await invoices.waiting(CHUNK, after);
      const moved = waiting.flatMap(({ invoice, deadline }) => {
        const derived = statutoryDeadline(invoice, outages, this.calendar);
        return derived === undefined || sameDay(derived, deadline) ? [] : [{ id: invoice.id, deadline: derived }];
      });
      await invoices.saveDeadlines(moved);
      await audit.append(
        moved.map(({ id, deadline }) => ({
          at: this.clock.now(),
          actor: 'worker',
          action: 'deadline.moved',
          subject: { kind: 'invoice' as const, id },
          facts: { deadline: describeDeadline(deadline), basis: deadline.basis },
        })),
      );
      return { changed: moved.length, last: waiting.length < CHUNK ? undefined : waiting.at(-1)?.invoice.id };
    });
  }
}

/** The deadline of an invoice in its present state; `undefined` where none applies (online, or not issued). */
export function statutoryDeadline(
  invoice: Invoice,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules?: DeadlineRules,
): DerivedDeadline | undefined {
  if (!('issue' in invoice) || invoice.issue.mode === 'online') return undefined;
  const { issuedAt, mode } = invoice.issue;
  const delivered = 'acceptance' in invoice ? { deliveredAt: invoice.acceptance.invoicingDate } : {};
  const subject = { issueDate: invoice.facts.issueDate, issuedAt, declared: mode, ...delivered };
  return deadlineFor(subject, outages, calendar, rules);
}

/** For audit and people: the day, or why there is none. */
export function describeDeadline(deadline: Deadline): string {
  switch (deadline.kind) {
    case 'due':
      return deadline.day.toString();
    case 'open':
      return 'open: the outage has not ended';
    case 'none':
      return 'none: nothing is sent';
  }
}

function sameDay(a: Deadline, b: Deadline | undefined): boolean {
  return a.regime === b?.regime && a.basis === b.basis && describeDeadline(a) === describeDeadline(b);
}
