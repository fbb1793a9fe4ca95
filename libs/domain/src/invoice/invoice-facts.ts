import type { Nip } from '../party/nip.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { Brand } from '../shared/brand.js';
import type { PlainDate } from '../shared/instant.js';

/** RodzajFaktury of FA(3). */
export const INVOICE_KINDS = ['VAT', 'KOR', 'ZAL', 'ROZ', 'UPR', 'KOR_ZAL', 'KOR_ROZ'] as const;
export type InvoiceKind = (typeof INVOICE_KINDS)[number];

/** Field P_2: the seller's own number, at most 256 characters. */
export type InvoiceNumber = Brand<string, 'InvoiceNumber'>;

/** An amount as it stands in the document: decimal text with a point, never a float. */
export type DecimalText = Brand<string, 'DecimalText'>;

/** Who the buyer (Podmiot2) is, as far as KSeF tells buyers apart. */
export type BuyerIdentifier =
  | { readonly kind: 'nip'; readonly nip: Nip }
  | { readonly kind: 'eu-vat'; readonly country: string; readonly number: string }
  | { readonly kind: 'foreign'; readonly country?: string; readonly number: string }
  | { readonly kind: 'none' };

/**
 * Where the supply takes place, as far as the sums of the document tell: `abroad` where all of it is outside Poland, `mixed`
 * where only a part is. It decides whether a buyer with a NIP is one of art. 106gb(4).
 */
export type PlaceOfSupply = 'poland' | 'abroad' | 'mixed';

/** The schema a session is opened for; one session carries one. */
export interface FormCode {
  readonly systemCode: string;
  readonly schemaVersion: string;
  readonly value: string;
}

export const FA3: FormCode = { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' };

/** What the product reads from a document, and nothing more; the bytes stay the truth. */
export interface InvoiceFacts {
  readonly formCode: FormCode;
  readonly kind: InvoiceKind;
  readonly number: InvoiceNumber;
  /** Field P_1 (data wystawienia). */
  readonly issueDate: PlainDate;
  readonly sellerNip: Nip;
  readonly sellerName: string;
  readonly buyer: BuyerIdentifier;
  readonly buyerName?: string;
  /** Absent in what was stored before it was read; `LegacyFacts` reads it from the bytes then. */
  readonly placeOfSupply?: PlaceOfSupply;
  /** Three letters (KodWaluty). */
  readonly currency: string;
  /** Field P_15. */
  readonly grossAmount: DecimalText;
  /** P_17 = 1 (samofakturowanie): the buyer issues in the seller's name. */
  readonly selfBilling: boolean;
  readonly hasAttachment: boolean;
  /** NrKSeFFaKorygowanej of a correction: numbers of the originals that have one. */
  readonly correctedKsefNumbers: readonly KsefNumber[];
  /** NrFaKorygowanej of a correction: the originals' own numbers. */
  readonly correctedNumbers: readonly string[];
}
