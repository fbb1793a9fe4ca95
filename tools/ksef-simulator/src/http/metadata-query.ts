import type { ArchivedInvoice } from '../core/archive.js';
import { type ContextIdentifier, contextNip } from '../core/context.js';
import { refuse } from '../core/refusals.js';
import { DAY_MS, ksefTimestamp, parseTimestamp } from '../core/time.js';
import type { Selection } from '../exports/selection.js';
import type { SimulatorState } from '../simulator-state.js';

/** Body of POST /invoices/query/metadata. */
export interface MetadataQuery {
  readonly subjectType: 'Subject1' | 'Subject2' | 'Subject3' | 'SubjectAuthorized';
  readonly dateRange: {
    readonly dateType: 'Issue' | 'Invoicing' | 'PermanentStorage';
    readonly from: string;
    readonly to?: string | null;
    readonly restrictToPermanentStorageHwmDate?: boolean | null;
  };
  readonly ksefNumber?: string | null;
  readonly invoiceNumber?: string | null;
  readonly sellerNip?: string | null;
  readonly amount?: {
    readonly type: 'Brutto' | 'Netto' | 'Vat';
    readonly from?: number | null;
    readonly to?: number | null;
  } | null;
  readonly buyerIdentifier?: {
    readonly type: 'Nip' | 'VatUe' | 'Other' | 'None';
    readonly value?: string | null;
  } | null;
  readonly currencyCodes?: readonly string[];
  readonly invoicingMode?: 'Online' | 'Offline' | null;
  readonly isSelfInvoicing?: boolean | null;
  readonly formType?: 'FA' | 'PEF' | 'FA_RR' | null;
  readonly invoiceTypes?: readonly string[];
  readonly hasAttachment?: boolean | null;
}

/** Most records one set of filters gives. */
const RESULT_LIMIT = 10_000;
/** Three months, at their longest. */
const LONGEST_RANGE_MS = 92 * DAY_MS;

const INVOICE_TYPE: Readonly<Record<string, string>> = {
  VAT: 'Vat',
  ZAL: 'Zal',
  KOR: 'Kor',
  ROZ: 'Roz',
  UPR: 'Upr',
  KOR_ZAL: 'KorZal',
  KOR_ROZ: 'KorRoz',
};

/** Finds accepted invoices that the context takes part in, in the role asked for. */
export function queryMetadata(
  state: SimulatorState,
  context: ContextIdentifier,
  query: MetadataQuery,
  paging: { readonly pageSize: number; readonly pageOffset: number; readonly descending: boolean },
) {
  const { found, hwm } = findInvoices(state, context, query);
  if (paging.descending) found.reverse();
  const start = paging.pageOffset * paging.pageSize;
  const end = Math.min(start + paging.pageSize, RESULT_LIMIT);
  return {
    hasMore: found.length > end,
    isTruncated: found.length > RESULT_LIMIT && end >= RESULT_LIMIT,
    ...(hwm === undefined ? {} : { permanentStorageHwmDate: hwm }),
    invoices: found.slice(start, end).map(describe),
  };
}

/**
 * POST /invoices/exports: the same search, oldest first, as files.
 * @returns undefined when the range lies outside what is held (status 420)
 */
export function selectForExport(
  state: SimulatorState,
  context: ContextIdentifier,
  query: MetadataQuery,
  onlyMetadata: boolean,
): Selection | undefined {
  const { found, hwm } = findInvoices(state, context, query);
  const taken = found.slice(0, RESULT_LIMIT);
  const last = taken.at(-1);
  const isTruncated = found.length > taken.length;
  const metadata = Buffer.from(JSON.stringify({ invoices: taken.map(describe) }));
  const invoices = onlyMetadata
    ? []
    : taken.map(({ acceptance }) => ({ name: `${acceptance.ksefNumber}.xml`, content: acceptance.content }));
  return {
    files: [...invoices, { name: '_metadata.json', content: metadata }],
    invoiceCount: taken.length,
    isTruncated,
    lastDate: isTruncated && last !== undefined ? lastDateOf(last, query) : {},
    permanentStorageHwmDate: hwm,
  };
}

function lastDateOf(last: ArchivedInvoice, { dateRange: { dateType } }: MetadataQuery): Record<string, string> {
  switch (dateType) {
    case 'Issue':
      return { lastIssueDate: last.facts.issueDate };
    case 'Invoicing':
      return { lastInvoicingDate: ksefTimestamp(last.record.invoicingAt) };
    case 'PermanentStorage':
      return { lastPermanentStorageDate: ksefTimestamp(last.acceptance.storedAt) };
  }
}

/** What fits, oldest first, and up to when the answer is complete. */
function findInvoices(
  state: SimulatorState,
  context: ContextIdentifier,
  query: MetadataQuery,
): { readonly found: ArchivedInvoice[]; readonly hwm: string | undefined } {
  const now = state.clock.now();
  const { from, to } = readRange(query, now);
  const dateOf = datePicker(query);
  const found = [...state.archive.all()]
    .filter(
      (invoice) =>
        invoice.acceptance.storedAt <= now &&
        hasRole(invoice, query.subjectType, contextNip(context)) &&
        dateOf(invoice) >= from &&
        dateOf(invoice) <= to &&
        fits(invoice, query),
    )
    .sort((a, b) => dateOf(a) - dateOf(b));
  const byStorage = query.dateRange.dateType === 'PermanentStorage';
  return { found, hwm: byStorage ? ksefTimestamp(Math.min(now, to)) : undefined };
}

/** @throws {KsefRefusal} 21405 for dates that make no range, 21183 for one outside what is held */
export function readRange({ dateRange }: MetadataQuery, now: number): { readonly from: number; readonly to: number } {
  const from = parseTimestamp(dateRange.from);
  const to = dateRange.to === undefined || dateRange.to === null ? now : parseTimestamp(dateRange.to);
  if (from === undefined || to === undefined) throw refuse(21405, 'Nieprawidłowa data w dateRange.');
  if (from > to || to - from > LONGEST_RANGE_MS) throw refuse(21405, 'Zakres dat może obejmować najwyżej 3 miesiące.');
  if (dateRange.restrictToPermanentStorageHwmDate === true && from > now) {
    throw refuse(
      21183,
      'Parametr dateRange.from jest późniejszy niż PermanentStorageHwmDate przy włączonym restrictToPermanentStorageHwmDate.',
    );
  }
  return { from, to };
}

function datePicker({ dateRange: { dateType } }: MetadataQuery): (invoice: ArchivedInvoice) => number {
  switch (dateType) {
    case 'Issue':
      return ({ facts }) => parseTimestamp(facts.issueDate) ?? 0;
    case 'Invoicing':
      return ({ record }) => record.invoicingAt;
    case 'PermanentStorage':
      return ({ acceptance }) => acceptance.storedAt;
  }
}

function hasRole({ facts }: ArchivedInvoice, role: MetadataQuery['subjectType'], nip: string | undefined): boolean {
  switch (role) {
    case 'Subject1':
      return facts.sellerNip === nip;
    case 'Subject2':
      return facts.buyer.value === nip;
    case 'Subject3':
      return facts.thirdSubjects.some(({ value }) => value === nip);
    case 'SubjectAuthorized':
      return facts.authorized?.nip === nip;
  }
}

/** One rule per filter; an absent filter lets everything pass. */
function fits({ facts, acceptance, session }: ArchivedInvoice, query: MetadataQuery): boolean {
  return [
    same(query.ksefNumber, acceptance.ksefNumber),
    same(query.invoiceNumber, facts.invoiceNumber),
    same(query.sellerNip, facts.sellerNip),
    same(query.invoicingMode, acceptance.invoicingMode),
    same(query.isSelfInvoicing, facts.selfInvoicing),
    same(query.formType, session.formCode.value),
    same(query.hasAttachment, facts.hasAttachment),
    same(query.buyerIdentifier?.type, facts.buyer.type),
    same(query.buyerIdentifier?.value, facts.buyer.value),
    among(query.currencyCodes, facts.currency),
    among(query.invoiceTypes, INVOICE_TYPE[facts.kind] ?? facts.kind),
    amountFits(query.amount, { Brutto: facts.grossAmount, Netto: facts.netAmount, Vat: facts.vatAmount }),
  ].every(Boolean);
}

function same<T>(wanted: T | null | undefined, found: T | undefined): boolean {
  return wanted === undefined || wanted === null || wanted === found;
}

function among(wanted: readonly string[] | undefined, found: string): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(found);
}

function amountFits(wanted: MetadataQuery['amount'], found: Readonly<Record<'Brutto' | 'Netto' | 'Vat', number>>) {
  if (wanted === undefined || wanted === null) return true;
  const amount = found[wanted.type];
  return amount >= (wanted.from ?? -Infinity) && amount <= (wanted.to ?? Infinity);
}

function describe({ facts, record, acceptance, session }: ArchivedInvoice) {
  const { type, value, name } = facts.buyer;
  return {
    ksefNumber: acceptance.ksefNumber,
    invoiceNumber: facts.invoiceNumber,
    issueDate: facts.issueDate,
    invoicingDate: ksefTimestamp(record.invoicingAt),
    acquisitionDate: ksefTimestamp(acceptance.acquiredAt),
    permanentStorageDate: ksefTimestamp(acceptance.storedAt),
    seller: { nip: facts.sellerNip, ...optional('name', facts.sellerName) },
    buyer: {
      // The API has no InternalId among buyers: it is the NIP with a suffix.
      identifier: { type: type === 'InternalId' ? 'Other' : type, ...optional('value', value) },
      ...optional('name', name),
    },
    netAmount: facts.netAmount,
    grossAmount: facts.grossAmount,
    vatAmount: facts.vatAmount,
    currency: facts.currency,
    invoicingMode: acceptance.invoicingMode,
    invoiceType: INVOICE_TYPE[facts.kind] ?? facts.kind,
    formCode: session.formCode,
    isSelfInvoicing: facts.selfInvoicing,
    hasAttachment: facts.hasAttachment,
    invoiceHash: record.invoiceHash,
    ...optional('hashOfCorrectedInvoice', record.hashOfCorrectedInvoice),
    thirdSubjects: facts.thirdSubjects.map((third) => ({
      identifier: { type: third.type, ...optional('value', third.value) },
      ...optional('name', third.name),
      role: third.role,
    })),
    ...(facts.authorized === undefined
      ? {}
      : {
          authorizedSubject: {
            nip: facts.authorized.nip,
            ...optional('name', facts.authorized.name),
            role: facts.authorized.role,
          },
        }),
  };
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}
