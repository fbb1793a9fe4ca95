import type { Acceptance, KsefRefusal } from '../invoice/invoice.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type { Instant } from '../shared/instant.js';
import type {
  AcceptedCorrection,
  ApprovedCorrection,
  CorrectionVoice,
  DeclinedCorrection,
  ProposedCorrection,
  RefusedCorrection,
  ResolvingCorrection,
  SendingCorrection,
  StuckCorrection,
  TechnicalCorrection,
} from './technical-correction.js';

/** A person says no; to one that got stuck only after KSeF has said its last word on all of its attempts. */
export function declineCorrection(
  correction: ProposedCorrection | StuckCorrection,
  declined: CorrectionVoice,
): DeclinedCorrection {
  const before = 'approved' in correction ? { approved: correction.approved } : {};
  return { ...identityOf(correction), state: 'declined', ...before, declined };
}

/** From here on it may leave the house. */
export function approveCorrection(correction: ProposedCorrection, approved: CorrectionVoice): ApprovedCorrection {
  return { ...identityOf(correction), state: 'approved', approved };
}

/** A person has seen to what was in the way: the same bytes go again, with all their attempts before them. */
export function resumeCorrection(correction: StuckCorrection): ApprovedCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), attempts: 0, state: 'approved', approved };
}

/** The intent to post it into this session, stored before it is posted (reliability R1). */
export function beginSendingCorrection(
  correction: ApprovedCorrection,
  session: SessionReference,
  since: Instant,
): SendingCorrection {
  const { approved, sessions } = correction;
  return { ...identityOf(correction), sessions: [...sessions, session], state: 'sending', approved, session, since };
}

/** KSeF took it for processing under this reference. */
export function referCorrection(correction: SendingCorrection, reference: InvoiceReference): SendingCorrection {
  return { ...correction, reference };
}

/** KSeF surely has not taken it: the same bytes wait for another session. */
export function sendCorrectionAgain(correction: SendingCorrection, notBefore: Instant): ApprovedCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), state: 'approved', approved, notBefore };
}

/** The same, after a refusal for a reason outside the file: counted. */
export function retryCorrection(correction: SendingCorrection, notBefore: Instant): ApprovedCorrection {
  return { ...sendCorrectionAgain(correction, notBefore), attempts: correction.attempts + 1 };
}

/** KSeF says that there is nothing to correct: stop, and look up what it has (reliability D6). */
export function beginResolvingCorrection(correction: SendingCorrection, refusal: KsefRefusal): ResolvingCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), state: 'resolving', approved, refusal, lookups: 0 };
}

/** KSeF is asked once more what it holds of this lineage; nothing is sent meanwhile. */
export function readCorrectionAgain(correction: StuckCorrection): ResolvingCorrection {
  const { approved, refusal } = correction;
  return { ...identityOf(correction), state: 'resolving', approved, refusal, lookups: 0 };
}

/** Nothing was found this time. */
export function lookAgainForCorrection(correction: ResolvingCorrection): ResolvingCorrection {
  return { ...correction, lookups: correction.lookups + 1 };
}

/** @param acceptedOrdinal which file of the lineage KSeF holds */
export function acceptCorrection(
  correction: SendingCorrection | ResolvingCorrection,
  acceptance: Acceptance,
  acceptedOrdinal: number,
): AcceptedCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), state: 'accepted', approved, acceptance, acceptedOrdinal };
}

/** Only with a stored UPO of its invoice (invariant I8). */
export function completeCorrection(correction: AcceptedCorrection): AcceptedCorrection {
  return { ...correction, state: 'complete' };
}

/** @param state `refused` for the file itself, `conflict` where KSeF holds another document under the number */
export function refuseCorrection(
  correction: SendingCorrection | ResolvingCorrection,
  state: RefusedCorrection['state'],
  refusal: KsefRefusal,
): RefusedCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), state, approved, refusal };
}

/** @param state `blocked` for a missing right, `needs-review` where the rules do not say what to do */
export function holdCorrection(
  correction: SendingCorrection | ResolvingCorrection,
  state: StuckCorrection['state'],
  refusal: KsefRefusal,
): StuckCorrection {
  const { approved } = correction;
  return { ...identityOf(correction), state, approved, refusal };
}

/** What no move changes. */
function identityOf(correction: TechnicalCorrection) {
  const { id, invoiceId, context, formCode, ordinal, hash, sizeBytes, policy } = correction;
  const { proposed, ground, comparison, attempts, sessions, version } = correction;
  const file = { id, invoiceId, context, formCode, ordinal, hash, sizeBytes };
  return { ...file, policy, proposed, ground, comparison, attempts, sessions, version };
}
