import { readinessOf, type Readiness } from '../availability/context-readiness.js';
import { warsawDay } from '../calendar/warsaw-time.js';
import type { Certificate } from '../certificate/certificate.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { TenantContext } from '../tenant/tenant.js';
import type { CertificateFinding, DrillContext } from './drill.js';
import { whyNoSample } from './sample-invoice.js';

/** A certificate that ends sooner is named. */
const EXPIRING_DAYS = 30;
const HOURS_A_DAY = 24;

/** What each context has for an outage, and whether it takes part: it must be able to issue offline and to send. */
export function drillContexts(
  contexts: readonly TenantContext[],
  certificates: readonly Certificate[],
  now: Instant,
): readonly DrillContext[] {
  return contexts.map(({ identifier, name }) => {
    const circumstances = { mode: 'emergency', reason: '' } as const;
    const { offline, login } = readinessOf(identifier, certificates, now, circumstances);
    const leftOut = whyLeftOut(identifier, offline, login);
    return {
      identifier,
      name,
      certificates: [findingOf('Offline', offline, now), findingOf('Authentication', login, now)],
      ...(leftOut === undefined ? {} : { leftOut }),
      issued: [],
      refused: [],
    };
  });
}

function whyLeftOut(identifier: ContextIdentifier, offline: Readiness, login: Readiness): string | undefined {
  const noSample = whyNoSample(identifier);
  if (noSample !== undefined) return noSample;
  if (!offline.ready) return offline.reason;
  return login.ready ? undefined : login.reason;
}

function findingOf(type: CertificateFinding['type'], readiness: Readiness, now: Instant): CertificateFinding {
  const notAfter = readiness.certificate?.notAfter;
  const until = notAfter === undefined ? {} : { validUntil: warsawDay(notAfter).toString() };
  if (!readiness.ready) return { type, state: 'missing', detail: readiness.reason, ...until };
  const { serial } = readiness.certificate;
  const soon = now.add({ hours: EXPIRING_DAYS * HOURS_A_DAY });
  const isExpiring = readiness.certificate.notAfter.epochMilliseconds < soon.epochMilliseconds;
  const day = warsawDay(readiness.certificate.notAfter).toString();
  return isExpiring
    ? {
        type,
        state: 'expiring',
        detail: `Certificate ${serial} ends on ${day}: have its successor issued now.`,
        ...until,
      }
    : { type, state: 'usable', detail: `Certificate ${serial} is valid until ${day}.`, ...until };
}
