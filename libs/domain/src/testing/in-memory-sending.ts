import type { Batch } from '../batch/batch.js';
import type { Invoice } from '../invoice/invoice.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import { correctionHold, type CorrectionHold } from '../sending/correction-hold.js';
import type {
  BacklogLine,
  HeldInvoices,
  LiveBatch,
  PastDelivery,
  SendingBook,
  SendingOrder,
  WaitingContext,
} from '../sending/sending-book.port.js';
import type { SendingRuleDecision } from '../sending/sending-rule.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { InMemoryBatches } from './in-memory-batches.js';
import type { InMemoryInvoices } from './in-memory-invoices.js';

interface Order extends SendingOrder {
  readonly fulfilled: boolean;
}

type Line = StoredInvoice & { readonly why?: HeldInvoices['reason'] };

/** What a database would tell of the invoices and batches of the same world. */
export class InMemorySending implements SendingBook {
  #rules: readonly SendingRuleDecision[] = [];
  #orders: readonly Order[] = [];

  constructor(
    private readonly invoices: InMemoryInvoices,
    private readonly batches: InMemoryBatches,
    private readonly clock: Clock,
  ) {}

  savepoint(): () => void {
    const [rules, orders] = [this.#rules, this.#orders];
    return () => ([this.#rules, this.#orders] = [rules, orders]);
  }

  rules(): Promise<readonly SendingRuleDecision[]> {
    return Promise.resolve(this.#rules);
  }

  addRule(decision: SendingRuleDecision): Promise<void> {
    this.#rules = [decision, ...this.#rules];
    return Promise.resolve();
  }

  addOrder(order: SendingOrder): Promise<void> {
    this.#orders = [...this.#orders, { ...order, fulfilled: false }];
    return Promise.resolve();
  }

  openOrders(): Promise<readonly SendingOrder[]> {
    return Promise.resolve(
      this.#orders.filter(({ fulfilled }) => !fulfilled).map(({ fulfilled: _fulfilled, ...order }) => order),
    );
  }

  endFulfilledOrders(): Promise<void> {
    this.#orders = this.#orders.map((order) => {
      const isOwed = this.lines().some((line) => line.why === undefined && covers(order, line));
      return isOwed ? order : { ...order, fulfilled: true };
    });
    return Promise.resolve();
  }

  waiting(): Promise<readonly WaitingContext[]> {
    const free = this.lines().filter(({ why }) => why === undefined);
    const contexts = new Map(free.map(({ invoice: { context } }) => [contextLabel(context), context]));
    const waiting = [...contexts.values()].map((context) =>
      this.waitingIn(
        context,
        free.filter(({ invoice }) => sameContext(invoice.context, context)),
      ),
    );
    return Promise.resolve(waiting.sort((a, b) => msOf(a.firstTargetAt) - msOf(b.firstTargetAt)));
  }

  backlog(context: ContextIdentifier, most = Number.POSITIVE_INFINITY): Promise<readonly BacklogLine[]> {
    const free = this.lines()
      .filter(({ why, invoice }) => why === undefined && sameContext(invoice.context, context))
      .sort((a, b) => msOf(targetOf(a)) - msOf(targetOf(b)))
      .slice(0, most);
    const lines: BacklogLine[] = free.map((line) => {
      const [targetAt, endsAt] = [targetOf(line), endOf(line)];
      return {
        ...(targetAt === undefined ? {} : { targetAt }),
        ...(endsAt === undefined ? {} : { endsAt }),
        invoices: 1,
        bytes: line.invoice.sizeBytes,
      };
    });
    return Promise.resolve(lines);
  }

  held(context: ContextIdentifier): Promise<readonly HeldInvoices[]> {
    const counts = new Map<HeldInvoices['reason'], number>();
    for (const { why, invoice } of this.lines()) {
      if (why !== undefined && sameContext(invoice.context, context)) counts.set(why, (counts.get(why) ?? 0) + 1);
    }
    return Promise.resolve([...counts].map(([reason, invoices]) => ({ reason, invoices })));
  }

  live(): Promise<readonly LiveBatch[]> {
    const live = this.batches.stored.filter(({ state }) => state !== 'done' && state !== 'dead');
    return Promise.resolve(
      live.map((batch) => ({
        ...{ id: batch.id, context: batch.context, state: batch.state },
        ...{ invoices: batch.invoiceCount, plannedAt: batch.plannedAt },
        ...('openedAt' in batch ? { openedAt: batch.openedAt } : {}),
      })),
    );
  }

  past(context: ContextIdentifier, limit: number): Promise<readonly PastDelivery[]> {
    const done = this.of(context).flatMap((batch) => (batch.state === 'done' ? batch : []));
    const past = done.map(({ invoiceCount: invoices, plannedAt, openedAt, finishedAt }) => ({
      ...{ invoices, plannedAt, openedAt, finishedAt },
    }));
    return Promise.resolve(past.reverse().slice(0, limit));
  }

  openings(context: ContextIdentifier, since: Instant): Promise<readonly Instant[]> {
    const opened = this.of(context).flatMap((batch) => ('openedAt' in batch ? batch.openedAt : []));
    return Promise.resolve(opened.filter((at) => msOf(at) >= msOf(since)));
  }

  hasDeliveredSince(context: ContextIdentifier, since: Instant): Promise<boolean> {
    const delivered = this.of(context).some(
      (batch) =>
        'openedAt' in batch &&
        batch.state !== 'open' &&
        batch.state !== 'closing' &&
        msOf(batch.openedAt) >= msOf(since),
    );
    return Promise.resolve(delivered);
  }

  private of(context: ContextIdentifier): readonly Batch[] {
    return this.batches.stored.filter((batch) => sameContext(batch.context, context));
  }

  private waitingIn(context: ContextIdentifier, lines: readonly Line[]): WaitingContext {
    const oldestMs = Math.min(...lines.map(({ invoice }) => msOf(issuedAt(invoice))));
    const firstMs = Math.min(...lines.map((line) => msOf(targetOf(line))));
    const [rule] = this.#rules;
    const order = this.#orders.findLast((each) => !each.fulfilled && lines.some((line) => covers(each, line)));
    return {
      context,
      oldestAt: Temporal.Instant.fromEpochMilliseconds(oldestMs),
      ...(Number.isFinite(firstMs) ? { firstTargetAt: Temporal.Instant.fromEpochMilliseconds(firstMs) } : {}),
      ...(rule === undefined ? {} : { rule }),
      ...(order === undefined ? {} : { orderedAt: order.orderedAt }),
      ...(order?.dueBefore === undefined ? {} : { orderedDueBefore: order.dueBefore }),
    };
  }

  /** Everything that waits and is to be sent. */
  private lines(): readonly Line[] {
    return this.invoices.waiting
      .filter(({ invoice, term }) => invoice.state === 'issued' && term?.deadline.kind !== 'none')
      .map((stored) => {
        const why = this.whyHeld(stored.invoice);
        return { ...stored, ...(why === undefined ? {} : { why }) };
      });
  }

  private whyHeld(invoice: Invoice): HeldInvoices['reason'] | undefined {
    if (invoice.state === 'issued' && msOf(invoice.notBefore ?? this.clock.now()) > msOf(this.clock.now())) {
      return 'NOT_BEFORE';
    }
    const hold: CorrectionHold | undefined = correctionHold(invoice.facts, this.invoices.originalsOf(invoice));
    return hold?.code;
  }
}

const msOf = (at: Instant | undefined): number => at?.epochMilliseconds ?? Number.POSITIVE_INFINITY;

const issuedAt = (invoice: Invoice): Instant | undefined => ('issue' in invoice ? invoice.issue.issuedAt : undefined);

const endOf = ({ term }: StoredInvoice): Instant | undefined =>
  term?.deadline.kind === 'due' ? term.deadline.endsAt : undefined;

function targetOf(stored: StoredInvoice): Instant | undefined {
  const end = endOf(stored);
  const target = stored.term?.target?.at;
  return msOf(target) < msOf(end) ? target : end;
}

function covers({ context, dueBefore, orderedAt }: Order, line: Line): boolean {
  const { invoice } = line;
  if (context !== undefined && !sameContext(context, invoice.context)) return false;
  if (msOf(issuedAt(invoice)) > msOf(orderedAt)) return false;
  return dueBefore === undefined || msOf(endOf(line)) < msOf(dueBefore);
}
