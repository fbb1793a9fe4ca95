import { warsawDay } from '../calendar/warsaw-time.js';
import { deadlineFor, type Deadline } from '../deadline/deadline.js';
import type { Law } from '../deadline/statutory-clocks.js';
import type { IssuingMode, OfflineMode } from '../invoice/issuing-mode.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { modeNow } from '../legal-situation/mode-now.js';
import type { Connection } from '../outage/connection.js';
import type { LatarniaState } from '../outage/latarnia.port.js';
import { covers, type Outage } from '../outage/outage.js';
import { bannerNow } from '../simulation/downtime.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { readinessOf, type ContextReadiness } from './context-readiness.js';
import { explainMode, latarniaNow } from './explain-mode.js';
import { sendingNow, type SendingDecision } from './sending-now.js';

/** How things stand for one tenant. */
export interface Availability {
  readonly checkedAt: Instant;
  readonly connection?: Connection;
  /** `unknown` too when it was not heard of for too long. */
  readonly latarnia: LatarniaState;
  /** What an invoice issued now would get by the circumstances; its context may lack a certificate for that. */
  readonly mode: IssuingMode;
  /** For an accountant. */
  readonly reason: string;
  /** Until when an invoice issued and dated now would have to be in KSeF; absent when it would be online. */
  readonly deadline?: Deadline;
  readonly sending: SendingDecision;
  readonly outagesInForce: readonly Outage[];
  readonly contexts: readonly ContextReadiness[];
  /** Of the downtime simulation that runs. */
  readonly banner?: string;
}

/** What a tenant would get now: mode, why, whether batches go out, and what each context can do. */
export class CheckAvailability {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  async execute(tenant: TenantId): Promise<Availability> {
    return this.unitOfWork.inTenant(tenant, async ({ legal, connection: log, contexts, certificates }) => {
      const now = this.clock.now();
      const records = await legal.read();
      const { announced, outages, law } = situationOf(records, this.jurisdiction);
      const isReal = this.jurisdiction.environment === 'production';
      const banner = isReal ? undefined : bannerNow(records.bulletins, now);
      const connection = await log.read();
      const decision = modeNow(now, outages, connection, law.rules);
      const inForce = announced.filter((outage) => covers(outage, now));
      const reason = explainMode(now, { ...decision, connection, inForce, relied: outages });
      const all = await certificates.all();
      return {
        checkedAt: now,
        ...(connection === undefined ? {} : { connection }),
        latarnia: latarniaNow(now, connection),
        mode: decision.mode,
        reason,
        ...(decision.mode === 'online' ? {} : { deadline: deadlineNow(now, decision.mode, outages, law) }),
        sending: sendingNow(now, outages, connection),
        outagesInForce: inForce,
        ...(banner === undefined ? {} : { banner }),
        contexts: (await contexts.all()).map(({ identifier }) =>
          readinessOf(identifier, all, now, { mode: decision.mode, reason }),
        ),
      };
    });
  }
}

function deadlineNow(
  now: Instant,
  declared: OfflineMode,
  outages: readonly Outage[],
  { calendar, rules }: Law,
): Deadline {
  return deadlineFor({ issueDate: warsawDay(now), issuedAt: now, declared }, outages, calendar, rules);
}
