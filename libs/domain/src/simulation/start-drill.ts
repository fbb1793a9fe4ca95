import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { covers } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { DrillId, DrillIn } from './drill.js';

/** More say nothing new, and KSeF counts sessions. */
export const MOST_INVOICES_PER_CONTEXT = 100;

export interface DrillRequest {
  /** From 1 to MOST_INVOICES_PER_CONTEXT. */
  readonly invoicesPerContext: number;
  readonly person: string;
  readonly actor: string;
  readonly scheduled: boolean;
}

export type DrillRefusal =
  | { readonly code: 'SIMULATION_ON_PRODUCTION' }
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'INVOICE_COUNT_INVALID'; readonly most: number }
  | { readonly code: 'DRILL_UNDER_WAY'; readonly drillId: DrillId }
  /** Announced, or simulated by hand: a drill would not know what it measures. */
  | { readonly code: 'OUTAGE_IN_FORCE'; readonly eventId: string };

/** Asks for a drill; the worker carries it out. */
export class StartDrill {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  async execute(tenant: TenantId, request: DrillRequest): Promise<Result<DrillIn<'prepared'>, DrillRefusal>> {
    const { invoicesPerContext, person } = request;
    if (this.jurisdiction.environment === 'production') return err({ code: 'SIMULATION_ON_PRODUCTION' });
    if (person.trim() === '') return err({ code: 'PERSON_MISSING' });
    const isCount = Number.isInteger(invoicesPerContext) && invoicesPerContext > 0;
    if (!isCount || invoicesPerContext > MOST_INVOICES_PER_CONTEXT) {
      return err({ code: 'INVOICE_COUNT_INVALID', most: MOST_INVOICES_PER_CONTEXT });
    }
    return this.unitOfWork.inTenant(tenant, async ({ drills, legal, audit }) => {
      const now = this.clock.now();
      const before = await drills.underWay();
      if (before !== undefined) return err({ code: 'DRILL_UNDER_WAY', drillId: before.id });
      const { announced } = situationOf(await legal.read(), this.jurisdiction);
      const outage = announced.find((candidate) => covers(candidate, now));
      if (outage !== undefined) return err({ code: 'OUTAGE_IN_FORCE', eventId: outage.eventId });
      const id = this.ids.next() as DrillId;
      const drill: DrillIn<'prepared'> = { ...request, id, requestedAt: now, version: 0, state: 'prepared' };
      if (!(await drills.add(drill))) {
        const other = await drills.underWay();
        return err({ code: 'DRILL_UNDER_WAY', drillId: other?.id ?? id });
      }
      await audit.append([
        {
          at: now,
          actor: request.actor,
          action: 'drill.requested',
          subject: { kind: 'outage', id },
          facts: { person, invoicesPerContext, scheduled: request.scheduled },
        },
      ]);
      return ok(drill);
    });
  }
}
