import { usableFor } from '../certificate/certificate.js';
import type { Connection } from '../outage/connection.js';
import { outagesFrom, type Outage } from '../outage/outage.js';
import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { covers } from '../outage/outage.js';
import { maySend, modeNow, reliableOutages, type ModeDecision } from './availability.js';

export interface Availability {
  readonly checkedAt: Instant;
  readonly connection?: Connection;
  readonly decision: ModeDecision;
  /** Whether batches go out now. */
  readonly sending: boolean;
  readonly outagesInForce: readonly Outage[];
  /** Whether each context could issue offline now, and the certificate it would use. */
  readonly contexts: readonly {
    readonly context: string;
    readonly canIssueOffline: boolean;
    readonly offlineCertificate?: { readonly serial: string; readonly notAfter: Instant };
    /** Whether it has a certificate to log in with; without one nothing can be sent. */
    readonly canLogIn: boolean;
  }[];
}

/** What a tenant would get now: mode, why, and whether it can issue offline at all. */
export class CheckAvailability {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: TenantId): Promise<Availability> {
    return this.unitOfWork.inTenant(tenant, async ({ bulletins, connection, contexts, certificates }) => {
      const now = this.clock.now();
      const announced = outagesFrom(await bulletins.all());
      const outages = reliableOutages(announced);
      const known = await connection.read();
      const all = await certificates.all();
      const perContext = (await contexts.all()).map(({ identifier }) => {
        const usable = usableFor(all, 'offline', identifier, now);
        return {
          context: contextLabel(identifier),
          canIssueOffline: usable !== undefined,
          canLogIn: usableFor(all, 'authentication', identifier, now) !== undefined,
          ...(usable === undefined ? {} : { offlineCertificate: { serial: usable.serial, notAfter: usable.notAfter } }),
        };
      });
      return {
        checkedAt: now,
        ...(known === undefined ? {} : { connection: known }),
        decision: modeNow(now, outages, known),
        sending: maySend(now, outages, known),
        outagesInForce: announced.filter((outage) => covers(outage, now)),
        contexts: perContext,
      };
    });
  }
}
