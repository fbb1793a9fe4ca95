import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import { contextLabel, sameContext, type ContextIdentifier } from '../../party/context-identifier.js';
import type { Clock } from '../../shared/clock.port.js';
import type { IdSource } from '../../shared/id-source.port.js';
import type { Instant } from '../../shared/instant.js';
import { err, ok, type Result } from '../../shared/result.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate, CertificateId } from '../certificate.js';
import {
  type CertificateLimits,
  type CertificateRefusal,
  type KsefCertificates,
  parseCertificateName,
} from '../ksef-certificates.port.js';
import type { CertificateRequests } from './certificate-requests.port.js';
import type { EnrolmentStores, EnrolmentWork } from './enrolment-repository.port.js';
import type { Enrolment, PreparedEnrolment } from './enrolment.js';

export interface EnrolmentOrder {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly claim: IdempotencyClaim;
  readonly context: ContextIdentifier;
  readonly name: string;
  readonly type: Certificate['purpose'];
  readonly keyAlgorithm: Certificate['keyAlgorithm'];
  readonly validFrom?: Instant;
}

export type StartEnrolmentRefusal =
  | CertificateRefusal
  | { readonly code: 'INVALID_CERTIFICATE_NAME' }
  | { readonly code: 'CONTEXT_NOT_FOUND'; readonly contexts: readonly string[] }
  | { readonly code: 'ENROLMENT_UNDER_WAY'; readonly enrolmentId: CertificateId }
  | { readonly code: 'LIMIT_REACHED'; readonly limits: CertificateLimits }
  /** The same key with another request. */
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED'; readonly enrolmentId: CertificateId };

export interface StartedEnrolment {
  readonly enrolment: Enrolment;
  /** The key was used before with this very request: nothing was done again. */
  readonly replayed: boolean;
}

type Outcome = Result<StartedEnrolment, StartEnrolmentRefusal>;

/**
 * Makes a key and the request to certify it, and stores both before anything is sent: AdvanceEnrolment does the rest.
 * KSeF's limits are asked for first; one enrolment of a type is under way per context.
 */
export class StartEnrolment {
  constructor(
    private readonly work: EnrolmentWork,
    private readonly ksef: KsefCertificates,
    private readonly requests: CertificateRequests,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** @throws KsefUnreachableError, KsefThrottledError, KsefLoginError, SignerUnavailableError; then nothing was stored */
  async execute(order: EnrolmentOrder): Promise<Outcome> {
    const { tenant, context, type, keyAlgorithm, validFrom } = order;
    const name = parseCertificateName(order.name);
    if (!name.ok) return name;
    const before = await this.work.inTenant(tenant, (stores) => alreadyDecided(stores, order));
    if (before !== undefined) return before;
    const limits = await this.ksef.limits({ tenant, context });
    if (!limits.canRequest) return err({ code: 'LIMIT_REACHED', limits });
    const data = await this.ksef.enrolmentData({ tenant, context });
    if (!data.ok) return data;
    const id = this.ids.next() as CertificateId;
    return this.store(order, {
      state: 'prepared',
      id,
      context,
      name: name.value,
      type,
      keyAlgorithm,
      ...(validFrom === undefined ? {} : { validFrom }),
      plannedAt: this.clock.now(),
      sendings: 0,
      version: 0,
      request: await this.requests.create({ tenant, certificateId: id, purpose: type }, data.value, keyAlgorithm),
    });
  }

  private store(order: EnrolmentOrder, enrolment: PreparedEnrolment): Promise<Outcome> {
    return this.work.inTenant(order.tenant, async (stores) => {
      if (!(await stores.enrolments.add(enrolment, order.claim))) {
        // Another began meanwhile; the key that was made is forgotten.
        const before = await alreadyDecided(stores, order);
        if (before === undefined) throw new Error('an enrolment was not added, and nothing stands in its way');
        return before;
      }
      const { id, name, type, keyAlgorithm, request } = enrolment;
      await stores.audit.append([
        {
          at: enrolment.plannedAt,
          actor: order.actor,
          action: 'certificate.enrolment-started',
          subject: { kind: 'certificate', id },
          facts: {
            ...{ name, purpose: type, keyAlgorithm, context: contextLabel(enrolment.context) },
            // The new key was used: it signed the request.
            keyFingerprint: request.keyFingerprint,
          },
        },
      ]);
      return ok({ enrolment, replayed: false });
    });
  }
}

/** What is answered without anything new: an earlier request of the same key, or a refusal. */
async function alreadyDecided(stores: EnrolmentStores, order: EnrolmentOrder): Promise<Outcome | undefined> {
  const { key, fingerprint } = order.claim;
  const claimed = await stores.enrolments.findByKey(key);
  if (claimed !== undefined) {
    return claimed.fingerprint === fingerprint
      ? ok({ enrolment: claimed.enrolment, replayed: true })
      : err({ code: 'IDEMPOTENCY_KEY_REUSED', enrolmentId: claimed.enrolment.id });
  }
  const refusal = await whyNot(stores, order);
  return refusal === undefined ? undefined : err(refusal);
}

async function whyNot(
  { contexts, enrolments }: EnrolmentStores,
  { context, type }: EnrolmentOrder,
): Promise<StartEnrolmentRefusal | undefined> {
  const own = (await contexts.all()).map(({ identifier }) => identifier);
  if (!own.some((candidate) => sameContext(candidate, context))) {
    return { code: 'CONTEXT_NOT_FOUND', contexts: own.map(contextLabel) };
  }
  const running = (await enrolments.underWay()).find(
    (candidate) => candidate.type === type && sameContext(candidate.context, context),
  );
  return running === undefined ? undefined : { code: 'ENROLMENT_UNDER_WAY', enrolmentId: running.id };
}
