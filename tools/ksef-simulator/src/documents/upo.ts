import type { ArchivedInvoice } from '../core/archive.js';
import type { ContextIdentifier, ContextType } from '../core/context.js';
import type { Session } from '../core/session.js';
import { escapeXml } from './xml.js';

const NAMESPACE = 'http://upo.schematy.mf.gov.pl/KSeF/v4-3';

/** How the UPO schema names each kind of context. */
const CONTEXT_ELEMENT: Readonly<Record<ContextType, string>> = {
  Nip: 'Nip',
  InternalId: 'IdWewnetrzny',
  NipVatUe: 'IdZlozonyVatUE',
  PeppolId: 'IdDostawcyUslugPeppol',
};

/** Where a page stands in the collective UPO; documents are counted from 1, both ends included. */
export interface UpoPosition {
  readonly page: number;
  readonly pages: number;
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/**
 * A confirmation of receipt (UPO) that fits upo-v4-3.xsd, before it is signed: the schema has no place for a signature,
 * which is put in on top (crypto/upo-seal.ts).
 * @param position absent on the UPO of a single invoice
 */
export function buildUpo(session: Session, invoices: readonly ArchivedInvoice[], position?: UpoPosition): Buffer {
  return Buffer.from(
    [
      '<?xml version="1.0" encoding="utf-8"?>',
      `<Potwierdzenie xmlns="${NAMESPACE}">`,
      element('NazwaPodmiotuPrzyjmujacego', 'Ministerstwo Finansów'),
      element('NumerReferencyjnySesji', session.referenceNumber),
      `<Uwierzytelnienie><IdKontekstu>${contextElement(session.context)}</IdKontekstu>`,
      evidenceElement(session),
      '</Uwierzytelnienie>',
      ...(position === undefined ? [] : [describe(position)]),
      element('NazwaStrukturyLogicznej', 'Schemat_FA(3)_v1-0E.xsd'),
      element('KodFormularza', session.formCode.systemCode),
      ...invoices.map(documentElement),
      '</Potwierdzenie>',
    ].join('\n'),
    'utf8',
  );
}

function describe({ page, pages, from, to, total }: UpoPosition): string {
  return [
    '<OpisPotwierdzenia>',
    element('Strona', String(page)),
    element('LiczbaStron', String(pages)),
    element('ZakresDokumentowOd', String(from)),
    element('ZakresDokumentowDo', String(to)),
    element('CalkowitaLiczbaDokumentow', String(total)),
    '</OpisPotwierdzenia>',
  ].join('');
}

function documentElement({ facts, record, acceptance }: ArchivedInvoice): string {
  return [
    '<Dokument>',
    element('NipSprzedawcy', facts.sellerNip),
    element('NumerKSeFDokumentu', acceptance.ksefNumber),
    element('NumerFaktury', facts.invoiceNumber),
    element('DataWystawieniaFaktury', facts.issueDate),
    element('DataPrzeslaniaDokumentu', new Date(record.invoicingAt).toISOString()),
    element('DataNadaniaNumeruKSeF', new Date(acceptance.acquiredAt).toISOString()),
    element('SkrotDokumentu', record.invoiceHash),
    element('TrybWysylki', acceptance.invoicingMode),
    '</Dokument>',
  ].join('');
}

function evidenceElement({ evidence }: Session): string {
  return 'tokenReference' in evidence
    ? element('NumerReferencyjnyTokenaKSeF', evidence.tokenReference)
    : element('SkrotDokumentuUwierzytelniajacego', evidence.documentHash);
}

function contextElement({ type, value }: ContextIdentifier): string {
  return element(CONTEXT_ELEMENT[type], value);
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}
