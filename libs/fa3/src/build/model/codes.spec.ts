import { describe, expect, it } from '@jest/globals';

import { readPinnedSchemas } from '../../schema/pinned-schemas.js';
import { VAT_RATES } from '../vat-rates.js';
import { COUNTRY_CODES, CURRENCY_CODES, EU_COUNTRY_CODES } from './codes.js';

function enumeration(file: string, type: string): Set<string> {
  const schema = readPinnedSchemas().get(file)?.toString('utf8') ?? '';
  const [body = ''] = new RegExp(`<xsd:simpleType name="${type}">.*?</xsd:simpleType>`, 's').exec(schema) ?? [];
  return new Set(Array.from(body.matchAll(/<xsd:enumeration value="(.*?)"/g), ([, value]) => value ?? ''));
}

describe('the code lists', () => {
  it.each([
    ['TKodKraju', 'bazowe/KodyKrajow_v10-0E.xsd', COUNTRY_CODES, 254],
    ['TKodyKrajowUE', 'schemat_FA(3)_v1-0E.xsd', EU_COUNTRY_CODES, 28],
    ['TKodWaluty', 'schemat_FA(3)_v1-0E.xsd', CURRENCY_CODES, 182],
    ['TStawkaPodatku', 'schemat_FA(3)_v1-0E.xsd', new Set<string>(VAT_RATES), 14],
  ])('%s are those of the schema', (type, file, codes, count) => {
    expect(codes).toEqual(enumeration(file, type));
    expect(codes.size).toBe(count);
  });
});
