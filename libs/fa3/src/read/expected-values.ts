/** What a type of the FA(3) schema wants, in words; by type name as libxml2 reports it. */
const BY_TYPE: Readonly<Record<string, string>> = {
  TKwotowy: 'an amount with a decimal point and at most 2 decimals, such as 1234.50',
  TKwotowy2: 'a price with a decimal point and at most 8 decimals, such as 0.0125',
  TIlosci: 'a number with a decimal point and at most 6 decimals, such as 1.5',
  TProcentowy: 'a percentage from 0 to 100 with a decimal point and at most 6 decimals',
  TNaturalny: 'a whole number greater than 0',
  TData: 'a date as YYYY-MM-DD',
  TDataT: 'a date as YYYY-MM-DD, from 2006-01-01 to 2050-01-01',
  TDataU: 'a date as YYYY-MM-DD, from 1990-01-01 to 2050-01-01',
  TDataCzas: 'a date and time as YYYY-MM-DDThh:mm:ssZ',
  TWybor1: '1',
  TWybor1_2: '1 (yes) or 2 (no)',
  TNrNIP: 'a NIP: ten digits, no prefix, no separators',
  TKodKraju: 'a two-letter country code, such as PL',
  TKodWaluty: 'a three-letter currency code, such as PLN',
  TFormaPlatnosci: 'a payment form from 1 to 7',
  TRolaPodmiotu3: 'a role from 1 to 11',
  TTypKorekty: '1, 2 or 3',
};

/** Element names whose type is anonymous in the schema, so that libxml2 cannot name it. */
const BY_ELEMENT: Readonly<Record<string, string>> = {
  DataWytworzeniaFa: 'a date and time as YYYY-MM-DDThh:mm:ssZ, not before 2025-09-01',
  WariantFormularza: '3',
  JST: '1 (yes) or 2 (no)',
  GV: '1 (yes) or 2 (no)',
};

/** Patterns of the schema, by their exact text. */
const BY_PATTERN: Readonly<Record<string, string>> = {
  '-?([1-9]\\d{0,15}|0)(\\.\\d{1,2})?': BY_TYPE['TKwotowy'] ?? '',
  '-?([1-9]\\d{0,13}|0)(\\.\\d{1,8})?': BY_TYPE['TKwotowy2'] ?? '',
  '-?([1-9]\\d{0,15}|0)(\\.\\d{1,6})?': BY_TYPE['TIlosci'] ?? '',
  '[1-9]((\\d[1-9])|([1-9]\\d))\\d{7}': BY_TYPE['TNrNIP'] ?? '',
  '[1-9]((\\d[1-9])|([1-9]\\d))\\d{7}-\\d{5}': 'an internal id: a NIP, a hyphen and five digits',
  '((\\d{4})-(\\d{2})-(\\d{2}))': BY_TYPE['TData'] ?? '',
  '(\\d|[A-Z]|\\+|\\*){1,12}': 'at most 12 digits, capital letters, + or *, without the country prefix',
  '[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3}){0,1}': 'a SWIFT code of 8 or 11 characters',
  '(.)+@(.)+': 'an e-mail address',
};
const KSEF_NUMBER_PATTERN_START = '([1-9]((\\d[1-9])|([1-9]\\d))\\d{7}|M\\d{9}';

const LONGEST_LISTED_SET = 15;

export const expectedOfType = (typeName: string): string | undefined => BY_TYPE[typeName];
export const expectedOfElement = (elementName: string): string | undefined => BY_ELEMENT[elementName];

export function expectedOfPattern(pattern: string): string {
  if (pattern.startsWith(KSEF_NUMBER_PATTERN_START)) {
    return 'a KSeF number, such as 5265877635-20250826-0100001AF629-AF';
  }
  return BY_PATTERN[pattern] ?? `text that matches ${pattern}`;
}

/** @param set libxml2's list: `'a', 'b', 'c'` */
export function expectedOfSet(set: string): string {
  const values = set.split("', '").map((value) => value.replace(/^'|'$/g, ''));
  if (values.length <= LONGEST_LISTED_SET) return values.length === 1 ? set : `one of ${set}`;
  const sample = values.slice(0, 3).join(', ');
  if (values.includes('PLN')) return expectedOfType('TKodWaluty') ?? sample;
  if (values.includes('DE')) return expectedOfType('TKodKraju') ?? sample;
  return `one of ${sample} and ${values.length - 3} more`;
}
