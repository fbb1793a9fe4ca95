import type { CheckAvailability } from '../availability/check-availability.js';
import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { IssueInvoice } from '../invoice/issue-invoice.js';
import type { Jurisdiction } from '../legal-situation/legal-situation.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DrillSamples } from './drill-samples.js';
import type { DrillOutages } from './drill-outage.js';
import { reportOf } from './drill-report.js';
import { isDrillUnderWay, type Drill, type DrillContext, type DrillIn, type DrillUnderWay } from './drill.js';
import { OutageSwitchError } from './outage-switch.port.js';
import { drillContexts } from './plan-drill.js';
import { sampleInvoice, sampleNumber } from './sample-invoice.js';

/** Nobody else takes the drill up for so long; after it, a process that died is made up for. */
const CLAIM_SECONDS = 180;
const LOOK_AGAIN_SECONDS = 1;
const AFTER_ERROR_SECONDS = 10;
/** The outage of a drill ends after so long, whatever came of it. */
const LONGEST_OUTAGE_SECONDS = 15 * 60;
/** Samples that KSeF has not answered on by then are reported as not accounted for; so long an end is tried for. */
const LONGEST_DRAIN_SECONDS = 60 * 60;
/** A drill that nobody asked for waits so long for the end of another outage: often that of another tenant's drill. */
const LONGEST_WAIT_SECONDS = 2 * 60 * 60;

const ON_PRODUCTION = 'This is production: no outage is ever made up here. The drill was left by another environment.';
/** Of a drill that could not end its outage: somebody has to look. */
const MAY_BE_DOWN = 'Whether its outage is over could not be made sure: the simulated KSeF may still be down.';

type Next = Drill | 'wait';

/**
 * Takes a drill further: makes a failure, issues the samples, ends the failure, has them sent, and checks every one. What is
 * about to be done is stored first, and every step may be done twice.
 */
export class AdvanceDrill {
  constructor(
    private readonly ports: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
    private readonly outages: DrillOutages,
    private readonly issueInvoice: IssueInvoice,
    private readonly availability: CheckAvailability,
    private readonly samples: DrillSamples,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  /** @returns the tenant's drill as far as it came; `undefined` when nothing was due */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<Drill | undefined> {
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
      if (next !== 'wait') drill = await this.save(tenant, next);
      // Back at the beginning it waits too: somebody else was first.
      if (next === 'wait' || next.state === 'prepared') {
        await this.postpone(tenant, drill, LOOK_AGAIN_SECONDS);
        return drill;
      }
    }
    return drill;
  }

  private async step(tenant: TenantId, drill: DrillUnderWay): Promise<Next> {
    // A row left by another environment: it ends here, and everybody can see why.
    if (this.jurisdiction.environment === 'production') return this.failed(drill, ON_PRODUCTION);
    try {
      return await this.go(tenant, drill);
    } catch (error) {
      if (error instanceof OutageSwitchError) return this.afterSwitchFailed(drill, error);
      throw error;
    }
  }

  private go(tenant: TenantId, drill: DrillUnderWay): Promise<Next> {
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
    const contexts = await this.ports.unitOfWork.inTenant(tenant, async (stores) =>
      drillContexts(await stores.contexts.all(), await stores.certificates.all(), now),
    );
    if (contexts.length === 0) {
      return { ...requestOf(drill), state: 'skipped', endedAt: now, reason: 'There is no context to issue in.' };
    }
    const [outage] = (await this.availability.execute(tenant)).outagesInForce;
    const other = outage?.eventId ?? (await this.outages.heldBy(drill.id));
    if (other !== undefined) {
      const mayWait = drill.scheduled && !this.isOver(drill.requestedAt, LONGEST_WAIT_SECONDS);
      return mayWait ? 'wait' : this.failed(drill, `An outage came in between: ${other}.`);
    }
    return { ...drill, contexts, outage: this.outages.kind, outageAt: this.outages.startAt(now), state: 'outage' };
  }

  /** Makes the failure, and goes on when the mode says so. */
  private async beginOutage(tenant: TenantId, drill: DrillIn<'outage'>): Promise<Next> {
    const begun = await this.outages.begin(tenant, drill);
    if (!begun.ok) {
      // Looked at again, with a start of its own: it waits there, or fails.
      if (begun.error.code === 'BUSY') return { ...requestOf(drill), state: 'prepared' };
      return this.failed(drill, begun.error.reason);
    }
    const { mode } = await this.availability.execute(tenant);
    const detectedAt = await this.outages.noticedAt(tenant, drill);
    if (mode === 'emergency' && detectedAt !== undefined) return { ...drill, detectedAt, state: 'issuing' };
    if (!this.isOver(drill.outageAt, LONGEST_OUTAGE_SECONDS)) return 'wait';
    return this.givenUp(drill, `The mode stayed "${mode}" although the failure was announced.`);
  }

  /** Issues the samples of one context; when none is left, the outage is to end. */
  private async issue(tenant: TenantId, drill: DrillIn<'issuing'>): Promise<Next> {
    const left = drill.contexts.find((context) => isLeft(context, drill.invoicesPerContext));
    const now = this.ports.clock.now();
    if (left === undefined || this.isOver(drill.outageAt, LONGEST_OUTAGE_SECONDS)) {
      return { ...drill, issuedAt: now, restoredAt: this.outages.endAt(drill, now), state: 'restoring' };
    }
    const after = await this.issueIn(tenant, drill, left);
    return { ...drill, contexts: drill.contexts.map((context) => (context === left ? after : context)) };
  }

  private async issueIn(tenant: TenantId, drill: DrillIn<'issuing'>, context: DrillContext): Promise<DrillContext> {
    const { identifier } = context;
    const issued: DrillContext['issued'][number][] = [];
    const refused: DrillContext['refused'][number][] = [];
    for (let ordinal = 1; ordinal <= drill.invoicesPerContext; ordinal += 1) {
      const number = sampleNumber(drill.id, identifier, ordinal);
      const outcome = await this.issueInvoice.execute({
        tenant,
        actor: drill.actor,
        claim: { key: `drill/${drill.id}/${contextLabel(identifier)}/${String(ordinal)}`, fingerprint: 'drill' },
        document: { kind: 'json', model: sampleInvoice(context, number, drill.outageAt) },
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
    await this.outages.end(tenant, drill, drill.restoredAt);
    if ('givenUp' in drill) return this.failed(drill, drill.givenUp);
    return { ...drill, openedAt: this.ports.clock.now(), state: 'draining' };
  }

  private async check(tenant: TenantId, drill: DrillIn<'draining'>): Promise<Next> {
    const isDrained = await this.samples.isDrained(tenant, drill);
    if (!isDrained && !this.isOver(drill.openedAt, LONGEST_DRAIN_SECONDS)) {
      await this.samples.haveSent(tenant, drill);
      return 'wait';
    }
    const now = this.ports.clock.now();
    const report = reportOf(drill, await this.samples.gather(tenant, drill), isDrained ? now : undefined);
    return { ...drill, state: 'checked', endedAt: now, report };
  }

  /**
   * The controls of the simulator do not answer: tried again, but not for ever. Once an outage may have been made, its end is
   * owed, whatever becomes of the drill.
   */
  private afterSwitchFailed(drill: DrillUnderWay, error: OutageSwitchError): Next {
    const reason = `The simulated KSeF could not be turned: ${error.message}.`;
    if (drill.state === 'outage') {
      return this.isOver(drill.outageAt, LONGEST_OUTAGE_SECONDS) ? this.givenUp(drill, reason) : 'wait';
    }
    if (drill.state === 'restoring') {
      if (!this.isOver(drill.restoredAt, LONGEST_DRAIN_SECONDS)) return 'wait';
      return this.failed(drill, `${'givenUp' in drill ? drill.givenUp : reason} ${MAY_BE_DOWN}`);
    }
    // Nothing was made yet.
    const longest = drill.scheduled ? LONGEST_WAIT_SECONDS : LONGEST_OUTAGE_SECONDS;
    return this.isOver(drill.requestedAt, longest) ? this.failed(drill, reason) : 'wait';
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

  /** The outage is ended before the drill is. */
  private givenUp(drill: DrillIn<'outage'>, reason: string): DrillIn<'restoring'> {
    const restoredAt = this.outages.endAt(drill, this.ports.clock.now());
    return { ...drill, restoredAt, givenUp: reason, state: 'restoring' };
  }

  private failed(drill: DrillUnderWay, reason: string): DrillIn<'failed'> {
    return { ...requestOf(drill), state: 'failed', endedAt: this.ports.clock.now(), reason };
  }

  private postpone(tenant: TenantId, { id }: Drill, seconds: number): Promise<void> {
    return this.ports.unitOfWork.inTenant(tenant, ({ drills }) => drills.postpone(id, seconds));
  }

  private isOver(since: Instant, seconds: number): boolean {
    return isBefore(since.add({ seconds }), this.ports.clock.now());
  }
}

const isLeft = ({ leftOut, issued, refused }: DrillContext, planned: number): boolean =>
  leftOut === undefined && issued.length + refused.length < planned;

/** What was asked for, without how far it came. */
function requestOf({ id, person, actor, scheduled, invoicesPerContext, requestedAt, version }: DrillUnderWay) {
  return { id, person, actor, scheduled, invoicesPerContext, requestedAt, version };
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
