/**
 * The fields of FA(3) 1-0E that its schema types as numbers (derived from xsd:decimal, xsd:integer included) and does not
 * enumerate: amounts, prices, quantities, rates, shares, places of lines. A test holds the list to the schema, in which none
 * of these names is a text anywhere. Everything else is text, to the last character.
 */
export const NUMERIC_FIELDS: ReadonlySet<string> = new Set([
  ...['DoRozliczenia', 'DoZaplaty', 'Ilosc', 'KursUmowny', 'KursWaluty', 'KursWalutyZ', 'KursWalutyZK', 'KursWalutyZW'],
  ...['Kwota', 'KwotaAkcyzy', 'KwotaAkcyzyZ', 'KwotaZaplatyCzesciowej'],
  ...['NrWiersza', 'NrWierszaFa', 'NrWierszaZam', 'P_NrWierszaNST'],
  ...['P_8B', 'P_8BZ', 'P_9A', 'P_9AZ', 'P_9B', 'P_10', 'P_11', 'P_11A', 'P_11NettoZ', 'P_11Vat', 'P_11VatZ'],
  ...['P_12_XII', 'P_12Z_XII'],
  ...['P_13_1', 'P_13_2', 'P_13_3', 'P_13_4', 'P_13_5', 'P_13_6_1', 'P_13_6_2', 'P_13_6_3', 'P_13_7', 'P_13_8'],
  ...['P_13_9', 'P_13_10', 'P_13_11'],
  ...['P_14_1', 'P_14_1W', 'P_14_2', 'P_14_2W', 'P_14_3', 'P_14_3W', 'P_14_4', 'P_14_4W', 'P_14_5'],
  ...['P_15', 'P_15Z', 'P_15ZK', 'SumaObciazen', 'SumaOdliczen', 'Udzial', 'WartoscZamowienia'],
]);

/** As xsd:decimal is spelt; no exponent, no grouping. */
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/**
 * Whether two texts spell one value of xsd:decimal: 100, 100.0 and +100.00. Exact, whatever their length.
 * @returns false where one of them is no decimal
 */
export function sameNumber(one: string, other: string): boolean {
  const [a, b] = [canonical(one), canonical(other)];
  return a !== undefined && a === b;
}

function canonical(text: string): string | undefined {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const value = `${whole.replace(/^0+/, '')}.${fraction.replace(/0+$/, '')}`;
  return sign === '-' && value !== '.' ? `-${value}` : value;
}
