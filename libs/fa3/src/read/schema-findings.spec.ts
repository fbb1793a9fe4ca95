import { describe, expect, it } from '@jest/globals';

import { wordingOf } from './schema-findings.js';

const NS = '{http://crd.gov.pl/wzor/2025/06/25/13775/}';

describe('the wording of schema errors', () => {
  it.each([
    [
      `Element '${NS}NIP': [facet 'pattern'] The value '526' is not accepted by the pattern '[1-9]((\\d[1-9])|([1-9]\\d))\\d{7}'.`,
      'XSD_WRONG_FORMAT',
      "NIP: '526' is not allowed; expected a NIP: ten digits, no prefix, no separators.",
    ],
    [
      `Element '${NS}KodKraju': [facet 'enumeration'] The value 'XX' is not an element of the set {'AF', 'DE', ${"'AA', ".repeat(20)}'PL'}.`,
      'XSD_VALUE_NOT_ALLOWED',
      "KodKraju: 'XX' is not allowed; expected a two-letter country code, such as PL.",
    ],
    [
      `Element '${NS}P_2': [facet 'maxLength'] The value has a length of '300'; this exceeds the allowed maximum length of '256'.`,
      'XSD_TOO_LONG',
      'P_2: the value has 300 characters; expected at most 256.',
    ],
    [
      `Element '${NS}NrRB': [facet 'minLength'] The value has a length of '3'; this underruns the allowed minimum length of '10'.`,
      'XSD_TOO_SHORT',
      'NrRB: the value has 3 characters; expected at least 10.',
    ],
    [
      `Element '${NS}Nazwa': [facet 'minLength'] The value has a length of '0'; this underruns the allowed minimum length of '1'.`,
      'XSD_EMPTY',
      'Nazwa is empty; give it a value or leave the element out.',
    ],
    [
      `Element '${NS}P_1': [facet 'maxInclusive'] The value '2051-01-01' is greater than the maximum value allowed ('2050-01-01').`,
      'XSD_OUT_OF_RANGE',
      "P_1: '2051-01-01' is not allowed; expected at most 2050-01-01.",
    ],
    [
      `Element '${NS}P_1': [facet 'minInclusive'] The value '2005-01-01' is less than the minimum value allowed ('2006-01-01').`,
      'XSD_OUT_OF_RANGE',
      "P_1: '2005-01-01' is not allowed; expected at least 2006-01-01.",
    ],
    [
      `Element '${NS}NrWierszaFa': [facet 'minExclusive'] The value '0' must be greater than '0'.`,
      'XSD_OUT_OF_RANGE',
      "NrWierszaFa: '0' is not allowed; expected more than 0.",
    ],
    [
      `Element '${NS}P_15': [facet 'fractionDigits'] The value '1.005' has more fractional digits than are allowed ('2').`,
      'XSD_TOO_MANY_DIGITS',
      "P_15: '1.005' is not allowed; expected at most 2 digits after the decimal point.",
    ],
    [
      `Element '${NS}P_15': [facet 'totalDigits'] The value '1' has more digits than are allowed ('18').`,
      'XSD_TOO_MANY_DIGITS',
      "P_15: '1' is not allowed; expected at most 18 digits in all.",
    ],
    [
      `Element '${NS}DataWytworzeniaFa': 'x' is not a valid value of the local atomic type.`,
      'XSD_WRONG_FORMAT',
      "DataWytworzeniaFa: 'x' is not allowed; expected a date and time as YYYY-MM-DDThh:mm:ssZ, not before 2025-09-01.",
    ],
    [
      `Element '${NS}REGON': 'x' is not a valid value of the union type '{http://x/}TNrREGON'.`,
      'XSD_WRONG_FORMAT',
      "REGON: 'x' is not allowed; expected a value of the schema's type TNrREGON.",
    ],
    [
      `Element '${NS}Foo': This element is not expected. Expected is ( ${NS}NIP ).`,
      'XSD_UNEXPECTED_ELEMENT',
      'Foo does not belong here; expected NIP here.',
    ],
    [
      `Element '${NS}Foo': This element is not expected.`,
      'XSD_UNEXPECTED_ELEMENT',
      'Foo does not belong here; nothing more is allowed here.',
    ],
    [
      `Element '${NS}Fa': Missing child element(s). Expected is one of ( ${NS}KursWalutyZ, ${NS}Adnotacje ).`,
      'XSD_MISSING_ELEMENT',
      'Fa is incomplete: one of KursWalutyZ, Adnotacje is missing.',
    ],
    [
      `Element '${NS}KodFormularza': The attribute 'kodSystemowy' is required but missing.`,
      'XSD_ATTRIBUTE_MISSING',
      "KodFormularza: attribute 'kodSystemowy' is required.",
    ],
    [
      `Element '${NS}KodFormularza', attribute 'foo': The attribute 'foo' is not allowed.`,
      'XSD_ATTRIBUTE_NOT_ALLOWED',
      "KodFormularza: attribute 'foo' is not allowed.",
    ],
    [
      `Element '${NS}KodFormularza', attribute 'kodSystemowy': The value 'FA (2)' does not match the fixed value constraint 'FA (3)'.`,
      'XSD_VALUE_NOT_ALLOWED',
      "Attribute kodSystemowy of KodFormularza: 'FA (2)' is not allowed; expected 'FA (3)'.",
    ],
    [
      `Element '${NS}Fa': Character content other than whitespace is not allowed because the content type is 'element-only'.`,
      'XSD_TEXT_NOT_ALLOWED',
      'Fa holds text between its elements; only elements are allowed there.',
    ],
    [
      `Element '${NS}P_2': Element content is not allowed, because the type definition is simple.`,
      'XSD_CHILDREN_NOT_ALLOWED',
      'P_2 holds elements; only a plain value is allowed.',
    ],
    [`Element '${NS}P_7': The element is not 'nillable'.`, 'XSD_INVALID', "P_7: The element is not 'nillable'."],
  ])('%s', (libxml, code, message) => {
    expect(wordingOf(`${libxml}\n`)).toEqual({ code, message });
  });

  it('quotes at most 60 characters of a value, on one line', () => {
    const { message } = wordingOf(
      `Element '${NS}P_15': [facet 'pattern'] The value '${'x\n'.repeat(5000)}' is not accepted by the pattern 'y'.\n`,
    );
    expect(message).toBe(`P_15: '${'x\\u000a'.repeat(30)}…' is not allowed; expected text that matches y.`);
  });
});
