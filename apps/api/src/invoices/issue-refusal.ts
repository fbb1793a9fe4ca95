import type { IssueRefusal, StopOfIssuing } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** What a caller is told when nothing was issued. Exhaustive: a new refusal breaks the build here. */
export function issueProblem(refusal: IssueRefusal): ProblemError {
  if (isCircumstance(refusal)) return circumstancesProblem(refusal);
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
    case 'SELLER_NOT_OF_CONTEXT': {
      const detail =
        `Seller ${refusal.sellerNip} is not the one of the context that you name. If the seller entrusted you with issuing ` +
        '(tax representative, VAT group, enforcement body), say so with ?seller=entrusted.';
      return new ProblemError(problem(422, refusal.code, 'In whose name?', detail, { sellerNip: refusal.sellerNip }));
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
    case 'CORRECTION_TOO_EARLY':
      return correctionTooEarly(refusal.hold);
  }
}

const CIRCUMSTANCES = [
  'IDEMPOTENCY_KEY_REUSED',
  'REQUEST_IN_PROGRESS',
  'NOT_ISSUABLE_ONLINE',
  'KSEF_NOT_AVAILABLE',
  'SCHEMA_REFUSED_IN_MASSES',
] as const satisfies readonly IssueRefusal['code'][];
type Circumstance = Extract<IssueRefusal, { code: (typeof CIRCUMSTANCES)[number] }>;

const isCircumstance = (refusal: IssueRefusal): refusal is Circumstance =>
  CIRCUMSTANCES.some((code) => code === refusal.code);

/** What has to do with the request and with KSeF rather than with the document. */
function circumstancesProblem(refusal: Circumstance): ProblemError {
  switch (refusal.code) {
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
    case 'SCHEMA_REFUSED_IN_MASSES':
      return stoppedProblem(refusal.stop);
  }
}

function stoppedProblem({ formCode, invoices, until }: StopOfIssuing): ProblemError {
  const schema = `${formCode.systemCode} ${formCode.schemaVersion}`;
  const detail =
    `KSeF refused ${String(invoices)} files of ${schema} within an hour: what makes them is wrong. Nothing was issued. Look ` +
    'at the refusals; a person lifts the stop with POST /v1/issuing-stop/lifting, or it ends by itself.';
  return new ProblemError(
    problem(409, 'SCHEMA_REFUSED_IN_MASSES', 'Issuing is stopped', detail, {
      schema,
      invoices,
      until: until.toString(),
    }),
  );
}

function correctionTooEarly(hold: Extract<IssueRefusal, { code: 'CORRECTION_TOO_EARLY' }>['hold']): ProblemError {
  const what =
    hold.code === 'ORIGINAL_WITHOUT_NUMBER'
      ? `${hold.originalNumber} has no KSeF number yet, and a correction is sent only after it; its own deadline would run meanwhile.`
      : `${hold.originalNumber} has the KSeF number ${hold.ksefNumber}, which this correction does not quote.`;
  const detail = `${what} Nothing was issued; ask with correction=anyway to issue it all the same.`;
  return new ProblemError(
    problem(409, 'CORRECTION_TOO_EARLY', 'This correction would be issued too early', detail, { ...hold }),
  );
}
