import {
  type CertificateWarning,
  type Instant,
  type RevocationAnswer,
  type RevokeCertificateRefusal,
} from '@latarnik/domain';
import { z } from 'zod';
import { PersonName } from '../http/fields.js';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { CertificateStanding, certificateStanding, UnsentInvoicesView, unsentInvoicesView } from './lifecycle.view.js';

export const RevocationBody = z.strictObject({
  reason: z.enum(['Unspecified', 'Superseded', 'KeyCompromise']),
  person: PersonName,
});

export const RevocationAnswerView = z.object({
  certificate: CertificateStanding,
  meaning: z.string(),
  invoices: UnsentInvoicesView.describe('Invoices with KOD II of this certificate that KSeF has not accepted'),
});

const CODES =
  'KOD II that it signed no longer verifies when it is scanned, also on documents that were handed out before. ' +
  'The invoices themselves stay issued and are still sent: KSeF does not look at KOD II when it takes them.';

export function revocationAnswerView(
  { certificate, invoices, trouble }: RevocationAnswer,
  warnings: readonly CertificateWarning[],
  now: Instant,
): z.infer<typeof RevocationAnswerView> {
  const waits = trouble === undefined ? 'its answer is awaited' : `it could not be told yet (${trouble})`;
  const start =
    certificate.revocation.state === 'done'
      ? 'KSeF revoked the certificate, for good.'
      : `KSeF is asked to revoke the certificate; ${waits}. It is not used any more. Once it is revoked:`;
  return {
    certificate: certificateStanding(certificate, warnings, now),
    meaning: certificate.purpose === 'offline' ? `${start} ${CODES}` : `${start} Nobody can log in with it any more.`,
    invoices: unsentInvoicesView(invoices),
  };
}

export function revocationProblem(refusal: RevokeCertificateRefusal): ProblemError {
  switch (refusal.code) {
    case 'CERTIFICATE_NOT_FOUND':
      return notFound('certificate');
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who revokes it?', 'Give the name of the person.'));
    case 'REVOCATION_REFUSED': {
      const { code: reason, description } = refusal.refusal;
      const detail = `KSeF says: ${description} The certificate is as it was.`;
      return new ProblemError(problem(409, refusal.code, 'KSeF did not revoke it', detail, { reason }));
    }
  }
}
