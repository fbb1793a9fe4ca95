import type { FormCode } from '../invoice/invoice-facts.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Approver } from '../tracking/second-delivery.port.js';
import type { MassRejection, MassRejections } from './mass-rejections.port.js';

/** So long after a warning nothing of its schema is issued; while files are refused in masses, each hour brings another. */
export const STOP_HOURS = 1;

/** Nothing is issued with this schema until then, or until a person lifts it. */
export interface StopOfIssuing {
  readonly formCode: FormCode;
  /** Refused within an hour. */
  readonly invoices: number;
  readonly until: Instant;
}

/**
 * KSeF refuses files of this schema in masses: whatever is issued now would have to be corrected one by one, 180 an hour,
 * before its deadline. So nothing more is issued with it (reliability D8). What was issued already goes on.
 */
export async function stopOfIssuing(
  massRejections: Pick<MassRejections, 'standing'>,
  formCode: FormCode,
  now: Instant,
): Promise<StopOfIssuing | undefined> {
  const warning = await massRejections.standing(formCode, now.subtract({ hours: STOP_HOURS }));
  if (warning === undefined) return undefined;
  return { formCode, invoices: warning.invoices, until: warning.raisedAt.add({ hours: STOP_HOURS }) };
}

export type LiftRefusal =
  | { readonly code: 'PERSON_MISSING' }
  | { readonly code: 'REASON_MISSING' }
  /** Nothing keeps this tenant from issuing. */
  | { readonly code: 'NOT_STOPPED' };

/** A person looked at what KSeF refused, and lets invoices be issued again before the hour is over. */
export class LiftStopOfIssuing {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @returns the warnings that no longer stop anything */
  async execute(
    tenant: TenantId,
    by: Approver,
    reason: string,
  ): Promise<Result<readonly MassRejection[], LiftRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    if (reason.trim() === '') return err({ code: 'REASON_MISSING' });
    const at = this.clock.now();
    return this.unitOfWork.inTenant(tenant, async ({ massRejections, audit }) => {
      const standing: MassRejection[] = [];
      for (const { formCode } of await massRejections.recent(RECENT)) {
        const warning = await massRejections.standing(formCode, at.subtract({ hours: STOP_HOURS }));
        if (warning === undefined) continue;
        await massRejections.lift({ formCode, liftedAt: at, actor: by.actor, person: by.person, reason });
        standing.push(warning);
      }
      if (standing.length === 0) return err({ code: 'NOT_STOPPED' });
      const subject = { kind: 'tenant', id: tenant } as const;
      const facts = { person: by.person, reason, schemas: standing.length };
      await audit.append([{ at, actor: by.actor, action: 'issuing.stop-lifted', subject, facts }]);
      return ok(standing);
    });
  }
}

/** Warnings come once an hour and schema: so many are more than can stand. */
const RECENT = 20;
