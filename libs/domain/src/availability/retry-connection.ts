import type { Certificate } from '../certificate/certificate.js';
import { usableFor } from '../certificate/certificate.js';
import { afterAuthorization } from '../outage/connection.js';
import type { WatchOutages } from '../outage/watch-outages.js';
import { contextLabel, type ContextIdentifier } from '../party/context-identifier.js';
import type { Authorization, AuthorizationOutcome } from '../session/authorization.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

/** Contexts that one retry tries to log in for. */
export const MOST_CONTEXTS_TRIED = 5;
/** After so long no further attempt is begun: somebody waits for the answer. */
export const RETRY_SECONDS = 20;

export interface ContextAuthorization {
  readonly context: string;
  readonly authorization: AuthorizationOutcome;
}

/**
 * Tries at once whether KSeF is back: a real login for the tenant's contexts, in turn, then a look at KSeF and Latarnia,
 * which takes the logins into account as real traffic. A login that succeeds lets batches go out at once.
 */
export class RetryConnection {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly authorization: Authorization,
    private readonly watchOutages: WatchOutages,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: TenantId): Promise<readonly ContextAuthorization[]> {
    const { contexts, certificates } = await this.unitOfWork.inTenant(tenant, async (stores) => ({
      contexts: (await stores.contexts.all()).map(({ identifier }) => identifier),
      certificates: await stores.certificates.all(),
    }));
    const tried = await this.tryInTurn(tenant, contexts, certificates);
    await this.watchOutages.execute();
    await this.record(tried);
    return tried;
  }

  private async tryInTurn(
    tenant: TenantId,
    contexts: readonly ContextIdentifier[],
    certificates: readonly Certificate[],
  ): Promise<readonly ContextAuthorization[]> {
    const beganAt = this.clock.now();
    const tried: ContextAuthorization[] = [];
    let attempts = 0;
    let skip: string | undefined;
    for (const context of contexts) {
      const label = contextLabel(context);
      const notTried = this.whyNotTried(context, certificates, skip ?? this.whyEnough(attempts, beganAt));
      const authorization = notTried ?? (await this.authorization.attempt({ tenant, context }));
      tried.push({ context: label, authorization });
      if (notTried !== undefined) continue;
      attempts += 1;
      if (authorization.outcome === 'unreachable') skip = `Not tried, because KSeF did not answer for ${label}.`;
    }
    return tried;
  }

  private whyNotTried(
    context: ContextIdentifier,
    certificates: readonly Certificate[],
    enough: string | undefined,
  ): AuthorizationOutcome | undefined {
    const triedAt = this.clock.now();
    if (usableFor(certificates, 'authentication', context, triedAt) === undefined) {
      const detail = 'There is no usable certificate of type Authentication for this context.';
      return { outcome: 'no-certificate', detail, triedAt };
    }
    return enough === undefined ? undefined : { outcome: 'not-now', detail: enough, triedAt };
  }

  private whyEnough(attempts: number, beganAt: Instant): string | undefined {
    if (attempts >= MOST_CONTEXTS_TRIED) {
      return `Not tried: a retry logs in for ${String(MOST_CONTEXTS_TRIED)} contexts at most.`;
    }
    const sinceMs = this.clock.now().epochMilliseconds - beganAt.epochMilliseconds;
    return sinceMs >= RETRY_SECONDS * 1000 ? 'Not tried: the contexts before took too long.' : undefined;
  }

  private async record(tried: readonly ContextAuthorization[]): Promise<void> {
    const authorized = tried
      .filter(({ authorization }) => authorization.outcome === 'authorized')
      .map(({ authorization }) => authorization.triedAt)
      .at(-1);
    if (authorized === undefined) return;
    await this.unitOfWork.inSystem(({ connection }) =>
      connection.change((known) => afterAuthorization(known, authorized)),
    );
  }
}
