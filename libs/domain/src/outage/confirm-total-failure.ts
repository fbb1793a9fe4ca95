import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { EnteredBy } from './availability-bulletin.js';
import { outagesFrom } from './outage.js';
import {
  confirmationsNeeded,
  mayBeSamePerson,
  vouchersFor,
  type TotalFailureConfirmation,
} from './total-failure-confirmation.js';

export type ConfirmationRefusal =
  | { readonly code: 'EVENT_UNKNOWN'; readonly eventId: string }
  /** Only a total failure needs anybody's word. */
  | { readonly code: 'NOTHING_TO_CONFIRM'; readonly category: string }
  | { readonly code: 'PERSON_MISSING' }
  /** Two persons have two names and two credentials. */
  | { readonly code: 'SAME_PERSON'; readonly by: string };

/** How a total failure stands after a person's word. */
export interface ConfirmedTotalFailure {
  readonly eventId: string;
  readonly confirmedBy: readonly string[];
  /** Persons whose word is still missing; with none the duty to send is lifted. */
  readonly missing: number;
}

/** A person vouches for an announced total failure; with enough of them it decides modes and deadlines. */
export class ConfirmTotalFailure {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly environment: KsefEnvironment,
  ) {}

  async execute(
    tenant: TenantId,
    eventId: string,
    by: EnteredBy,
  ): Promise<Result<ConfirmedTotalFailure, ConfirmationRefusal>> {
    if (by.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    return this.unitOfWork.inTenant(tenant, async ({ legal, recalculations, audit, jobs }) => {
      const { bulletins, confirmations } = await legal.read();
      const announced = outagesFrom(bulletins).filter((outage) => outage.eventId === eventId);
      const outage = announced.find(({ category }) => category === 'total-failure');
      if (outage === undefined) {
        const [other] = announced;
        return err(
          other === undefined
            ? { code: 'EVENT_UNKNOWN', eventId }
            : { code: 'NOTHING_TO_CONFIRM', category: other.category },
        );
      }
      const { bulletinId, version } = outage.announcement;
      const message = bulletins.find((bulletin) => bulletin.id === bulletinId && bulletin.version === version);
      if (message === undefined) throw new Error(`message ${bulletinId} made an outage and is not stored`);
      const before = vouchersFor(message, confirmations);
      const same = before.find((other) => mayBeSamePerson(other, by));
      if (same !== undefined) return err({ code: 'SAME_PERSON', by: same.person });
      const now = this.clock.now();
      const confirmation: TotalFailureConfirmation = { ...by, ...outage.announcement, eventId, confirmedAt: now };
      const confirmedBy = [...before, by].map(({ person }) => person);
      const missing = Math.max(0, confirmationsNeeded(this.environment) - confirmedBy.length);
      await legal.addConfirmation(confirmation);
      await recalculations.request(`total failure ${eventId} confirmed`);
      await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
      await audit.append([
        {
          at: now,
          actor: by.actor,
          action: 'total-failure.confirmed',
          subject: { kind: 'outage', id: eventId },
          facts: { person: by.person, readAt: by.readAt, bulletin: confirmation.bulletinId, missing },
        },
      ]);
      return ok({ eventId, confirmedBy, missing });
    });
  }
}
