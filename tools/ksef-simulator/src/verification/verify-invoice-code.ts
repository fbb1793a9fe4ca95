import type { ArchivedInvoice } from '../core/archive.js';
import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';
import type { Finding, Verification } from './finding.js';

/** What KOD I carries (domain-rules 3.2). */
export interface InvoiceCode {
  readonly sellerNip: string;
  /** P_1 as `DD-MM-YYYY`. */
  readonly day: string;
  /** SHA-256, Base64URL without padding. */
  readonly hash: string;
}

const LINK = /^\/invoice\/(\d{10})\/(\d{2}-\d{2}-\d{4})\/([A-Za-z0-9_-]{43})$/;

/** Reads the path of KOD I; undefined when it is none. */
export function parseInvoiceCode(path: string): InvoiceCode | undefined {
  const [, sellerNip, day, hash] = LINK.exec(path) ?? [];
  return sellerNip === undefined || day === undefined || hash === undefined ? undefined : { sellerNip, day, hash };
}

/** What KSeF shows to whoever scans KOD I: the invoice, if link and invoice agree in seller, day and hash. */
export function verifyInvoiceCode(
  state: Pick<SimulatorState, 'archive' | 'sessions'>,
  code: InvoiceCode,
): Verification {
  const invoice = findInvoice(state, code);
  return {
    title: 'Weryfikacja faktury (KOD I)',
    findings: [invoiceFinding(state, code.hash, invoice)],
    facts: [
      ['NIP sprzedawcy', code.sellerNip],
      ['Data wystawienia', code.day],
      ['Skrót faktury', code.hash],
      ...(invoice === undefined ? [] : factsOf(invoice)),
    ],
  };
}

/** Whether the document of that hash was accepted, is on its way, was refused, or was never seen. */
export function invoiceFinding(
  { sessions }: Pick<SimulatorState, 'sessions'>,
  hash: string,
  invoice: ArchivedInvoice | undefined,
): Finding {
  const check = 'invoice';
  if (invoice !== undefined) return { check, result: 'ok', text: 'Faktura znajduje się w KSeF.' };
  const sent = [...sessions.values()]
    .flatMap(({ invoices }) => invoices)
    .filter(({ invoiceHash }) => invoiceHash === toBase64(hash));
  if (sent.some(({ status }) => status.code < 200)) {
    return { check, result: 'waiting', text: 'Faktura jest przetwarzana w KSeF.' };
  }
  const refused = sent.find(({ status }) => status.code >= 400);
  if (refused !== undefined) {
    return { check, result: 'wrong', text: `KSeF odrzucił fakturę: ${refused.status.description}.` };
  }
  return {
    check,
    result: 'waiting',
    text: 'Faktury nie ma (jeszcze) w KSeF: nie została przesłana albo link nie odpowiada fakturze.',
  };
}

/**
 * The accepted invoice of that hash and seller, and, where the link names it, that day; the link of a file that was
 * corrected technically leads to what was accepted in its place (domain-rules 1.8).
 */
export function findInvoice(
  { archive }: Pick<SimulatorState, 'archive'>,
  { sellerNip, hash, day }: Pick<InvoiceCode, 'sellerNip' | 'hash'> & { readonly day?: string },
): ArchivedInvoice | undefined {
  const invoice = archive.findByHash(toBase64(hash)) ?? archive.correctionOf(toBase64(hash));
  if (invoice?.facts.sellerNip !== sellerNip) return undefined;
  return day === undefined || day === invoice.facts.issueDate.split('-').reverse().join('-') ? invoice : undefined;
}

function factsOf({ acceptance, facts }: ArchivedInvoice): Verification['facts'] {
  return [
    ['Numer KSeF', acceptance.ksefNumber],
    ['Numer faktury', facts.invoiceNumber],
    ['Sprzedawca', facts.sellerName ?? facts.sellerNip],
    ['Nabywca', facts.buyer.name ?? facts.buyer.value ?? 'brak danych'],
    ['Kwota należności', `${facts.grossAmount.toFixed(2)} ${facts.currency}`],
    ['Data nadania numeru', ksefTimestamp(acceptance.acquiredAt)],
    ['Tryb', acceptance.invoicingMode],
  ];
}

/** The 43 characters of a link as the 44 the API uses. */
function toBase64(hash: string): string {
  return Buffer.from(hash, 'base64url').toString('base64');
}
