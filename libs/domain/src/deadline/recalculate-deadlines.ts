import type { AuditTrail } from '../audit/audit-trail.port.js';
import { changesDocuments, movedDocumentEvents } from '../handover/document-due.js';
import type { HandoverBook } from '../handover/handover-book.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { describeDeadline, termFor, type DueTerm } from './due-term.js';
import { boundariesOf, type GroupTerm } from './waiting-group.js';
import type { MovedTerm } from './waiting-terms.port.js';

/** Invoices looked at in one transaction. */
const CHUNK = 20_000;

/** What a run found to do. */
interface Plan {
  /** The newest request that it knows of. */
  readonly newest: number;
  readonly causes: readonly string[];
  readonly upTo: number | undefined;
  readonly terms: readonly GroupTerm[];
  readonly boundaries: readonly Instant[];
}

interface Chunk {
  readonly moved: number;
  readonly last?: InvoiceId;
}

/**
 * Derives the terms of a tenant's waiting invoices anew, after a message of the Ministry or a decision of the tenant:
 * once for each group of like circumstances, stored in chunks, each with audit rows that name the cause. Safe to repeat;
 * one that died half-way is begun again. One run of a tenant at a time: what comes meanwhile makes it begin anew.
 */
export class RecalculateDeadlines {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jurisdiction: Jurisdiction,
    private readonly clock: Clock,
    private readonly chunk = CHUNK,
  ) {}

  /** @returns how many deadlines were moved; 0 while another run is at it, which leaves what was asked for to that one */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    const begun = await this.unitOfWork.inTenant(tenant, async (stores) => {
      const run = await stores.recalculations.claim();
      return run === undefined ? undefined : { run, plan: await this.prepare(stores) };
    });
    if (begun === undefined) return 0;
    const { run } = begun;
    let { plan } = begun;
    let moved = 0;
    let after: InvoiceId | undefined;
    do {
      if (stop.aborted) {
        await this.unitOfWork.inTenant(tenant, ({ recalculations }) => recalculations.release(run));
        return moved;
      }
      const step = await this.unitOfWork.inTenant(tenant, (stores) => this.step(stores, run, plan, after));
      if (step === undefined) return moved;
      plan = step.plan;
      moved += step.chunk.moved;
      after = step.chunk.last;
    } while (after !== undefined);
    const { upTo } = plan;
    await this.unitOfWork.inTenant(tenant, ({ recalculations }) => recalculations.done(run, upTo));
    return moved;
  }

  /** The newest request is read first: what commits while the rest is read is seen as newer, and the plan made again. */
  private async prepare({ legal, terms, recalculations }: TenantStores): Promise<Plan> {
    const newest = await recalculations.newest();
    const pending = await recalculations.pending();
    const situation = situationOf(await legal.read(), this.jurisdiction);
    const boundaries = boundariesOf(situation.announced);
    const groups = await terms.groups(boundaries);
    return {
      newest,
      causes: pending?.causes ?? ['regular check'],
      upTo: pending?.upTo,
      terms: groups.map((group) => ({
        ...group,
        term: termFor({ ...group, declared: group.mode }, group.context, situation),
      })),
      boundaries,
    };
  }

  /**
   * The next chunk; the first one of a new plan where something came since the plan was made, for terms by older
   * knowledge must not replace newer ones. `undefined` when the lease is lost.
   */
  private async step(stores: TenantStores, run: string, known: Plan, after: InvoiceId | undefined) {
    if (!(await stores.recalculations.renew(run))) return undefined;
    const isCurrent = (await stores.recalculations.newest()) === known.newest;
    const plan = isCurrent ? known : await this.prepare(stores);
    return { plan, chunk: await this.moveChunk(stores, plan, isCurrent ? after : undefined) };
  }

  private async moveChunk(
    { terms, audit, outbox, handovers }: TenantStores,
    plan: Plan,
    after: InvoiceId | undefined,
  ): Promise<Chunk> {
    if (plan.terms.length === 0) return { moved: 0 };
    const { moved, last } = await terms.move(plan.terms, plan.boundaries, this.chunk, after);
    const at = this.clock.now();
    const cause = plan.causes.join(', ');
    for (const each of moved) await record(audit, each, cause, at);
    const others = moved.filter(({ before, after: { term } }) => !isSameDay(before, term));
    await outbox.append(others.map((each) => movedEvent(each, cause, at)));
    for (const each of others) await outbox.append(await dueDocuments(handovers, each, cause, at));
    return { moved: others.reduce((sum, { ids }) => sum + ids.length, 0), ...(last === undefined ? {} : { last }) };
  }
}

/** What of the buyers' documents the move made another one (domain rules 1.4: recomputed on each event). */
async function dueDocuments(handovers: HandoverBook, { ids, before, after }: MovedTerm, cause: string, at: Instant) {
  const moved = { mode: after.mode, before: before?.deadline, after: after.term.deadline };
  if (!changesDocuments(moved)) return [];
  return movedDocumentEvents(moved, await handovers.buyersOf(ids), cause, at);
}

/** A message that changes no day is noted all the same: the explanation now says why it has no effect. */
function record(audit: AuditTrail, { ids, before, after }: MovedTerm, cause: string, at: Instant): Promise<void> {
  const { deadline, target } = after.term;
  return audit.appendForEach(ids, {
    at,
    actor: 'worker',
    action: isSameDay(before, after.term) ? 'deadline.kept' : 'deadline.moved',
    kind: 'invoice',
    facts: {
      from: before === undefined ? null : describeDeadline(before.deadline),
      deadline: describeDeadline(deadline),
      basis: deadline.basis,
      target: target?.at.toString() ?? null,
      cause,
    },
  });
}

function isSameDay(before: DueTerm | undefined, after: DueTerm): boolean {
  if (before === undefined || before.target?.at.epochMilliseconds !== after.target?.at.epochMilliseconds) return false;
  const [a, b] = [before.deadline, after.deadline];
  return a.regime === b.regime && a.basis === b.basis && describeDeadline(a) === describeDeadline(b);
}

function movedEvent({ ids, before, after }: MovedTerm, cause: string, at: Instant) {
  const { context, term } = after;
  return {
    at,
    type: 'deadlines.moved',
    subject: contextLabel(context),
    facts: {
      invoices: ids.length,
      from: before === undefined ? null : describeDeadline(before.deadline),
      to: describeDeadline(term.deadline),
      basis: term.deadline.basis,
      cause,
    },
  } as const;
}
