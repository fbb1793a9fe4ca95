import { describe, expect, it } from '@jest/globals';
import { isTokenReference, parseTokenReference } from './token-reference.js';

describe('parseTokenReference', () => {
  it.each([
    ['pkcs11:object=offline', { object: 'offline' }],
    ['pkcs11:id=%01%fF', { id: Uint8Array.of(1, 255) }],
    ['pkcs11:id=A%20', { id: Uint8Array.of(65, 32) }],
    ['pkcs11:token=The%20token;object=klucz%20%C5%BC;type=private', { token: 'The token', object: 'klucz ż' }],
  ])('reads %s', (text, value) => {
    expect(parseTokenReference(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', 'not a PKCS#11 URI'],
    ['file:object=a', 'not a PKCS#11 URI'],
    [`pkcs11:object=${'a'.repeat(1000)}`, 'not a PKCS#11 URI'],
    ['pkcs11:object=a?pin-value=1234', 'settings of the process'],
    ['pkcs11:object=a?module-path=/tmp/evil.so', 'settings of the process'],
    ['pkcs11:', 'attributes token, object, id and type'],
    ['pkcs11:object=a;', 'attributes token, object, id and type'],
    ['pkcs11:slot-id=1;object=a', 'attributes token, object, id and type'],
    ['pkcs11:object', 'attributes token, object, id and type'],
    ['pkcs11:object=', 'attribute object cannot be read'],
    ['pkcs11:object=%4', 'attribute object cannot be read'],
    ['pkcs11:object=ż', 'attribute object cannot be read'],
    ['pkcs11:object=a;object=b', 'attribute object is there twice'],
    ['pkcs11:token=a', 'by object or id'],
    ['pkcs11:object=a;type=public', 'private key'],
  ])('refuses %s', (text, words) => {
    expect(parseTokenReference(text)).toMatchObject({
      ok: false,
      error: { code: 'REFERENCE_INVALID', detail: expect.stringContaining(words) },
    });
  });
});

describe('isTokenReference', () => {
  it('tells a reference from a key, which begins with another byte', () => {
    expect(isTokenReference(new TextEncoder().encode('pkcs11:object=a'))).toBe(true);
    expect(isTokenReference(Uint8Array.of(0x30, 0x82, 0x04))).toBe(false);
    expect(isTokenReference(new Uint8Array())).toBe(false);
  });
});
