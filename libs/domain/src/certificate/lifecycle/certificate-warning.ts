import { isBefore } from '../../calendar/warsaw-time.js';
import type { BookLine } from '../../deadline/deadline-book.js';
import { sameContext } from '../../party/context-identifier.js';
import type { Instant } from '../../shared/instant.js';
import { usableFor, type Certificate, type CertificateId } from '../certificate.js';
import { endOf, isRevoked } from './remote-status.js';

/** Days before the end at which people are warned (reliability C11a, S21). */
export const WARNING_DAYS = [60, 30, 14, 7, 1] as const;

/**
 * `60d` to `1d`: so near is the end. `before-deadline`: the certificate in use ends before the longest deadline of its
 * context, so codes may be scanned, or invoices sent, when it is no longer valid. `open-deadline`: nobody knows how long
 * invoices of its context will wait: renew now (reliability A11).
 */
export type WarningStage = `${(typeof WARNING_DAYS)[number]}d` | 'before-deadline' | 'open-deadline';

export const WARNING_STAGES: readonly WarningStage[] = [
  ...WARNING_DAYS.map((days) => `${days}d` as const),
  'before-deadline',
  'open-deadline',
];

/** Raised once for a certificate and a stage. */
export interface CertificateWarning {
  readonly certificateId: CertificateId;
  readonly stage: WarningStage;
  readonly raisedAt: Instant;
  /** The end of validity that it warns of. */
  readonly endsAt: Instant;
  /** The longest deadline, of `before-deadline`. */
  readonly deadlineAt?: Instant;
}

const DAY_MS = 86_400_000;

/** The certificate that a context uses now, for each purpose. */
export function inUse(certificates: readonly Certificate[], now: Instant): readonly Certificate[] {
  return certificates.filter(
    (certificate) => usableFor(certificates, certificate.purpose, certificate.context, now)?.id === certificate.id,
  );
}

/** Whole days left, down to 0. */
export const daysLeft = (certificate: Certificate, now: Instant): number =>
  Math.max(0, Math.floor((endOf(certificate).epochMilliseconds - now.epochMilliseconds) / DAY_MS));

/**
 * Every warning whose moment has come, also those whose moment passed while nobody looked, whether raised before or not.
 * Certificates that are out of use already are not warned of.
 *
 * @param lines deadlines of invoices that wait
 */
export function warningsDue(
  certificates: readonly Certificate[],
  lines: readonly BookLine[],
  now: Instant,
): readonly CertificateWarning[] {
  const live = certificates.filter((one) => one.retiredAt === undefined && !isRevoked(one));
  return [
    ...live.flatMap((certificate) => nearEnd(certificate, now)),
    ...inUse(live, now).flatMap((certificate) => againstDeadlines(certificate, lines, now)),
  ];
}

function nearEnd(certificate: Certificate, now: Instant): readonly CertificateWarning[] {
  const endsAt = endOf(certificate);
  const leftMs = endsAt.epochMilliseconds - now.epochMilliseconds;
  return WARNING_DAYS.filter((days) => leftMs <= days * DAY_MS).map((days) => ({
    certificateId: certificate.id,
    stage: `${days}d`,
    raisedAt: now,
    endsAt,
  }));
}

function againstDeadlines(
  certificate: Certificate,
  lines: readonly BookLine[],
  now: Instant,
): readonly CertificateWarning[] {
  const endsAt = endOf(certificate);
  const common = { certificateId: certificate.id, raisedAt: now, endsAt };
  const own = lines.filter(({ context }) => sameContext(context, certificate.context));
  const deadlineAt = own
    .flatMap((line) => line.endsAt ?? [])
    .reduce<Instant | undefined>(
      (latest, end) => (latest === undefined || isBefore(latest, end) ? end : latest),
      undefined,
    );
  return [
    ...(deadlineAt !== undefined && isBefore(endsAt, deadlineAt)
      ? [{ ...common, stage: 'before-deadline' as const, deadlineAt }]
      : []),
    ...(own.some(({ kind }) => kind === 'open') ? [{ ...common, stage: 'open-deadline' as const }] : []),
  ];
}
