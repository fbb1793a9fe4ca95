import {
  type BuyerIdentifier,
  type DecimalText,
  FA3,
  INVOICE_KINDS,
  type InvoiceFacts,
  type InvoiceNumber,
  type Nip,
  type PlaceOfSupply,
  parseKsefNumber,
  parseNip,
} from '@latarnik/domain';
import type { XmlDocument } from 'libxml2-wasm';

import { type LookupName, type Lookups, valueOf } from './lookups.js';
import { dateIn } from './semantic-checks.js';

/** The valid document contradicts its schema: a bug here, never the sender's fault. */
class UnreadableFactError extends Error {
  constructor(field: string) {
    super(`a document that passed every check has no readable ${field}`);
  }
}

/**
 * Reads the facts of a document that passed every check.
 * KSeF 1.0 numbers (36 characters) and numbers of non-NIP issuers are no `KsefNumber` and are left out.
 */
export function factsOf(document: XmlDocument, lookups: Lookups): InvoiceFacts {
  const text = (name: LookupName): string => {
    const element = lookups.first(document, name);
    if (element === undefined) throw new UnreadableFactError(name);
    return valueOf(element);
  };
  const kind = INVOICE_KINDS.find((known) => known === text('kind'));
  const issueDate = dateIn(text('issueDate'));
  if (kind === undefined || issueDate === undefined) throw new UnreadableFactError('kind or issue date');
  const { buyer, buyerName } = buyerOf(document, lookups);
  return {
    formCode: FA3,
    kind,
    number: text('number') as InvoiceNumber,
    issueDate,
    sellerNip: nipOf(text('sellerNip')),
    sellerName: text('sellerName'),
    buyer,
    ...(buyerName === undefined ? {} : { buyerName }),
    placeOfSupply: placeOf(document, lookups),
    currency: text('currency'),
    grossAmount: text('grossAmount') as DecimalText,
    // xsd:byte: "1", "01" and "+1" are the same value.
    selfBilling: Number(text('selfBilling')) === 1,
    hasAttachment: lookups.first(document, 'attachment') !== undefined,
    correctedKsefNumbers: lookups.texts(document, 'correctedKsefNumbers').flatMap((number) => {
      const parsed = parseKsefNumber(number);
      return parsed.ok ? [parsed.value] : [];
    }),
    correctedNumbers: lookups.texts(document, 'correctedNumbers'),
  };
}

/**
 * By the sums that are not zero: P_13_8 and P_13_9 (supply outside Poland) and P_13_5 (OSS, taxed in another state) against
 * all others.
 */
function placeOf(document: XmlDocument, lookups: Lookups): PlaceOfSupply {
  const isAnything = (text: string): boolean => /[1-9]/.test(text);
  if (!lookups.texts(document, 'sumsAbroad').some(isAnything)) return 'poland';
  return lookups.texts(document, 'sumsInPoland').some(isAnything) ? 'mixed' : 'abroad';
}

function nipOf(text: string): Nip {
  const parsed = parseNip(text);
  if (!parsed.ok) throw new UnreadableFactError('NIP');
  return parsed.value;
}

function buyerOf(document: XmlDocument, lookups: Lookups): { buyer: BuyerIdentifier; buyerName: string | undefined } {
  const fields = new Map(lookups.elements(document, 'buyer').map((element) => [element.name, valueOf(element)]));
  return { buyer: identifierOf(fields), buyerName: fields.get('Nazwa') };
}

function identifierOf(fields: ReadonlyMap<string, string>): BuyerIdentifier {
  const nip = fields.get('NIP');
  if (nip !== undefined) return { kind: 'nip', nip: nipOf(nip) };
  const euNumber = fields.get('NrVatUE');
  if (euNumber !== undefined) return { kind: 'eu-vat', country: fields.get('KodUE') ?? '', number: euNumber };
  const number = fields.get('NrID');
  if (number === undefined) return { kind: 'none' };
  const country = fields.get('KodKraju');
  return country === undefined ? { kind: 'foreign', number } : { kind: 'foreign', country, number };
}
