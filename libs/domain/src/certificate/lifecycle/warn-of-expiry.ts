import { contextLabel } from '../../party/context-identifier.js';
import type { Clock } from '../../shared/clock.port.js';
import type { Instant } from '../../shared/instant.js';
import type { UnitOfWork } from '../../shared/unit-of-work.port.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate } from '../certificate.js';
import {
  daysLeft,
  inUse,
  mayOutlive,
  warningsDue,
  type CertificateWarning,
  type WarningStage,
} from './certificate-warning.js';

/** How the certificates of a tenant stand, for whoever measures. */
export interface ExpiryStanding {
  /** How many warnings were raised now, by stage. */
  readonly raised: Readonly<Partial<Record<WarningStage, number>>>;
  /** Of each certificate in use. */
  readonly inUse: readonly { readonly purpose: Certificate['purpose']; readonly daysLeft: number }[];
}

/** Warns of certificates that come to their end: once for each certificate and stage. */
export class WarnOfExpiry {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: TenantId): Promise<ExpiryStanding> {
    const now = this.clock.now();
    return this.unitOfWork.inTenant(tenant, async ({ certificates, certificateLifecycle, deadlineBook, outbox }) => {
      const all = await certificates.all();
      if (all.length === 0) return { raised: {}, inUse: [] };
      const lines = await deadlineBook.lines();
      const serials = mayOutlive(all, lines).map(({ serial }) => serial);
      const signed = await certificateLifecycle.deadlinesSignedBy([...new Set(serials)]);
      const due = warningsDue(all, lines, now, signed);
      const known = new Set((await certificateLifecycle.warnings()).map(keyOf));
      const raised = await certificateLifecycle.raise(due.filter((warning) => !known.has(keyOf(warning))));
      await outbox.append(raised.map((warning) => eventOf(warning, all, now)));
      return {
        raised: countsOf(raised),
        inUse: inUse(all, now).map((one) => ({ purpose: one.purpose, daysLeft: daysLeft(one, now) })),
      };
    });
  }
}

const keyOf = ({ certificateId, stage }: CertificateWarning): string => `${certificateId} ${stage}`;

function countsOf(raised: readonly CertificateWarning[]): ExpiryStanding['raised'] {
  const counts: Partial<Record<WarningStage, number>> = {};
  for (const { stage } of raised) counts[stage] = (counts[stage] ?? 0) + 1;
  return counts;
}

/** Says whether another certificate takes its place: then the end troubles only what this one signed. */
function eventOf(
  { certificateId, stage, raisedAt, endsAt, deadlineAt }: CertificateWarning,
  all: readonly Certificate[],
  now: Instant,
) {
  const certificate = all.find(({ id }) => id === certificateId);
  if (certificate === undefined) throw new Error(`a warning of certificate ${certificateId}, which is not there`);
  const { serial, purpose, context } = certificate;
  const used = inUse(
    all.filter((one) => one.purpose === purpose && contextLabel(one.context) === contextLabel(context)),
    now,
  )[0];
  const facts = {
    ...{ stage, serial, purpose, context: contextLabel(context), endsAt: endsAt.toString() },
    deadlineAt: deadlineAt?.toString() ?? null,
    successor: used === undefined || used.id === certificateId ? null : used.serial,
  };
  return { at: raisedAt, type: 'certificate.expiring', subject: certificateId, facts };
}
