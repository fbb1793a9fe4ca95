import type { Alert, AlertLog, RaisedAlert } from '../alert/alert-log.port.js';
import { stageName, type AlertStage } from '../alert/alert-stage.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { BookLine, DeadlineBook } from '../deadline/deadline-book.js';
import type { DueTerm } from '../deadline/due-term.js';
import { intervalOf, type GroupTerm, type WaitingGroup } from '../deadline/waiting-group.js';
import type { MovedTerm, WaitingTerms } from '../deadline/waiting-terms.port.js';
import type { Outbox, OutboxEvent } from '../event/outbox.port.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { InvoiceId, OfflineIssue } from '../invoice/invoice.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { InMemoryInvoices } from './in-memory-invoices.js';

/** Terms and the deadline book, read from the invoices themselves. */
export class InMemoryTerms implements WaitingTerms, DeadlineBook {
  constructor(private readonly invoices: InMemoryInvoices) {}

  groups(boundaries: readonly Instant[]): Promise<readonly WaitingGroup[]> {
    const groups = new Map<string, WaitingGroup>();
    for (const { invoice } of this.invoices.waiting) {
      const { mode, issuedAt } = issueOf(invoice);
      const { context, facts } = invoice;
      const interval = intervalOf(issuedAt, boundaries);
      const key = [context.type, context.value, facts.issueDate.toString(), mode, interval].join('/');
      const invoices = (groups.get(key)?.invoices ?? 0) + 1;
      groups.set(key, { context, issueDate: facts.issueDate, mode, interval, issuedAt, invoices });
    }
    return Promise.resolve([...groups.values()]);
  }

  async move(
    terms: readonly GroupTerm[],
    boundaries: readonly Instant[],
    limit: number,
    after?: InvoiceId,
  ): Promise<{ readonly moved: readonly MovedTerm[]; readonly last?: InvoiceId }> {
    const rest = this.invoices.waiting.filter(({ invoice }) => after === undefined || invoice.id > after);
    const chunk = rest.slice(0, limit);
    const moved = new Map<string, MovedTerm>();
    for (const { invoice, term } of chunk) {
      const group = terms.find((candidate) => isOf(candidate, invoice, boundaries));
      if (group === undefined || textOf(group.term) === textOf(term)) continue;
      await this.invoices.saveTerm(invoice.id, group.term);
      const key = `${textOf(term)} > ${String(terms.indexOf(group))}`;
      const ids = [...(moved.get(key)?.ids ?? []), invoice.id];
      moved.set(key, { ids, before: term, after: group });
    }
    const last = rest.length > limit ? chunk.at(-1)?.invoice.id : undefined;
    return { moved: [...moved.values()], ...(last === undefined ? {} : { last }) };
  }

  lines(context?: ContextIdentifier): Promise<readonly BookLine[]> {
    const lines = this.invoices.waiting
      .filter(({ invoice }) => context === undefined || sameContext(invoice.context, context))
      .flatMap(({ invoice, term }): BookLine[] => {
        if (term === undefined) return [];
        const { deadline, target } = term;
        return [
          {
            context: invoice.context,
            kind: deadline.kind,
            regime: deadline.regime,
            ...(deadline.kind === 'due' ? { endsAt: deadline.endsAt } : {}),
            ...(target === undefined ? {} : { targetAt: target.at }),
            invoices: 1,
            needPerson: ['rejected', 'blocked', 'conflict', 'needs-review'].includes(invoice.state) ? 1 : 0,
          },
        ];
      });
    return Promise.resolve(lines);
  }
}

export class InMemoryAlerts implements AlertLog {
  raised: readonly RaisedAlert[] = [];

  constructor(private readonly invoices: InMemoryInvoices) {}

  savepoint(): () => void {
    const { raised } = this;
    return () => (this.raised = raised);
  }

  raise(stage: AlertStage, now: Instant, limit: number): Promise<readonly RaisedAlert[]> {
    const due = this.invoices.waiting
      .flatMap((stored) => {
        const moments = momentsOf(stage, stored);
        return moments === undefined || isBefore(now, moments.from) ? [] : [{ stored, dueAt: moments.dueAt }];
      })
      .filter(({ stored, dueAt }) => !this.isRaised(stored.invoice.id, stageName(stage), dueAt))
      .sort((a, b) => Temporal.Instant.compare(a.dueAt, b.dueAt))
      .slice(0, limit)
      .map(({ stored: { invoice }, dueAt }): RaisedAlert => {
        const { id, context, facts, state } = invoice;
        return { invoiceId: id, stage: stageName(stage), dueAt, raisedAt: now, number: facts.number, context, state };
      });
    this.raised = [...this.raised, ...due];
    return Promise.resolve(due);
  }

  recent(limit: number): Promise<readonly RaisedAlert[]> {
    return Promise.resolve([...this.raised].reverse().slice(0, limit));
  }

  of(id: InvoiceId): Promise<readonly Alert[]> {
    return Promise.resolve(this.raised.filter(({ invoiceId }) => invoiceId === id));
  }

  private isRaised(id: InvoiceId, stage: string, dueAt: Instant): boolean {
    return this.raised.some((alert) => alert.invoiceId === id && alert.stage === stage && alert.dueAt.equals(dueAt));
  }
}

export class InMemoryOutbox implements Outbox {
  events: readonly OutboxEvent[] = [];

  savepoint(): () => void {
    const { events } = this;
    return () => (this.events = events);
  }

  append(events: readonly OutboxEvent[]): Promise<void> {
    this.events = [...this.events, ...events];
    return Promise.resolve();
  }
}

interface Moments {
  /** From when the warning is due. */
  readonly from: Instant;
  /** Of what moment it warns. */
  readonly dueAt: Instant;
}

function momentsOf(stage: AlertStage, { invoice, term }: StoredInvoice): Moments | undefined {
  if (term === undefined) return undefined;
  const { deadline } = term;
  if (stage.kind === 'target-missed') return targetMoments(term);
  if (stage.kind === 'still-open') {
    const dueAt = issueOf(invoice).issuedAt.add({ hours: stage.hours });
    return deadline.kind === 'open' ? { from: dueAt, dueAt } : undefined;
  }
  if (deadline.kind !== 'due') return undefined;
  const dueAt = deadline.endsAt;
  return { from: stage.kind === 'overdue' ? justAfter(dueAt) : dueAt.subtract({ hours: stage.hours }), dueAt };
}

function targetMoments({ deadline, target }: DueTerm): Moments | undefined {
  if (target === undefined || (deadline.kind === 'due' && deadline.endsAt.equals(target.at))) return undefined;
  return { from: justAfter(target.at), dueAt: target.at };
}

const justAfter = (moment: Instant): Instant => moment.add({ milliseconds: 1 });

function isOf(group: WaitingGroup, invoice: StoredInvoice['invoice'], boundaries: readonly Instant[]): boolean {
  const { mode, issuedAt } = issueOf(invoice);
  return (
    sameContext(group.context, invoice.context) &&
    group.issueDate.equals(invoice.facts.issueDate) &&
    group.mode === mode &&
    group.interval === intervalOf(issuedAt, boundaries)
  );
}

function issueOf(invoice: StoredInvoice['invoice']): OfflineIssue {
  if (!('issue' in invoice) || invoice.issue.mode === 'online') throw new Error(`invoice ${invoice.id} does not wait`);
  return invoice.issue;
}

const textOf = (term: DueTerm | undefined): string => JSON.stringify(term ?? null);
