import type { ProblemEntry } from './entry.js';

const READ_STATE = 'Read the invoice: GET /v1/invoices/{id} tells its state and what can be done.';
const LATER = 'Wait as long as `Retry-After` says and repeat.';

/** About issuing, deciding on, correcting and handing over invoices. */
export const INVOICE_PROBLEMS = {
  DOCUMENT_INVALID: [
    'The document is not valid',
    'It does not fit the FA(3) schema or the rules of KSeF. `findings` names every place. Nothing was issued.',
    'Mend the document and send it under a new Idempotency-Key, or the same one: nothing was kept under it.',
  ],
  CONTEXT_NOT_FOUND: [
    'In whose name?',
    'No context of yours is named like that, or issues for this seller; `contexts` lists yours.',
    'Name one with `?context=Nip:…`, or have it added with POST /v1/contexts.',
  ],
  CONTEXT_AMBIGUOUS: ['In whose name?', 'Several contexts issue for this seller.', 'Name one with `?context=Nip:…`.'],
  SELLER_NOT_OF_CONTEXT: [
    'In whose name?',
    'The seller is not the one of the context that was named.',
    'If the seller entrusted you with issuing, say so with `?seller=entrusted`.',
  ],
  NO_OFFLINE_CERTIFICATE: [
    'No certificate of type Offline',
    'KOD II of an invoice issued offline is signed with a KSeF certificate of type Offline; there is none that lasts.',
    'Import one with POST /v1/certificates, or enrol one.',
  ],
  NO_CERTIFICATE_TO_ISSUE_OFFLINE: [
    'No certificate of type Offline',
    'The invoice cannot be issued offline in place of the online attempt.',
    'Import one with POST /v1/certificates, then decide again.',
  ],
  INVOICE_NUMBER_TAKEN: [
    'The invoice number is taken',
    'This seller has a live invoice of this kind and number; KSeF would refuse another one. `invoiceId` is the first.',
    'Read the first one. A repeat of the same request needs its first Idempotency-Key; another sale needs another number.',
  ],
  CORRECTION_TOO_EARLY: [
    'This correction would be issued too early',
    'Its original has no KSeF number yet, or the correction does not quote it.',
    'Wait for the number and quote it, or ask with `?correction=anyway`.',
  ],
  NOT_ISSUABLE_ONLINE: [
    'This document cannot be issued online',
    'Mode `online` was asked for.',
    'Ask with mode=auto or mode=offline24.',
  ],
  KSEF_NOT_AVAILABLE: [
    'KSeF could not be asked',
    'What was asked for needs KSeF, which cannot be had. Nothing was changed.',
    'Repeat later; to issue now, ask with mode=auto.',
  ],
  SCHEMA_REFUSED_IN_MASSES: [
    'Issuing is stopped',
    'KSeF refused many files of this schema within an hour: what makes them is wrong.',
    'Look at the refusals; a person lifts the stop with POST /v1/issuing-stop/lifting, or it ends by itself.',
  ],
  SIGNER_UNAVAILABLE: [
    'Cannot sign now',
    'The private key, the token, or the key-encryption key cannot be used. Nothing was issued.',
    'Repeat; if it stays, the operator has to act (`trouble` says where).',
  ],
  NOT_IN_ERROR: [
    'It is not in error',
    'Only an invoice with status `error` is taken out of the queue: others are on their way, or done.',
    READ_STATE,
  ],
  MUST_BE_SENT: [
    'It was issued and has to be sent',
    'An invoice issued offline exists in law; only KSeF holding another document in its place ends the duty to send it.',
    'Mend what is in the way: a technical correction for `rejected`; the right, then POST /v1/batches, for `blocked`.',
  ],
  NOT_UNDER_REVIEW: ['Not under review', 'The invoice does not wait for a person.', READ_STATE],
  ISSUED_OFFLINE: [
    'It was issued offline',
    'The decision is one for invoices posted online.',
    'Decide read-again, send-again or close.',
  ],
  POSTED_ONLINE: [
    'It was posted online',
    'The decision is one for invoices issued offline.',
    'Decide read-again, issue-offline or give-up.',
  ],
  KSEF_MAY_HAVE_IT: [
    'KSeF may have it',
    'KSeF was read and may still have the file, or take it. Nothing was changed.',
    'Decide read-again, now or later.',
  ],
  NUMBER_TAKEN_IN_KSEF: [
    'The number is taken in KSeF',
    'KSeF holds another document of this seller, kind and number.',
    'Compare the two: docs/invoice-states.md tells the ways out.',
  ],
  NOTHING_NEW: ['KSeF says nothing new', 'KSeF was read and says what was known. Nothing was changed.', READ_STATE],
  NO_CONFLICT: [
    'There is nothing to close it for',
    'KSeF holds no other document under its number.',
    'Decide send-again if it is to be sent.',
  ],
  NO_CODES_IN_TOTAL_FAILURE: [
    'This document carries no codes',
    'It was issued in a total failure of KSeF and is never sent (art. 106ng).',
    'Hand it over as it is.',
  ],
  CORRECTION_NOT_ALLOWED: [
    'A technical correction is not allowed here',
    'The invoice is not one that KSeF finally refused for its file.',
    READ_STATE,
  ],
  CORRECTION_UNDER_WAY: [
    'Another correction is under way',
    'An invoice has one technical correction at a time.',
    'Decide about that one first.',
  ],
  CORRECTION_NOT_TO_BE_DECIDED: ['Nothing to decide', 'The correction is in another state.', 'Read the correction.'],
  DECISION_MISSING: [
    'A person has to decide',
    'KSeF holds another document under this number.',
    'Compare the two, and say with `?decision=…` why this one is to take its place.',
  ],
  PARTIAL_COMPARISON_NOT_SEEN: [
    'The comparison is partial',
    'Not everything of the two files could be compared.',
    'Compare the rest, then approve with `partialComparisonSeen`.',
  ],
  BYTES_UNCHANGED: ['Nothing was corrected', 'The same file was refused before.', 'Mend the file.'],
  CONTENT_CHANGED: [
    'The content would change',
    'A technical correction keeps the business of the invoice.',
    'Issue a corrective invoice (faktura korygująca) instead.',
  ],
  NOT_STOPPED: ['Nothing is stopped', 'Issuing is not stopped for this schema.', 'Nothing is to be done.'],
  RENDERER_BUSY: ['Too much is being rendered', 'As many documents as fit are being made.', LATER],
  INVOICE_NOT_ISSUED: ['It is not issued', 'Nothing of it can be handed over.', READ_STATE],
  NOTHING_TO_HAND_OVER: [
    'Nothing may be handed over',
    'In its present state the buyer gets nothing yet.',
    'GET /v1/invoices/{id}/documents says why, and what comes later.',
  ],
  HANDED_OVER_IN_FUTURE: ['This moment cannot be', 'It has not happened yet.', 'Give the moment as it was.'],
  HANDED_OVER_BEFORE_INVOICE: [
    'This moment cannot be',
    'The invoice did not exist then.',
    'Give the moment as it was.',
  ],
  EMAIL_NOT_CONFIGURED: ['E-mail is not configured', 'This installation has no mail server.', 'Ask the operator.'],
  NO_EMAIL_SETTINGS: [
    'E-mail is not set up',
    'The context of the invoice has no settings.',
    'PUT /v1/email-settings for it.',
  ],
  NO_RECIPIENT: ['Nobody to write to', 'Neither the file nor the request names an address.', 'Name one.'],
  EMAIL_UNDER_WAY: [
    'An e-mail is under way',
    'One to this address has not ended, or waits for a decision.',
    'Wait, or settle it.',
  ],
  EMAIL_NOT_TO_SETTLE: [
    'There is nothing to decide',
    'In its present state only the named decisions are possible.',
    'Read the e-mail and choose one of them.',
  ],
  ARCHIVE_REFUSED: [
    'This archive is not taken',
    'It is no plain ZIP of files, is encrypted, too large, or has entries that hide something.',
    'Pack FA(3) files into a plain ZIP.',
  ],
  ENTRY_REFUSED: ['This entry is not taken', 'It cannot be unpacked within the limits.', 'Send this file again.'],
  BULK_BUSY: ['Too many bulk requests', 'As many as fit are being worked off.', LATER],
} as const satisfies Readonly<Record<string, ProblemEntry>>;
