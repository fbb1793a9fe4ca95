import { isBefore } from '../../calendar/warsaw-time.js';
import type { BookLine } from '../../deadline/deadline-book.js';
import { sameContext, type ContextIdentifier } from '../../party/context-identifier.js';
import type { Instant } from '../../shared/instant.js';
import { usableFor, type Certificate, type CertificateId, type CertificateSerial } from '../certificate.js';
import { endOf, isRevoked } from './remote-status.js';

/** Days before the end at which people are warned (reliability C11a, S21). */
export const WARNING_DAYS = [60, 30, 14, 7, 1] as const;

/**
 * `60d` to `1d`: so near is the end. `before-deadline`: the certificate ends before the longest deadline of invoices that
 * it signed or, for one in use, of its context, so codes may be scanned, or invoices sent, when it is no longer valid.
 * `open-deadline`: nobody knows how long those invoices will wait: renew now (reliability A11).
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

/** Until when invoices wait that one certificate signed. */
export interface SignedDeadlines {
  readonly serial: CertificateSerial;
  /** The longest that is known. */
  readonly longest?: Instant;
  /** Whether some wait for so long as nobody knows. */
  readonly isOpen: boolean;
}

type Deadlines = Omit<SignedDeadlines, 'serial'>;

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
 * Every warning that holds now, whether raised before or not. Of the days before the end it is the nearest alone: a
 * certificate that is taken in late, or that nobody looked at for a while, has passed the earlier ones. A certificate that
 * was taken out of use is warned of for what it signed only, and a revoked one not at all: its codes fail already.
 *
 * @param lines deadlines of invoices that wait
 * @param signed those of `mayOutlive`, by the certificate that signed
 */
export function warningsDue(
  certificates: readonly Certificate[],
  lines: readonly BookLine[],
  now: Instant,
  signed: readonly SignedDeadlines[] = [],
): readonly CertificateWarning[] {
  const valid = certificates.filter((one) => !isRevoked(one));
  const used = inUse(valid, now);
  return [
    ...valid.filter(({ retiredAt }) => retiredAt === undefined).flatMap((certificate) => nearEnd(certificate, now)),
    ...valid.flatMap((certificate) => {
      const own = signed.filter(({ serial }) => serial === certificate.serial && certificate.purpose === 'offline');
      const ofContext = used.includes(certificate) ? [deadlinesOf(certificate.context, lines)] : [];
      return againstDeadlines(certificate, together([...own, ...ofContext]), now);
    }),
  ];
}

/** Certificates of which invoices that wait may outlive them: only for these it is worth looking who signed what. */
export function mayOutlive(certificates: readonly Certificate[], lines: readonly BookLine[]): readonly Certificate[] {
  return certificates.filter((certificate) => {
    const { longest, isOpen } = deadlinesOf(certificate.context, lines);
    const isShort = longest !== undefined && isBefore(endOf(certificate), longest);
    return certificate.purpose === 'offline' && !isRevoked(certificate) && (isOpen || isShort);
  });
}

function nearEnd(certificate: Certificate, now: Instant): readonly CertificateWarning[] {
  const endsAt = endOf(certificate);
  const leftMs = endsAt.epochMilliseconds - now.epochMilliseconds;
  const days = WARNING_DAYS.findLast((each) => leftMs <= each * DAY_MS);
  return days === undefined ? [] : [{ certificateId: certificate.id, stage: `${days}d`, raisedAt: now, endsAt }];
}

function againstDeadlines(
  certificate: Certificate,
  { longest, isOpen }: Deadlines,
  now: Instant,
): readonly CertificateWarning[] {
  const endsAt = endOf(certificate);
  const common = { certificateId: certificate.id, raisedAt: now, endsAt };
  return [
    ...(longest !== undefined && isBefore(endsAt, longest)
      ? [{ ...common, stage: 'before-deadline' as const, deadlineAt: longest }]
      : []),
    ...(isOpen ? [{ ...common, stage: 'open-deadline' as const }] : []),
  ];
}

function deadlinesOf(context: ContextIdentifier, lines: readonly BookLine[]): Deadlines {
  const own = lines.filter((line) => sameContext(line.context, context));
  return together(
    own.map(({ endsAt, kind }) => ({ ...(endsAt === undefined ? {} : { longest: endsAt }), isOpen: kind === 'open' })),
  );
}

function together(all: readonly Deadlines[]): Deadlines {
  const longest = all
    .flatMap((each) => each.longest ?? [])
    .reduce<Instant | undefined>(
      (latest, end) => (latest === undefined || isBefore(latest, end) ? end : latest),
      undefined,
    );
  return { ...(longest === undefined ? {} : { longest }), isOpen: all.some((each) => each.isOpen) };
}
