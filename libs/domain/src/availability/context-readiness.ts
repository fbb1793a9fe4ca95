import { warsawText } from '../calendar/warsaw-time.js';
import { usableFor, type Certificate } from '../certificate/certificate.js';
import { endOf, isWithdrawn, typeDiffers } from '../certificate/lifecycle/remote-status.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';

/** The certificate that would be used, or the one that comes nearest to it. */
export interface CertificateView {
  readonly serial: string;
  readonly type: 'Offline' | 'Authentication';
  readonly notBefore: Instant;
  readonly notAfter: Instant;
}

/** Whether a purpose can be served now; when not, why not, for an accountant. */
export type Readiness =
  | { readonly ready: true; readonly certificate: CertificateView }
  | { readonly ready: false; readonly reason: string; readonly certificate?: CertificateView };

/** What a context can do now, by its certificates. */
export interface ContextReadiness {
  readonly context: string;
  /** Signing the codes of offline invoices. */
  readonly offline: Readiness;
  /** Logging in: without it nothing can be sent. */
  readonly login: Readiness;
  /** What an invoice issued now in this context would get; no mode: it would be refused. */
  readonly invoiceNow: { readonly mode?: IssuingMode; readonly reason: string };
}

/**
 * @param mode what an invoice issued now would get by the circumstances
 * @param reason why
 */
export function readinessOf(
  context: ContextIdentifier,
  certificates: readonly Certificate[],
  now: Instant,
  { mode, reason }: { readonly mode: IssuingMode; readonly reason: string },
): ContextReadiness {
  const own = certificates.filter((certificate) => sameContext(certificate.context, context));
  const offline = readiness(own, 'offline', context, now);
  const login = readiness(own, 'authentication', context, now);
  return {
    context: contextLabel(context),
    offline,
    login,
    invoiceNow: invoiceNow({ mode, reason }, offline, login),
  };
}

function invoiceNow(
  circumstances: { readonly mode: IssuingMode; readonly reason: string },
  offline: Readiness,
  login: Readiness,
): ContextReadiness['invoiceNow'] {
  if (circumstances.mode !== 'online') {
    return offline.ready ? circumstances : { reason: `${circumstances.reason} It would be refused: ${offline.reason}` };
  }
  if (login.ready) return circumstances;
  return offline.ready
    ? {
        mode: 'offline24',
        reason: `KSeF answers, but nobody can log in: ${login.reason} The invoice would be offline24.`,
      }
    : { reason: `It would be refused. ${login.reason} ${offline.reason}` };
}

function readiness(
  own: readonly Certificate[],
  purpose: Certificate['purpose'],
  context: ContextIdentifier,
  now: Instant,
): Readiness {
  const usable = usableFor(own, purpose, context, now);
  if (usable !== undefined) return { ready: true, certificate: viewOf(usable) };
  const [nearest] = own.filter((certificate) => certificate.purpose === purpose).sort(nearestFirst(now));
  if (nearest === undefined) return { ready: false, reason: whyNone(own, purpose) };
  return { ready: false, reason: whyNot(nearest, now), certificate: viewOf(nearest) };
}

const TYPES = { offline: 'Offline', authentication: 'Authentication' } as const;
const OTHER = { offline: 'Authentication', authentication: 'Offline' } as const;
const NEED = {
  offline: 'the codes of offline invoices need one of type Offline',
  authentication: 'logging in to KSeF needs one of type Authentication',
} as const;

function whyNone(own: readonly Certificate[], purpose: Certificate['purpose']): string {
  return own.length === 0
    ? `There is no certificate for this context; ${NEED[purpose]}.`
    : `There is only a certificate of type ${OTHER[purpose]}; ${NEED[purpose]}.`;
}

function whyNot(certificate: Certificate, now: Instant): string {
  const { purpose, serial, notBefore, retiredAt } = certificate;
  const notAfter = endOf(certificate);
  const which = `The certificate of type ${TYPES[purpose]} (${serial})`;
  switch (stageOf(certificate, now)) {
    case 'withdrawn':
      return `${which} is revoked or expired at KSeF, or is being revoked.`;
    case 'other-type':
      return `${which} is listed by KSeF under type ${OTHER[purpose]}, so it is not used.`;
    case 'retired':
      return `${which} was taken out of use${retiredAt === undefined ? '' : ` on ${warsawText(retiredAt)}`}.`;
    case 'expired':
      return `${which} expired on ${warsawText(notAfter)}.`;
    case 'not-yet':
      return `${which} is valid from ${warsawText(notBefore)} only.`;
    case 'valid':
      return `${which} ends on ${warsawText(notAfter)}: less than 24 hours are left, and in its last day it is not used.`;
  }
}

type Stage = 'valid' | 'not-yet' | 'other-type' | 'expired' | 'withdrawn' | 'retired';

function stageOf(certificate: Certificate, now: Instant): Stage {
  const { notBefore, retiredAt } = certificate;
  if (retiredAt !== undefined) return 'retired';
  if (isWithdrawn(certificate)) return 'withdrawn';
  if (endOf(certificate).epochMilliseconds <= now.epochMilliseconds) return 'expired';
  if (typeDiffers(certificate)) return 'other-type';
  return notBefore.epochMilliseconds > now.epochMilliseconds ? 'not-yet' : 'valid';
}

const NEAREST: readonly Stage[] = ['valid', 'not-yet', 'other-type', 'expired', 'withdrawn', 'retired'];

/** One that is valid before one that will be, before those that were; of these the one that lives longest. */
function nearestFirst(now: Instant): (a: Certificate, b: Certificate) => number {
  const rank = (certificate: Certificate): number => NEAREST.indexOf(stageOf(certificate, now));
  return (a, b) => rank(a) - rank(b) || b.notAfter.epochMilliseconds - a.notAfter.epochMilliseconds;
}

const viewOf = ({ purpose, serial, notBefore, notAfter }: Certificate): CertificateView => ({
  serial,
  type: TYPES[purpose],
  notBefore,
  notAfter,
});
