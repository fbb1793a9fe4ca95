/**
 * Exact decimals: integers with a scale, because amounts of an invoice are never floats.
 * Rounding is to the nearest, halves away from zero (art. 106e ust. 11 ustawy o VAT: below half a grosz is left out,
 * from half a grosz on counts as a whole one), the same for negative amounts of corrections.
 */
export interface Decimal {
  readonly units: bigint;
  /** Number of decimals in `units`. */
  readonly scale: number;
}

/** Hundredths of the document's currency: grosze, cents. */
export type Hundredths = bigint;

/** TKwotowy: 16 digits before the point. */
const TOO_LARGE: Hundredths = 10n ** 18n;

/** @param text decimal text that the model has checked, such as `-12.50` */
export function decimal(text: string): Decimal {
  const [whole = '0', fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * 10n ** BigInt(scale - a.scale) - b.units * 10n ** BigInt(scale - b.scale), scale };
}

export function toHundredths({ units, scale }: Decimal): Hundredths {
  return scale <= 2 ? units * 10n ** BigInt(2 - scale) : divideRounding(units, 10n ** BigInt(scale - 2));
}

export const hundredths = (text: string): Hundredths => toHundredths(decimal(text));

/** VAT on top of a net amount. */
export const vatOn = (net: Hundredths, percent: bigint): Hundredths => divideRounding(net * percent, 100n);

/** VAT inside a gross amount: gross x rate / (100 + rate), art. 106f ust. 1 pkt 3 ustawy o VAT. */
export const vatWithin = (gross: Hundredths, percent: bigint): Hundredths =>
  divideRounding(gross * percent, 100n + percent);

/** An amount in another currency. */
export const convert = (amount: Hundredths, exchangeRate: string): Hundredths =>
  toHundredths(multiply({ units: amount, scale: 2 }, decimal(exchangeRate)));

export const isTooLarge = (amount: Hundredths): boolean => amount >= TOO_LARGE || amount <= -TOO_LARGE;

/** `-12.30` */
export function amountText(amount: Hundredths): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function divideRounding(dividend: bigint, divisor: bigint): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return dividend < 0n ? -rounded : rounded;
}
