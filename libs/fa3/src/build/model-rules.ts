import type { Finding, InvoiceKind } from '@latarnik/domain';

import type { ParsedInvoice } from './model/invoice.js';
import type { Line, OrderLine } from './model/line.js';
import { netOf } from './net.js';
import { SUMMARY_FIELDS, type VatRate } from './vat-rates.js';

const finding = (code: string, element: string, message: string): Finding => ({ code, message, element });

const CORRECTIONS: readonly InvoiceKind[] = ['KOR', 'KOR_ZAL', 'KOR_ROZ'];

/** Rules between fields that the shape of the model cannot express. Every one that is broken is reported. */
export function ruleFindings(invoice: ParsedInvoice): Finding[] {
  return [kindRules, lineRules, vatRules, currencyRules, partyRules, choiceRules].flatMap((rules) => rules(invoice));
}

export const kindOf = (invoice: ParsedInvoice): InvoiceKind => invoice.kind ?? 'VAT';

function kindRules(invoice: ParsedInvoice): Finding[] {
  const kind = kindOf(invoice);
  const isAdvance = kind === 'ZAL';
  const isOrder = isAdvance || kind === 'KOR_ZAL';
  return [
    ...needed(invoice, 'correction', CORRECTIONS.includes(kind), kind),
    ...needed(invoice, 'advance', isAdvance, kind),
    ...(isAdvance ? needed(invoice, 'order', true, kind) : allowed(invoice, 'order', isOrder, kind)),
    ...needed(invoice, 'settledAdvances', kind === 'ROZ', kind),
    ...(isOrder ? allowed(invoice, 'lines', false, kind) : []),
    ...(kind === 'KOR_ZAL' ? needed(invoice, 'vatSummary', true, kind) : []),
    ...(isAdvance ? allowed(invoice, 'vatSummary', false, kind) : []),
    ...(kind === 'VAT' || kind === 'ROZ' ? needed(invoice, 'lines', true, kind) : []),
  ];
}

type Section = 'correction' | 'advance' | 'order' | 'settledAdvances' | 'lines' | 'vatSummary';

const isGiven = (invoice: ParsedInvoice, section: Section): boolean => {
  const value = invoice[section];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
};

/** A section that a kind must have and no other kind may have. */
function needed(invoice: ParsedInvoice, section: Section, isNeeded: boolean, kind: InvoiceKind): Finding[] {
  if (isNeeded && !isGiven(invoice, section)) {
    return [finding('SECTION_MISSING', section, `An invoice of kind ${kind} needs ${section}.`)];
  }
  return isNeeded ? [] : allowed(invoice, section, false, kind);
}

function allowed(invoice: ParsedInvoice, section: Section, isAllowed: boolean, kind: InvoiceKind): Finding[] {
  if (isAllowed || !isGiven(invoice, section)) return [];
  return [finding('SECTION_NOT_ALLOWED', section, `An invoice of kind ${kind} cannot have ${section}.`)];
}

/** A simplified invoice and one with given sums may leave out amounts and rates of its lines. */
const sumsAreGiven = (invoice: ParsedInvoice): boolean =>
  invoice.vatSummary !== undefined || (kindOf(invoice) === 'UPR' && invoice.grossTotal !== undefined);

function lineRules(invoice: ParsedInvoice): Finding[] {
  return [
    ...(invoice.lines ?? []).flatMap((line, at) => rulesOfLine(invoice, line, `lines[${at}]`)),
    ...(invoice.order?.lines ?? []).flatMap((line, at) => rulesOfLine(invoice, line, `order.lines[${at}]`)),
  ];
}

function rulesOfLine(invoice: ParsedInvoice, line: Line | OrderLine, path: string): Finding[] {
  const findings: Finding[] = [];
  if (line.beforeCorrection === true && invoice.correction === undefined) {
    const message = 'Only a correction can have lines from before it.';
    findings.push(finding('LINE_BEFORE_CORRECTION', `${path}.beforeCorrection`, message));
  }
  if (sumsAreGiven(invoice)) return findings;
  if (netOf(line) === undefined) {
    const message = 'Give quantity and unitNetPrice, or netAmount; the sums are computed from them.';
    findings.push(finding('LINE_AMOUNT_MISSING', path, message));
  }
  if (line.vatRate === undefined) {
    findings.push(finding('FIELD_MISSING', `${path}.vatRate`, 'The field is required: the sums are computed from it.'));
  }
  return findings;
}

/** Every rate the invoice names anywhere. */
function ratesOf(invoice: ParsedInvoice): ReadonlySet<VatRate> {
  const rates = [...(invoice.lines ?? []), ...(invoice.order?.lines ?? [])].flatMap(({ vatRate }) => vatRate ?? []);
  const shares = [...(invoice.vatSummary ?? []), ...(invoice.advance?.amounts ?? [])].map(({ vatRate }) => vatRate);
  return new Set([...rates, ...shares]);
}

function vatRules(invoice: ParsedInvoice): Finding[] {
  const rates = ratesOf(invoice);
  const findings: Finding[] = [];
  if (rates.has('zw') && invoice.exemption === undefined) {
    const message = 'A line is exempt ("zw"): name the provision that exempts it (P_19).';
    findings.push(finding('EXEMPTION_MISSING', 'exemption', message));
  }
  if (rates.has('oo') && invoice.reverseCharge === false) {
    const message = 'A line has the rate "oo" (reverse charge), but reverseCharge is false.';
    findings.push(finding('REVERSE_CHARGE_CONTRADICTED', 'reverseCharge', message));
  }
  for (const [at, share] of (invoice.vatSummary ?? []).entries()) {
    findings.push(...shareRules(share, `vatSummary[${at}]`));
  }
  for (const [at, advance] of (invoice.settledAdvances ?? []).entries()) {
    for (const [place, share] of advance.amounts.entries()) {
      findings.push(...shareRules(share, `settledAdvances[${at}].amounts[${place}]`));
    }
  }
  return findings;
}

function shareRules(share: { vatRate: VatRate; vatAmount?: string | undefined }, path: string): Finding[] {
  const needsVat = isTaxed(share.vatRate);
  if (needsVat === (share.vatAmount !== undefined)) return [];
  return [
    needsVat
      ? finding('FIELD_MISSING', `${path}.vatAmount`, `The field is required for the rate ${share.vatRate}.`)
      : finding('VAT_NOT_ALLOWED', `${path}.vatAmount`, `The rate ${share.vatRate} has no VAT; leave the field out.`),
  ];
}

function currencyRules(invoice: ParsedInvoice): Finding[] {
  return (invoice.currency ?? 'PLN') === 'PLN' ? zlotyRules(invoice) : foreignCurrencyRules(invoice);
}

function zlotyRules(invoice: ParsedInvoice): Finding[] {
  const given = [
    invoice.exchangeRate === undefined ? [] : 'exchangeRate',
    ...(invoice.lines ?? []).map((line, at) => (line.exchangeRate === undefined ? [] : `lines[${at}].exchangeRate`)),
    ...(invoice.vatSummary ?? []).map((share, at) =>
      share.vatAmountPln === undefined ? [] : `vatSummary[${at}].vatAmountPln`,
    ),
  ].flat();
  const message = 'The invoice is in PLN; leave the field out.';
  return given.map((path) => finding('NOT_FOR_PLN', path, message));
}

function foreignCurrencyRules(invoice: ParsedInvoice): Finding[] {
  if (invoice.exchangeRate !== undefined) {
    if (isGiven(invoice, 'lines') || ['ZAL', 'KOR_ZAL'].includes(kindOf(invoice))) return [];
    const message = 'Without lines there is no field for the exchange rate; give vatAmountPln in vatSummary instead.';
    return [finding('EXCHANGE_RATE_NOT_ALLOWED', 'exchangeRate', message)];
  }
  if (!unratedAmounts(invoice).some(({ vatRate }) => isTaxed(vatRate))) return [];
  const message = 'The invoice is not in PLN and has VAT: give the exchange rate, VAT is stated in PLN too.';
  return [finding('EXCHANGE_RATE_MISSING', 'exchangeRate', message)];
}

const isTaxed = (rate: VatRate | undefined): boolean => rate !== undefined && SUMMARY_FIELDS[rate].taxed !== undefined;

/** What has no VAT in PLN unless the invoice has an exchange rate. */
function unratedAmounts(invoice: ParsedInvoice): readonly { vatRate?: VatRate | undefined }[] {
  if (invoice.vatSummary !== undefined)
    return invoice.vatSummary.filter(({ vatAmountPln }) => vatAmountPln === undefined);
  const lines = (invoice.lines ?? []).filter(({ exchangeRate }) => exchangeRate === undefined);
  const settled = (invoice.settledAdvances ?? []).flatMap(({ amounts }) => amounts);
  return [...lines, ...(invoice.advance?.amounts ?? []), ...settled];
}

function partyRules(invoice: ParsedInvoice): Finding[] {
  return (invoice.thirdParties ?? []).flatMap((party, at) =>
    exactlyOne(party, ['role', 'otherRole'], `thirdParties[${at}]`),
  );
}

function choiceRules(invoice: ParsedInvoice): Finding[] {
  const { payment } = invoice;
  const findings = (invoice.settledAdvances ?? []).flatMap((advance, at) =>
    exactlyOne(advance, ['ksefNumber', 'number'], `settledAdvances[${at}]`),
  );
  if (payment?.method !== undefined && payment.otherMethod !== undefined) {
    findings.push(finding('CHOOSE_ONE', 'payment', 'Give method or otherMethod, not both.'));
  }
  if (invoice.saleDate !== undefined && invoice.salePeriod !== undefined) {
    findings.push(finding('CHOOSE_ONE', 'saleDate', 'Give saleDate or salePeriod, not both.'));
  }
  return findings;
}

function exactlyOne<T extends object>(value: T, names: readonly (keyof T & string)[], path: string): Finding[] {
  if (names.filter((name) => value[name] !== undefined).length === 1) return [];
  return [finding('CHOOSE_ONE', path, `Give exactly one of ${names.join(', ')}.`)];
}
