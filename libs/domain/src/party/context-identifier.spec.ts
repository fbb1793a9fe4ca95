import { describe, expect, it } from '@jest/globals';
import { contextLabel, parseContextIdentifier, sameContext, type ContextIdentifier } from './context-identifier.js';

const parsed = (type: string, value: string): ContextIdentifier => {
  const result = parseContextIdentifier(type, value);
  if (!result.ok) throw new Error(`${type}:${value} should be valid`);
  return result.value;
};

describe('parseContextIdentifier', () => {
  it.each([
    ['Nip', '5265877635'],
    ['InternalId', '5265877635-12345'],
    ['NipVatUe', '5265877635-DE123456789'],
    ['NipVatUe', '5265877635-ATU12345678'],
    ['NipVatUe', '5265877635-NL12345678+*12'],
    ['PeppolId', 'PPL000001'],
  ])('takes %s %s', (type, value) => {
    expect(parseContextIdentifier(type, value)).toEqual({ ok: true, value: { type, value } });
  });

  it.each([
    ['nip', '5265877635'],
    ['NIP', '5265877635'],
    ['Pesel', '44051401359'],
    ['Nip', '5265877634'],
    ['Nip', '5265877635-12345'],
    ['InternalId', '5265877635'],
    ['InternalId', '5265877634-12345'],
    ['InternalId', '5265877635-1234'],
    ['NipVatUe', '5265877635-12345'],
    ['NipVatUe', '5265877634-DE123456789'],
    ['NipVatUe', '5265877635-de123456789'],
    ['PeppolId', 'PL0000001'],
    ['PeppolId', 'PPL00001'],
  ])('refuses %s %s', (type, value) => {
    expect(parseContextIdentifier(type, value)).toEqual({ ok: false, error: { code: 'INVALID_CONTEXT' } });
  });
});

describe('a context', () => {
  it('is the same only with the same type and the same value', () => {
    expect(sameContext(parsed('Nip', '5265877635'), parsed('Nip', '5265877635'))).toBe(true);
    expect(sameContext(parsed('Nip', '5265877635'), parsed('Nip', '7335255579'))).toBe(false);
    expect(sameContext(parsed('InternalId', '5265877635-12345'), parsed('Nip', '5265877635'))).toBe(false);
    const peppol = parsed('PeppolId', 'PPL000001');
    expect(sameContext(peppol, { ...peppol, type: 'InternalId' })).toBe(false);
  });

  it('has a label that tells type and value', () => {
    expect(contextLabel(parsed('InternalId', '5265877635-12345'))).toBe('InternalId:5265877635-12345');
  });
});
