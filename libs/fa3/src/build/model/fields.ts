import { crc8, parseNip } from '@latarnik/domain';
import { z } from 'zod';

import { firstForbidden } from '../../forbidden-characters.js';
import { codePointName, quote } from '../../quote.js';
import { COUNTRY_CODES, CURRENCY_CODES, EU_COUNTRY_CODES } from './codes.js';

/** What is wrong with a field, or nothing. */
type Check = (value: string) => { readonly code: string; readonly message: string } | undefined;

/** JSON Schema keywords and texts that describe a field to API users. */
interface Meta {
  readonly description?: string;
  readonly examples?: string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
}

/** A string that passes every check, in order; the first failure is reported. */
function checked(checks: readonly Check[], meta: Meta) {
  return z
    .string()
    .superRefine((value, context) => {
      for (const check of checks) {
        const failure = check(value);
        if (failure === undefined) continue;
        context.addIssue({ code: 'custom', message: failure.message, params: { code: failure.code } });
        return;
      }
    })
    .meta({ ...meta });
}

/** White space as the schema's `token` sees it: one space between words, none at the ends. */
export const collapsed = (text: string): string => text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');

const printable: Check = (value) => {
  const found = firstForbidden(value);
  if (found === undefined) return undefined;
  return { code: 'FORBIDDEN_CHARACTER', message: `Character ${codePointName(found)} is not allowed in an invoice.` };
};

const lengthWithin = (max: number, seen: (value: string) => string): Check => {
  return (value) => {
    const { length } = seen(value);
    if (length === 0) return { code: 'TEXT_EMPTY', message: 'The text is empty; give it a value or leave it out.' };
    if (length <= max) return undefined;
    return { code: 'TEXT_TOO_LONG', message: `The text has ${length} characters; expected at most ${max}.` };
  };
};

const matches = (pattern: RegExp, expected: string): Check => {
  return (value) =>
    pattern.test(value)
      ? undefined
      : { code: 'WRONG_FORMAT', message: `${quote(value)} is not allowed; expected ${expected}.` };
};

const inSet = (set: ReadonlySet<string>, expected: string): Check => {
  return (value) =>
    set.has(value) ? undefined : { code: 'VALUE_NOT_ALLOWED', message: `${quote(value)} is not ${expected}.` };
};

/** One line of text; line breaks and repeated spaces count as one space. Length in UTF-16 units. */
export const text = (max: number, description?: string) =>
  checked([printable, lengthWithin(max, collapsed)], { ...described(description), minLength: 1, maxLength: max });

/** Text that may have several lines. */
export const multiline = (max: number, description?: string) =>
  checked([printable, lengthWithin(max, normalizedLines)], { ...described(description), minLength: 1, maxLength: max });

/** Line breaks as a reader of the XML sees them. */
export const normalizedLines = (value: string): string => value.replace(/\r\n?/g, '\n');

const described = (description?: string): Meta => (description === undefined ? {} : { description });

const pattern = (regex: RegExp, expected: string, description: string, ...examples: string[]) =>
  checked([matches(regex, expected)], { description, pattern: regex.source, examples });

const AMOUNT = /^-?([1-9]\d{0,15}|0)(\.\d{1,2})?$/;
const PRICE = /^-?([1-9]\d{0,13}|0)(\.\d{1,8})?$/;
const QUANTITY = /^-?([1-9]\d{0,15}|0)(\.\d{1,6})?$/;
const POSITIVE_RATE = /^(?=.*[1-9])([1-9]\d{0,15}|0)(\.\d{1,6})?$/;
const PERCENT = /^(100(\.0{1,6})?|[1-9]?\d(\.\d{1,6})?)$/;

export const amount = (description: string) =>
  pattern(AMOUNT, 'decimal text with a point and at most 2 decimals, such as "12.50"', description, '1234.50');
export const price = (description: string) =>
  pattern(PRICE, 'decimal text with a point and at most 8 decimals, such as "0.0125"', description, '99.99');
export const quantity = (description: string) =>
  pattern(QUANTITY, 'decimal text with a point and at most 6 decimals, such as "1.5"', description, '3');
export const exchangeRate = (description: string) =>
  pattern(POSITIVE_RATE, 'a rate above 0 with at most 6 decimals, such as "4.2532"', description, '4.2532');
export const percent = (description: string) =>
  pattern(PERCENT, 'a percentage from 0 to 100 with at most 6 decimals, such as "33.5"', description, '50');

const CALENDAR_DAY = z.iso.date();

/** A calendar day within the schema's range, both ends included. */
export const date = (from: string, to: string, description: string) =>
  checked(
    [
      (value) =>
        CALENDAR_DAY.safeParse(value).success
          ? undefined
          : { code: 'WRONG_FORMAT', message: `${quote(value)} is no calendar day; expected YYYY-MM-DD.` },
      (value) =>
        value >= from && value <= to
          ? undefined
          : { code: 'OUT_OF_RANGE', message: `${quote(value)} is out of range; expected ${from} to ${to}.` },
    ],
    { description, format: 'date' },
  );

/** TDataT */
export const invoiceDate = (description: string) => date('2006-01-01', '2050-01-01', description);

const NIP_SHAPE = /^[1-9]((\d[1-9])|([1-9]\d))\d{7}$/;

const nipCheck: Check = (value) => {
  if (NIP_SHAPE.test(value) && parseNip(value).ok) return undefined;
  const reason = /^\d{10}$/.test(value) ? 'the check digit is wrong' : 'expected ten digits, no prefix, no separators';
  return { code: 'NIP_INVALID', message: `${quote(value)} is not a NIP: ${reason}.` };
};

export const nip = (description: string) =>
  checked([nipCheck], { description, pattern: '^[1-9][0-9]{9}$', examples: ['5265877635'] });

/** TNIPIdWew: NIP, hyphen, five digits. */
export const internalId = (description: string) =>
  checked([matches(/^\d{10}-\d{5}$/, 'a NIP, a hyphen and five digits'), (value) => nipCheck(value.slice(0, 10))], {
    description,
    pattern: '^[0-9]{10}-[0-9]{5}$',
  });

export const country = (description: string) =>
  checked([inSet(COUNTRY_CODES, 'a country code of the schema, such as "PL" or "DE"')], {
    description,
    pattern: '^[A-Z]{2}$',
  });
export const euCountry = (description: string) =>
  checked([inSet(EU_COUNTRY_CODES, 'the VAT prefix of an EU member state, such as "DE", "EL" or "XI"')], {
    description,
    pattern: '^[A-Z]{2}$',
  });
export const currency = (description: string) =>
  checked([inSet(CURRENCY_CODES, 'a currency code of the schema, such as "PLN" or "EUR"')], {
    description,
    pattern: '^[A-Z]{3}$',
  });
export const euVatNumber = (description: string) =>
  pattern(/^[0-9A-Z+*]{1,12}$/, 'at most 12 digits, capital letters, + or *, without the prefix', description);

/** TNumerKSeF of the FA(3) schema. */
const KSEF_NUMBER =
  /^([1-9]((\d[1-9])|([1-9]\d))\d{7}|M\d{9}|[A-Z]{3}\d{7})-(20[2-9]\d|2[1-9]\d{2}|[3-9]\d{3})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}$/;
const KSEF_NUMBER_LENGTH = 35;
const EXAMPLE_KSEF_NUMBER = '5265877635-20250826-0100001AF629-AF';

const ksefCheckSum: Check = (value) => {
  if (value.length !== KSEF_NUMBER_LENGTH) return undefined;
  const expected = crc8(value.slice(0, 32)).toString(16).toUpperCase().padStart(2, '0');
  if (value.endsWith(expected)) return undefined;
  return { code: 'KSEF_NUMBER_CHECKSUM', message: `${quote(value)} is not a KSeF number: its check sum is wrong.` };
};

export const ksefNumber = (description: string) =>
  checked([matches(KSEF_NUMBER, `a KSeF number, such as "${EXAMPLE_KSEF_NUMBER}"`), ksefCheckSum], {
    description,
    examples: [EXAMPLE_KSEF_NUMBER],
  });

/** TNrRB: 10 to 34 characters; spaces are for reading only and are left out of the document. */
export const bankAccount = (description: string) =>
  checked([matches(/^(?: *[0-9A-Z]){10,34} *$/, '10 to 34 digits or capital letters')], { description });
export const registerNumber = (shape: RegExp, expected: string, description: string) =>
  pattern(shape, expected, description);
export const swift = () => pattern(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/, 'a SWIFT code', 'SWIFT (BIC)', 'BREXPLPW');
export const email = () =>
  checked([printable, lengthWithin(255, collapsed), matches(/^[^\s@][^\r\n]*@(?:[^\r\n]*\S)$/, 'an e-mail address')], {
    description: 'E-mail address',
  });
