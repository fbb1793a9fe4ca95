import type { KsefRefusal } from '../invoice/invoice.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { SessionInvoice } from './session-reader.port.js';
import type { InvoiceReference } from './session-reference.js';

/** Why an online invoice waits for a person, and what that person can do (`SettleReview`, docs/online-issue.md). */

/** KSeF confirmed the posting and does not list it in the ended session: so long its list may be behind. */
export const MISSING_ROW_SECONDS = 3600;
/** Without a final word, or without a UPO, for so long: KSeF is asked on, but a person has to know (reliability I10). */
export const NO_ANSWER_SECONDS = 24 * 3600;

/** Not KSeF's word but ours. */
const OWN = { code: 0, details: [] } as const;

const LET_IT_BE_READ = 'decide "read-again" to ask KSeF once more';
const WAYS_ON =
  'Decide "issue-offline" to issue it as offline24 now, or "give-up" to leave it not issued and its number free.';

export const notOnline = (row: SessionInvoice | undefined): KsefRefusal => ({
  ...wordOf(row),
  advice: `KSeF does not have it, and online was asked for by name, so nothing was issued. ${WAYS_ON}`,
});

export const noCertificate = (row: SessionInvoice | undefined): KsefRefusal => ({
  ...wordOf(row),
  advice:
    'KSeF does not have it, and there is no certificate of type Offline to issue it offline. Import one, then decide ' +
    '"issue-offline"; or "give-up" to leave it not issued and its number free.',
});

export const missingRow = (reference: InvoiceReference): KsefRefusal => ({
  ...OWN,
  description: `KSeF took it as ${reference} and does not list it in the session, which has ended.`,
  advice: `Ask KSeF's help desk about this reference before anything else; then ${LET_IT_BE_READ}.`,
});

export const processingTooLong = ({ code, description, details }: SessionInvoice): KsefRefusal => ({
  code,
  description,
  details,
  advice: `KSeF has not decided for a day. Send nothing else in its place; ${LET_IT_BE_READ}.`,
});

export const SESSION_UNKNOWN: KsefRefusal = {
  ...OWN,
  description: 'KSeF does not know the session that it was posted into.',
  advice: `Ask KSeF's help desk, and ${LET_IT_BE_READ}. ${WAYS_ON}`,
};

export const SESSION_WITHOUT_END: KsefRefusal = {
  ...OWN,
  description: 'The session that it was posted into does not come to its end.',
  advice: `Until it does, nobody can tell whether KSeF has it. Send nothing else in its place; ${LET_IT_BE_READ}.`,
};

export const upoMissing = (ksefNumber: KsefNumber): KsefRefusal => ({
  ...OWN,
  description: `KSeF gave it the number ${ksefNumber}, and no UPO for a day.`,
  advice: `It is in KSeF. Ask KSeF's help desk for its UPO; ${LET_IT_BE_READ}.`,
});

/** Found by reading, for a person. */
export const upoAwaited = (ksefNumber: KsefNumber): KsefRefusal => ({
  ...OWN,
  description: `KSeF holds it as ${ksefNumber}, and gives no UPO yet.`,
  advice: `It is in KSeF: send nothing; ${LET_IT_BE_READ}.`,
});

function wordOf(row: SessionInvoice | undefined): Omit<KsefRefusal, 'advice'> {
  if (row === undefined) return { ...OWN, description: 'The session ended without this invoice.' };
  const { code, description, details } = row;
  return { code, description, details };
}
