import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { MassRejection } from './mass-rejections.port.js';

/** Only 180 corrections an hour can be sent in a context: more refusals than this in an hour want a person at once. */
export const MASS_REJECTION_THRESHOLD = 100;
const WITHIN_HOURS = 1;

/** Warns, once an hour and schema, when KSeF refuses files in masses (reliability D8). */
export class WarnOfMassRejection {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @returns the warnings raised now */
  async execute(tenant: TenantId): Promise<readonly MassRejection[]> {
    const raisedAt = this.clock.now();
    const since = raisedAt.subtract({ hours: WITHIN_HOURS });
    return this.unitOfWork.inTenant(tenant, async ({ massRejections, outbox }) => {
      const raised: MassRejection[] = [];
      for (const { formCode, invoices } of await massRejections.rejectedSince(since)) {
        if (invoices <= MASS_REJECTION_THRESHOLD) continue;
        const warning: MassRejection = { formCode, invoices, since, raisedAt };
        if (await massRejections.raise(warning)) raised.push(warning);
      }
      await outbox.append(
        raised.map(({ formCode, invoices }) => ({
          at: raisedAt,
          type: 'invoice.mass-rejection',
          subject: `${formCode.systemCode} ${formCode.schemaVersion}`,
          facts: { invoices, withinHours: WITHIN_HOURS },
        })),
      );
      return raised;
    });
  }
}
