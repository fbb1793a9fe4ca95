import type { IssueRefusal } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** What a caller is told when nothing was issued. Exhaustive: a new refusal breaks the build here. */
export function issueProblem(refusal: IssueRefusal): ProblemError {
  switch (refusal.code) {
    case 'DOCUMENT_INVALID': {
      const detail = `The document has ${String(refusal.findings.length)} finding(s); nothing was issued.`;
      return new ProblemError(
        problem(422, refusal.code, 'The document is not valid', detail, { findings: refusal.findings }),
      );
    }
    case 'CONTEXT_NOT_FOUND':
    case 'CONTEXT_AMBIGUOUS': {
      const detail = `No single context of yours issues for seller ${refusal.sellerNip}; name one with ?context=Nip:… .`;
      return new ProblemError(
        problem(422, refusal.code, 'In whose name?', detail, {
          sellerNip: refusal.sellerNip,
          contexts: refusal.contexts,
        }),
      );
    }
    case 'NO_OFFLINE_CERTIFICATE': {
      const detail =
        `Issuing offline needs a KSeF certificate of type Offline (the signing certificate) for ${refusal.context}, ` +
        'valid for at least 24 more hours. Import one with POST /v1/certificates. Nothing was issued.';
      return new ProblemError(
        problem(409, refusal.code, 'No certificate of type Offline', detail, {
          context: refusal.context,
          certificatesPresent: refusal.present,
        }),
      );
    }
    case 'INVOICE_NUMBER_TAKEN': {
      const detail = 'This seller already has an invoice of this kind and number; KSeF would refuse it as a duplicate.';
      return new ProblemError(
        problem(409, refusal.code, 'The invoice number is taken', detail, { invoiceId: refusal.invoiceId }),
      );
    }
    case 'IDEMPOTENCY_KEY_REUSED': {
      const detail = 'This Idempotency-Key was used before with another request.';
      return new ProblemError(
        problem(422, refusal.code, 'The key was used for something else', detail, { invoiceId: refusal.invoiceId }),
      );
    }
    case 'REQUEST_IN_PROGRESS':
      return new ProblemError(
        problem(409, refusal.code, 'Still running', 'The first request with this Idempotency-Key is still running.'),
        { 'retry-after': '2' },
      );
    case 'NOT_ISSUABLE_ONLINE': {
      const detail = `${refusal.reason} Nothing was issued; ask with mode=auto or mode=offline24.`;
      return new ProblemError(problem(422, refusal.code, 'This document cannot be issued online', detail));
    }
    case 'KSEF_NOT_AVAILABLE': {
      const detail = `${refusal.reason} Nothing was issued; ask with mode=auto to issue offline.`;
      return new ProblemError(problem(503, refusal.code, 'Cannot issue online now', detail), { 'retry-after': '30' });
    }
  }
}
