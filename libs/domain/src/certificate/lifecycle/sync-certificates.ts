import { contextLabel, sameContext, type ContextIdentifier } from '../../party/context-identifier.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../../session/ksef-access.js';
import type { Clock } from '../../shared/clock.port.js';
import type { Instant } from '../../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate } from '../certificate.js';
import type { KsefCertificateEntry, KsefCertificates } from '../ksef-certificates.port.js';
import { typeDiffers, type RemoteStatus } from './remote-status.js';

/** Between two looks at a context. */
const HOURS_BETWEEN_LOOKS = 24;
/** After a look that failed. */
const HOURS_BEFORE_REPEAT = 1;

/** How a look at KSeF's list ended. */
export type SyncReport =
  | {
      readonly outcome: 'synced';
      readonly context: ContextIdentifier;
      readonly syncedAt: Instant;
      readonly certificates: readonly Certificate[];
      /** Active at KSeF and not here: of another system, or one whose key was lost. */
      readonly notHere: readonly KsefCertificateEntry[];
    }
  | {
      readonly outcome: 'failed';
      readonly context: ContextIdentifier;
      readonly code: 'KSEF_UNREACHABLE' | 'KSEF_THROTTLED' | KsefLoginError['code'];
      readonly detail: string;
    }
  | {
      readonly outcome: 'failed';
      readonly context: ContextIdentifier;
      /** What nobody expected; the other contexts have their reports all the same. */
      readonly code: 'UNEXPECTED';
      readonly detail: string;
      /** For a log only. */
      readonly error: unknown;
    };

/** Reads from KSeF how our certificates stand there: once a day in each context, and whenever somebody asks. */
export class SyncCertificates {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly ksef: KsefCertificates,
    private readonly clock: Clock,
  ) {}

  /** The contexts whose look is due, one worker each. */
  async due(tenant: TenantId, actor: string): Promise<readonly SyncReport[]> {
    const now = this.clock.now();
    const again = now.add({ hours: HOURS_BEFORE_REPEAT });
    const contexts = await this.unitOfWork.inTenant(tenant, ({ certificateLifecycle }) =>
      certificateLifecycle.claimSyncs(now, again),
    );
    return this.each(tenant, actor, contexts);
  }

  /** @param context only this one; without it every context with a certificate in use */
  async execute(tenant: TenantId, actor: string, context?: ContextIdentifier): Promise<readonly SyncReport[]> {
    const all = await this.unitOfWork.inTenant(tenant, ({ certificates }) => certificates.all());
    const contexts = all
      .filter(({ retiredAt }) => retiredAt === undefined)
      .map((certificate) => certificate.context)
      .filter((one, at, every) => every.findIndex((other) => sameContext(one, other)) === at);
    return this.each(tenant, actor, context === undefined ? contexts : [context]);
  }

  private async each(
    tenant: TenantId,
    actor: string,
    contexts: readonly ContextIdentifier[],
  ): Promise<readonly SyncReport[]> {
    const reports: SyncReport[] = [];
    for (const context of contexts) {
      try {
        reports.push(await this.one(tenant, actor, context));
      } catch (error) {
        const detail = 'Something went wrong here that was not expected.';
        reports.push({ outcome: 'failed', context, code: 'UNEXPECTED', detail, error });
      }
    }
    return reports;
  }

  private async one(tenant: TenantId, actor: string, context: ContextIdentifier): Promise<SyncReport> {
    const syncedAt = this.clock.now();
    let entries: readonly KsefCertificateEntry[];
    try {
      entries = await this.ksef.list({ tenant, context });
    } catch (error) {
      return { outcome: 'failed', context, ...failureOf(error) };
    }
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const before = (await stores.certificates.all()).filter((own) => sameContext(own.context, context));
      const after = before.map((own) => ({ ...own, remote: remoteOf(own, entries, syncedAt) }));
      const changed = await stores.certificateLifecycle.saveRemote(after.map(({ id, remote }) => ({ id, remote })));
      await stores.certificateLifecycle.synced(context, syncedAt.add({ hours: HOURS_BETWEEN_LOOKS }));
      await tell(
        stores,
        actor,
        after.filter(({ id }) => changed.includes(id)),
        before,
      );
      const here = new Set(before.map(({ serial }) => serial));
      const notHere = entries.filter(({ serial, state }) => state === 'active' && !here.has(serial));
      return { outcome: 'synced', context, syncedAt, certificates: after, notHere };
    });
  }
}

function remoteOf({ serial }: Certificate, entries: readonly KsefCertificateEntry[], syncedAt: Instant): RemoteStatus {
  const entry = entries.find((candidate) => candidate.serial === serial);
  if (entry === undefined) return { state: 'unknown', syncedAt };
  const { state, type, notAfter } = entry;
  return { state, syncedAt, type, notAfter };
}

/** What changed, for the trail and for whoever listens. */
async function tell(
  { audit, outbox }: TenantStores,
  actor: string,
  changed: readonly (Certificate & { readonly remote: RemoteStatus })[],
  before: readonly Certificate[],
): Promise<void> {
  const told = changed.map((certificate) => {
    const { id, serial, purpose, context, remote } = certificate;
    const facts = {
      ...{ serial, purpose, context: contextLabel(context) },
      before: before.find((own) => own.id === id)?.remote?.state ?? null,
      ...{ state: remote.state, typeDiffers: typeDiffers(certificate) },
    };
    return { at: remote.syncedAt, id, facts };
  });
  await audit.append(
    told.map(({ at, id, facts }) => ({
      ...{ at, actor, action: 'certificate.remote-status', facts },
      subject: { kind: 'certificate' as const, id },
    })),
  );
  await outbox.append(told.map(({ at, id, facts }) => ({ at, type: 'certificate.remote-status', subject: id, facts })));
}

function failureOf(error: unknown) {
  if (error instanceof KsefLoginError) return { code: error.code, detail: error.message } as const;
  if (error instanceof KsefThrottledError) return { code: 'KSEF_THROTTLED', detail: error.message } as const;
  if (error instanceof KsefUnreachableError) return { code: 'KSEF_UNREACHABLE', detail: error.message } as const;
  throw error;
}
