import { contextLabel } from '../../party/context-identifier.js';
import type { Instant } from '../../shared/instant.js';
import type { TenantStores } from '../../shared/unit-of-work.port.js';
import type { IssuedEnrolment } from '../enrolment/enrolment.js';

/** KSeF gives a certificate seconds after it issued it. */
const HOURS_UNTIL_MISSED = 6;

const ISSUED = 'certificate.enrolment-issued';
const MISSED = 'certificate.enrolment-missed';

/**
 * A certificate that KSeF issued and does not give is missed after some hours: the trail and whoever listens are told,
 * once. It is asked for all the same, because its key is here and it counts against KSeF's limit.
 *
 * @returns whether it is missed
 */
export async function tellOfMissedCertificate(
  { audit, outbox }: Pick<TenantStores, 'audit' | 'outbox'>,
  { id, serial, type, context, name }: IssuedEnrolment,
  now: Instant,
): Promise<boolean> {
  const trail = await audit.of('certificate', id);
  if (trail.some(({ action }) => action === MISSED)) return true;
  const issued = trail.find(({ action }) => action === ISSUED);
  if (issued === undefined) throw new Error(`enrolment ${id}: issued, and its audit trail does not say so`);
  const missedAt = issued.at.add({ hours: HOURS_UNTIL_MISSED });
  if (now.epochMilliseconds < missedAt.epochMilliseconds) return false;
  const facts = { serial, purpose: type, context: contextLabel(context), name, issuedAt: issued.at.toString() };
  await audit.append([{ at: now, actor: 'worker', action: MISSED, subject: { kind: 'certificate', id }, facts }]);
  await outbox.append([{ at: now, type: MISSED, subject: id, facts }]);
  return true;
}
