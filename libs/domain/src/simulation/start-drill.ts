import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { covers } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Drill, DrillId, DrillIn } from './drill.js';

/** More say nothing new, and KSeF counts sessions. */
export const MOST_INVOICES_PER_CONTEXT = 100;

export interface DrillRequest {
  /** From 1 to MOST_INVOICES_PER_CONTEXT. */
  readonly invoicesPerContext: number;
  readonly person: string;
  readonly actor: string;
  readonly scheduled: boolean;
  /** Absent where nobody could ask twice: a drill by the clock. */
  readonly claim?: IdempotencyClaim;
}

export interface AskedDrill {
  readonly drill: Drill;
  /** The key was used before with this very request: nothing new was asked for. */
  readonly replayed: boolean;
}

export type DrillRefusal =
  | { readonly code: 'SIMULATION_ON_PRODUCTION' }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'INVOICE_COUNT_INVALID'; readonly most: number }
  | { readonly code: 'DRILL_UNDER_WAY'; readonly drillId: DrillId }
  /** The same key with another request. */
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED'; readonly drillId: DrillId }
  /** Announced, or simulated by hand: a drill would not know what it measures. */
  | { readonly code: 'OUTAGE_IN_FORCE'; readonly eventId: string };

type Outcome = Result<AskedDrill, DrillRefusal>;

/** Asks for a drill; the worker carries it out. */
export class StartDrill {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  async execute(tenant: TenantId, request: DrillRequest): Promise<Outcome> {
    const { invoicesPerContext, person } = request;
    if (this.jurisdiction.environment === 'production') return err({ code: 'SIMULATION_ON_PRODUCTION' });
    if (person.trim() === '') return err({ code: 'PERSON_MISSING' });
    const isCount = Number.isInteger(invoicesPerContext) && invoicesPerContext > 0;
    if (!isCount || invoicesPerContext > MOST_INVOICES_PER_CONTEXT) {
      return err({ code: 'INVOICE_COUNT_INVALID', most: MOST_INVOICES_PER_CONTEXT });
    }
    return this.unitOfWork.inTenant(tenant, (stores) => this.ask(stores, request));
  }

  private async ask(stores: TenantStores, { claim, ...request }: DrillRequest): Promise<Outcome> {
    const now = this.clock.now();
    const before = await alreadyDecided(stores, claim);
    if (before !== undefined) return before;
    const { announced } = situationOf(await stores.legal.read(), this.jurisdiction);
    const outage = announced.find((candidate) => covers(candidate, now));
    if (outage !== undefined) return err({ code: 'OUTAGE_IN_FORCE', eventId: outage.eventId });
    const id = this.ids.next() as DrillId;
    const drill: DrillIn<'prepared'> = { ...request, id, requestedAt: now, version: 0, state: 'prepared' };
    if (!(await stores.drills.add(drill, claim))) {
      // Another was asked for meanwhile.
      const other = await alreadyDecided(stores, claim);
      if (other === undefined) throw new Error('a drill was not added, and nothing stands in its way');
      return other;
    }
    const { person, actor, scheduled, invoicesPerContext } = request;
    await stores.audit.append([
      {
        at: now,
        actor,
        action: 'drill.requested',
        subject: { kind: 'outage', id },
        facts: { person, invoicesPerContext, scheduled },
      },
    ]);
    return ok({ drill, replayed: false });
  }
}

/** What is answered without anything new: the drill of an earlier request with this key, or a refusal. */
async function alreadyDecided(
  { drills }: TenantStores,
  claim: IdempotencyClaim | undefined,
): Promise<Outcome | undefined> {
  const claimed = claim === undefined ? undefined : await drills.findByKey(claim.key);
  if (claimed !== undefined) {
    const { drill, fingerprint } = claimed;
    return fingerprint === claim?.fingerprint
      ? ok({ drill, replayed: true })
      : err({ code: 'IDEMPOTENCY_KEY_REUSED', drillId: drill.id });
  }
  const underWay = await drills.underWay();
  return underWay === undefined ? undefined : err({ code: 'DRILL_UNDER_WAY', drillId: underWay.id });
}
