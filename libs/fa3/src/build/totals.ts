import { convert, type Hundredths, hundredths, vatOn, vatWithin } from './money.js';
import type { ParsedInvoice } from './model/invoice.js';
import type { OrderLine } from './model/line.js';
import { kindOf } from './model-rules.js';
import { netOf } from './net.js';
import { SUMMARY_FIELDS, VAT_RATES, type VatRate } from './vat-rates.js';

/** One group of P_13_x, P_14_x and P_14_xW. */
export interface SummaryGroup {
  readonly net: Hundredths;
  readonly vat?: Hundredths;
  readonly vatPln?: Hundredths;
}

export interface Totals {
  /** By the field of the net sum, such as `P_13_1`, in the schema's order. */
  readonly groups: ReadonlyMap<string, SummaryGroup>;
  /** P_15. */
  readonly gross: Hundredths;
}

/** Stands for the exchange rate of a share whose VAT in PLN is given. */
const GIVEN = 'given';

/** What one source of amounts adds to a rate. */
interface Share {
  readonly vatRate: VatRate;
  readonly net: Hundredths;
  /** Fixed VAT; `undefined` means: computed from the sum of the rate. */
  readonly vat?: Hundredths;
  readonly vatPln?: Hundredths;
  readonly exchangeRate?: string;
}

/** VAT of an order's line (P_11VatZ). */
export function vatOfOrderLine(line: OrderLine): Hundredths {
  if (line.vatAmount !== undefined) return hundredths(line.vatAmount);
  const taxed = line.vatRate === undefined ? undefined : SUMMARY_FIELDS[line.vatRate].taxed;
  return taxed === undefined ? 0n : vatOn(netOf(line) ?? 0n, taxed.percent);
}

/** WartoscZamowienia: the sum of the lines with their VAT, lines from before a correction left out. */
export function orderTotal(lines: readonly OrderLine[]): Hundredths {
  return lines
    .filter((line) => line.beforeCorrection !== true)
    .reduce((total, line) => total + (netOf(line) ?? 0n) + vatOfOrderLine(line), 0n);
}

/**
 * Sums per VAT rate. The rounding rule: net values are summed per rate, and VAT is computed once on that sum (art. 106e
 * ust. 1 pkt 14 and ust. 11 ustawy o VAT), not line by line. VAT in PLN is the VAT of the rate times the exchange rate;
 * where lines have different exchange rates, the VAT of each of them is converted and added up.
 */
export function totalsOf(invoice: ParsedInvoice): Totals {
  const shares = sharesOf(invoice);
  const groups = new Map<string, SummaryGroup>();
  const isForeign = (invoice.currency ?? 'PLN') !== 'PLN';
  for (const vatRate of VAT_RATES) {
    const own = shares.filter((share) => share.vatRate === vatRate);
    if (own.length === 0) continue;
    const { net: field } = SUMMARY_FIELDS[vatRate];
    groups.set(field, add(groups.get(field), groupOf(vatRate, own, isForeign)));
  }
  const sum = [...groups.values()].reduce((total, { net, vat = 0n }) => total + net + vat, 0n);
  return { groups, gross: invoice.grossTotal === undefined ? sum : hundredths(invoice.grossTotal) };
}

function add(a: SummaryGroup | undefined, b: SummaryGroup): SummaryGroup {
  if (a === undefined) return b;
  const vatPln =
    a.vatPln === undefined && b.vatPln === undefined ? {} : { vatPln: (a.vatPln ?? 0n) + (b.vatPln ?? 0n) };
  return { net: a.net + b.net, vat: (a.vat ?? 0n) + (b.vat ?? 0n), ...vatPln };
}

function groupOf(vatRate: VatRate, shares: readonly Share[], isForeign: boolean): SummaryGroup {
  const { taxed } = SUMMARY_FIELDS[vatRate];
  const net = shares.reduce((total, share) => total + share.net, 0n);
  if (taxed === undefined) return { net };
  const vat = vatOfShares(shares, taxed.percent);
  if (!isForeign) return { net, vat };
  const vatPln = plnOf(shares, vat, taxed.percent);
  return vatPln === undefined ? { net, vat } : { net, vat, vatPln };
}

function vatOfShares(shares: readonly Share[], percent: bigint): Hundredths {
  const open = shares.filter(({ vat }) => vat === undefined).reduce((total, { net }) => total + net, 0n);
  return shares.reduce((total, { vat = 0n }) => total + vat, vatOn(open, percent));
}

/** Given amounts as they are, the rest converted; `undefined` when no exchange rate is known. */
function plnOf(shares: readonly Share[], vat: Hundredths, percent: bigint): Hundredths | undefined {
  const rates = [...new Set(shares.map(({ exchangeRate, vatPln }) => (vatPln === undefined ? exchangeRate : GIVEN)))];
  if (rates.includes(undefined)) return undefined;
  return rates.reduce<Hundredths>((total, rate = GIVEN) => {
    const own = shares.filter((share) => (share.vatPln === undefined ? share.exchangeRate : GIVEN) === rate);
    if (rate === GIVEN) return own.reduce((sum, { vatPln = 0n }) => sum + vatPln, total);
    return total + convert(rates.length === 1 ? vat : vatOfShares(own, percent), rate);
  }, 0n);
}

function sharesOf(invoice: ParsedInvoice): readonly Share[] {
  if (invoice.vatSummary !== undefined) {
    return invoice.vatSummary.map((share) => ({
      vatRate: share.vatRate,
      net: hundredths(share.netAmount),
      ...(share.vatAmount === undefined ? {} : { vat: hundredths(share.vatAmount) }),
      ...(share.vatAmountPln === undefined ? {} : { vatPln: hundredths(share.vatAmountPln) }),
      ...rated(invoice.exchangeRate),
    }));
  }
  return kindOf(invoice) === 'ZAL' ? advanceShares(invoice) : [...lineShares(invoice), ...settledShares(invoice)];
}

const rated = (exchangeRate: string | undefined): { exchangeRate: string } | Record<string, never> =>
  exchangeRate === undefined ? {} : { exchangeRate };

function lineShares(invoice: ParsedInvoice): readonly Share[] {
  return (invoice.lines ?? []).flatMap((line) => {
    const net = netOf(line);
    if (line.vatRate === undefined || net === undefined) return [];
    const sign = line.beforeCorrection === true ? -1n : 1n;
    return { vatRate: line.vatRate, net: sign * net, ...rated(line.exchangeRate ?? invoice.exchangeRate) };
  });
}

/** Advances that a settlement invoice takes off (art. 106f ust. 3 ustawy o VAT). */
function settledShares(invoice: ParsedInvoice): readonly Share[] {
  return (invoice.settledAdvances ?? [])
    .flatMap(({ amounts }) => amounts)
    .map(({ vatRate, netAmount, vatAmount }) => ({
      vatRate,
      net: -hundredths(netAmount),
      vat: vatAmount === undefined ? 0n : -hundredths(vatAmount),
      ...rated(invoice.exchangeRate),
    }));
}

/** The VAT inside each payment (art. 106f ust. 1 pkt 3 ustawy o VAT); the rest of it is net. */
function advanceShares(invoice: ParsedInvoice): readonly Share[] {
  return (invoice.advance?.amounts ?? []).map(({ vatRate, grossAmount }) => {
    const gross = hundredths(grossAmount);
    const { taxed } = SUMMARY_FIELDS[vatRate];
    const vat = taxed === undefined ? 0n : vatWithin(gross, taxed.percent);
    return { vatRate, net: gross - vat, vat, ...rated(invoice.exchangeRate) };
  });
}
