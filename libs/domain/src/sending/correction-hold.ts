import type { InvoiceFacts, InvoiceKind } from '../invoice/invoice-facts.js';
import type { InvoiceRepository } from '../invoice/invoice-repository.port.js';
import type { InvoiceId, InvoiceState } from '../invoice/invoice.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';

/** Kinds of a corrective invoice (faktura korygująca). */
export const CORRECTIVE_KINDS: readonly InvoiceKind[] = ['KOR', 'KOR_ZAL', 'KOR_ROZ'];

/** An invoice of the same seller that a corrective invoice names by its number (NrFaKorygowanej). */
export interface CorrectedInvoice {
  readonly id: InvoiceId;
  readonly number: string;
  readonly state: InvoiceState;
  readonly ksefNumber?: KsefNumber;
  /** A total failure lifted the duty to send it: it never gets a number (domain rules 1.7). */
  readonly neverSent: boolean;
}

/** Why a corrective invoice is not sent now. */
export type CorrectionHold =
  /** It may be sent only after the original has its KSeF number. */
  | { readonly code: 'ORIGINAL_WITHOUT_NUMBER'; readonly originalId: InvoiceId; readonly originalNumber: string }
  /**
   * Its file was made without the number (NrKSeFN, or another one) that the original has by now. The bytes never change:
   * a person decides whether it goes as it stands.
   */
  | {
      readonly code: 'ORIGINAL_HAS_NUMBER';
      readonly originalId: InvoiceId;
      readonly originalNumber: string;
      readonly ksefNumber: KsefNumber;
    };

export const isCorrective = ({ kind }: Pick<InvoiceFacts, 'kind'>): boolean => CORRECTIVE_KINDS.includes(kind);

/**
 * What holds a corrective invoice back; the wait for a number comes before the question to a person. Originals that we do
 * not have hold nothing back: their number is in the file, or they were never numbered.
 *
 * @param originals invoices of ours that it names; those that were not issued do not count
 * @see ksef-docs tryby-offline.md; art. 106j(2); domain rules 1.7
 */
export function correctionHold(
  facts: Pick<InvoiceFacts, 'kind' | 'correctedKsefNumbers'>,
  originals: readonly CorrectedInvoice[],
): CorrectionHold | undefined {
  if (!isCorrective(facts)) return undefined;
  const issued = originals.filter(({ state }) => state !== 'not-issued');
  const waiting = issued.find(({ ksefNumber, neverSent }) => ksefNumber === undefined && !neverSent);
  if (waiting !== undefined) {
    return { code: 'ORIGINAL_WITHOUT_NUMBER', originalId: waiting.id, originalNumber: waiting.number };
  }
  for (const { id, number, ksefNumber } of issued) {
    if (ksefNumber === undefined || facts.correctedKsefNumbers.includes(ksefNumber)) continue;
    return { code: 'ORIGINAL_HAS_NUMBER', originalId: id, originalNumber: number, ksefNumber };
  }
  return undefined;
}

/** The same for a document that is about to be issued, from what is stored. */
export async function holdAtIssue(
  invoices: Pick<InvoiceRepository, 'corrected'>,
  facts: InvoiceFacts,
): Promise<CorrectionHold | undefined> {
  if (!isCorrective(facts) || facts.correctedNumbers.length === 0) return undefined;
  return correctionHold(facts, await invoices.corrected(facts.sellerNip, facts.correctedNumbers));
}

/** For people. */
export function describeHold(hold: CorrectionHold): string {
  switch (hold.code) {
    case 'ORIGINAL_WITHOUT_NUMBER':
      return `It corrects ${hold.originalNumber}, which has no KSeF number yet; a correction is sent after it.`;
    case 'ORIGINAL_HAS_NUMBER':
      return (
        `It corrects ${hold.originalNumber}, which has the KSeF number ${hold.ksefNumber}, and does not quote it. ` +
        'A person decides: name it in POST /v1/batches to send it as it stands.'
      );
  }
}
