import type { EmailSettings } from './email-settings.port.js';
import { isOpenEmail, type Email } from './email.js';
import { documentKind, type HandoverDecision } from './handover-document.js';
import type { BuyerGroup } from './buyer-group.js';
import type { Handover } from './handover.js';

/**
 * Whether a document goes by itself now. What is owed goes; a transaction confirmation only where the house wants it; a copy
 * with the KSeF number also to a domestic buyer, who has it in KSeF, when a copy without the number was handed over before.
 */
export function goesByItself(
  settings: Pick<EmailSettings, 'sending' | 'confirmations'>,
  decision: HandoverDecision,
  buyer: BuyerGroup,
  history: { readonly handovers: readonly Handover[]; readonly emails: readonly Email[] },
): boolean {
  const document = documentKind(decision);
  if (settings.sending !== 'automatic' || document === undefined) return false;
  // One that has not left takes the right document with it when it does; one in doubt waits for a person.
  if (history.emails.some(isOpenEmail)) return false;
  if (history.handovers.some((each) => each.document === document)) return false;
  if (document === 'transaction-confirmation') return settings.confirmations;
  if (document === 'invoice-with-number' && buyer.kind === 'domestic') return history.handovers.length > 0;
  return true;
}
