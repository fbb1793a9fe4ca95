import type { CheckAvailability } from '../availability/check-availability.js';
import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { IssueInvoice } from '../invoice/issue-invoice.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { Jurisdiction } from '../legal-situation/legal-situation.js';
import type { EnterNotice } from '../outage/enter-notice.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Nip } from '../party/nip.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { isSettled, reportOf, type DrillEvidence } from './drill-report.js';
import { isDrillUnderWay, type Drill, type DrillContext, type DrillIn, type DrillUnderWay } from './drill.js';
import { drillContexts } from './plan-drill.js';
import { sampleInvoice, sampleNumber } from './sample-invoice.js';
import { closeDrillOutage, openDrillOutage } from './drill-outage.js';

/** Nobody else takes the drill up for so long; after it, a process that died is made up for. */
const CLAIM_SECONDS = 180;
const LOOK_AGAIN_SECONDS = 1;
const AFTER_ERROR_SECONDS = 10;
/** The simulated outage ends after so long, whatever came of it. */
const LONGEST_OUTAGE_SECONDS = 15 * 60;
/** Samples that KSeF has not answered on by then are reported as not accounted for. */
const LONGEST_DRAIN_SECONDS = 60 * 60;

type Next = Drill | 'wait';

/**
 * Takes a drill further: simulates a failure, issues the samples, ends the failure, waits until the worker has sent
 * them, and checks every one. What is about to be done is stored first, and every step may be done twice.
 */
export class AdvanceDrill {
  constructor(
    private readonly ports: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
    private readonly enterNotice: EnterNotice,
    private readonly issueInvoice: IssueInvoice,
    private readonly availability: CheckAvailability,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  /** @returns the tenant's drill as far as it came; `undefined` when nothing was due */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<Drill | undefined> {
    // A row left by another environment: on production nothing is rehearsed, whatever is stored.
    if (this.jurisdiction.environment === 'production') return undefined;
    const claimed = await this.ports.unitOfWork.inTenant(tenant, ({ drills }) => drills.claim(CLAIM_SECONDS));
    if (claimed === undefined) return undefined;
    try {
      return await this.advance(tenant, claimed, stop);
    } catch (error) {
      if (error instanceof ConcurrentUpdateError) return undefined;
      await this.postpone(tenant, claimed, AFTER_ERROR_SECONDS);
      throw error;
    }
  }

  private async advance(tenant: TenantId, claimed: DrillUnderWay, stop: StopSignal): Promise<Drill> {
    let drill: Drill = claimed;
    while (isDrillUnderWay(drill)) {
      const next: Next = stop.aborted ? 'wait' : await this.step(tenant, drill);
      if (next === 'wait') {
        await this.postpone(tenant, drill, LOOK_AGAIN_SECONDS);
        return drill;
      }
      drill = await this.save(tenant, next);
    }
    return drill;
  }

  private step(tenant: TenantId, drill: DrillUnderWay): Promise<Next> {
    switch (drill.state) {
      case 'prepared':
        return this.plan(tenant, drill);
      case 'outage':
        return this.beginOutage(tenant, drill);
      case 'issuing':
        return this.issue(tenant, drill);
      case 'restoring':
        return this.restore(tenant, drill);
      case 'draining':
        return this.check(tenant, drill);
    }
  }

  private async plan(tenant: TenantId, drill: DrillIn<'prepared'>): Promise<Next> {
    const now = this.ports.clock.now();
    const [outage] = (await this.availability.execute(tenant)).outagesInForce;
    if (outage !== undefined) return failed(drill, now, `An outage came in between: ${outage.eventId}.`);
    const contexts = await this.ports.unitOfWork.inTenant(tenant, async (stores) =>
      drillContexts(await stores.contexts.all(), await stores.certificates.all(), now),
    );
    return { ...drill, contexts, outageAt: now, state: 'outage' };
  }

  /** Announces the failure, and goes on when the mode says so. */
  private async beginOutage(tenant: TenantId, drill: DrillIn<'outage'>): Promise<Next> {
    const opened = await this.enterNotice.execute(tenant, openDrillOutage(drill));
    const now = this.ports.clock.now();
    if (!opened.ok) return failed(drill, now, `The outage could not be announced: ${opened.error.code}.`);
    const { mode } = await this.availability.execute(tenant);
    if (mode === 'emergency') return { ...drill, detectedAt: this.ports.clock.now(), state: 'issuing' };
    if (!this.isOver(drill.outageAt, LONGEST_OUTAGE_SECONDS)) return 'wait';
    await this.enterNotice.execute(tenant, closeDrillOutage(drill, now));
    return failed(drill, now, `The mode stayed "${mode}" although the failure was announced.`);
  }

  /** Issues the samples of one context; when none is left, the outage is to end. */
  private async issue(tenant: TenantId, drill: DrillIn<'issuing'>): Promise<Next> {
    const left = drill.contexts.find((context) => isLeft(context, drill.invoicesPerContext));
    const now = this.ports.clock.now();
    if (left === undefined || this.isOver(drill.outageAt, LONGEST_OUTAGE_SECONDS)) {
      const restoredAt = isBefore(drill.outageAt, now) ? now : drill.outageAt.add({ milliseconds: 1 });
      return { ...drill, issuedAt: now, restoredAt, state: 'restoring' };
    }
    const after = await this.issueIn(tenant, drill, left);
    return { ...drill, contexts: drill.contexts.map((context) => (context === left ? after : context)) };
  }

  private async issueIn(tenant: TenantId, drill: DrillIn<'issuing'>, context: DrillContext): Promise<DrillContext> {
    const { identifier, name } = context;
    const issued: DrillContext['issued'][number][] = [];
    const refused: DrillContext['refused'][number][] = [];
    for (let ordinal = 1; ordinal <= drill.invoicesPerContext; ordinal += 1) {
      const number = sampleNumber(drill.id, ordinal);
      const seller = { nip: identifier.value as string as Nip, name };
      const outcome = await this.issueInvoice.execute({
        tenant,
        actor: drill.actor,
        claim: { key: `drill/${drill.id}/${contextLabel(identifier)}/${String(ordinal)}`, fingerprint: 'drill' },
        document: { kind: 'json', model: sampleInvoice(seller, number, drill.outageAt) },
        // Never online, whoever ends the outage meanwhile; while it lasts, the announced mode governs.
        mode: 'offline24',
        context: identifier,
      });
      if (outcome.ok) issued.push({ number, invoiceId: outcome.value.invoice.id });
      else refused.push({ number, reason: reasonOf(outcome.error) });
    }
    return { ...context, issued, refused };
  }

  private async restore(tenant: TenantId, drill: DrillIn<'restoring'>): Promise<Next> {
    const closed = await this.enterNotice.execute(tenant, closeDrillOutage(drill, drill.restoredAt));
    const isClosed = closed.ok || closed.error.code === 'NOTICE_VERSION_TAKEN';
    if (!isClosed) throw new Error(`the outage of drill ${drill.id} cannot be ended: ${closed.error.code}`);
    return { ...drill, state: 'draining' };
  }

  private async check(tenant: TenantId, drill: DrillIn<'draining'>): Promise<Next> {
    const evidence = await this.ports.unitOfWork.inTenant(tenant, (stores) => evidenceOf(stores, drill));
    const now = this.ports.clock.now();
    const isDrained = [...evidence.values()].every(isSettled);
    if (!isDrained && !this.isOver(drill.restoredAt, LONGEST_DRAIN_SECONDS)) return 'wait';
    const report = reportOf(drill, evidence, isDrained ? now : undefined);
    return { ...drill, state: 'checked', endedAt: now, report };
  }

  private async save(tenant: TenantId, drill: Drill): Promise<Drill> {
    await this.ports.unitOfWork.inTenant(tenant, async ({ drills, audit }) => {
      await drills.save(drill);
      if (isDrillUnderWay(drill)) {
        await drills.postpone(drill.id, CLAIM_SECONDS);
        return;
      }
      await audit.append([
        {
          at: drill.endedAt,
          actor: 'worker',
          action: `drill.${drill.state}`,
          subject: { kind: 'outage', id: drill.id },
          facts: drill.state === 'checked' ? { verdict: drill.report.verdict } : { reason: drill.reason },
        },
      ]);
    });
    return { ...drill, version: drill.version + 1 };
  }

  private postpone(tenant: TenantId, { id }: Drill, seconds: number): Promise<void> {
    return this.ports.unitOfWork.inTenant(tenant, ({ drills }) => drills.postpone(id, seconds));
  }

  private isOver(since: Instant, seconds: number): boolean {
    return isBefore(since.add({ seconds }), this.ports.clock.now());
  }
}

async function evidenceOf(
  { invoices }: TenantStores,
  { contexts }: DrillIn<'draining'>,
): Promise<ReadonlyMap<InvoiceId, DrillEvidence>> {
  const evidence = new Map<InvoiceId, DrillEvidence>();
  for (const { invoiceId } of contexts.flatMap(({ issued }) => issued)) {
    const invoice = (await invoices.find(invoiceId))?.invoice;
    const hasUpo = invoice?.state === 'complete' && (await invoices.upo(invoiceId)) !== undefined;
    evidence.set(invoiceId, { hasUpo, ...(invoice === undefined ? {} : { invoice }) });
  }
  return evidence;
}

const isLeft = ({ leftOut, issued, refused }: DrillContext, planned: number): boolean =>
  leftOut === undefined && issued.length + refused.length < planned;

function failed(drill: DrillIn<'prepared' | 'outage'>, endedAt: Instant, reason: string): DrillIn<'failed'> {
  const { id, person, actor, scheduled, invoicesPerContext, requestedAt, version } = drill;
  const request = { id, person, actor, scheduled, invoicesPerContext, requestedAt, version };
  return { ...request, state: 'failed', endedAt, reason };
}

/** The first finding of a document, else the words of the refusal. */
function reasonOf(refusal: { readonly code: string }): string {
  const { code, reason, findings } = refusal as {
    readonly code: string;
    readonly reason?: string;
    readonly findings?: readonly { readonly message: string }[];
  };
  const words = findings?.[0]?.message ?? reason;
  return words === undefined ? code : `${code}: ${words}`;
}
