import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEEPEST_JSON, jsonFault } from './json-guard.js';

describe('JSON that is not taken', () => {
  it.each([
    ['two members of one name', '{"a":1,"b":{"c":1,"c":2}}', 'DUPLICATE_KEY'],
    ['two spellings of one name', '{"a":1,"\\u0061":2}', 'DUPLICATE_KEY'],
    ['__proto__', '{"a":[{"__proto__":{"b":1}}]}', 'PROTO_KEY'],
    ['__proto__ in disguise', '{"\\u005f_proto__":1}', 'PROTO_KEY'],
    ['deep arrays', '['.repeat(DEEPEST_JSON + 1), 'TOO_DEEP'],
    ['deep objects', '{"a":'.repeat(DEEPEST_JSON + 1), 'TOO_DEEP'],
    ['endless depth', '['.repeat(4_000_000), 'TOO_DEEP'],
  ])('%s', (_what, text, fault) => {
    expect(jsonFault(text)).toBe(fault);
  });

  it.each([
    '{"a":{"a":{"a":1}},"b":["a","a","__proto__"],"c":"{\\"d\\":1,\\"d\\":2}"}',
    `${'['.repeat(DEEPEST_JSON)}${']'.repeat(DEEPEST_JSON)}`,
    '"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
    '{"\\\\":1,"\\"":2}',
    '',
    'nonsense "',
  ])('takes %j, as far as this goes', (text) => {
    expect(jsonFault(text)).toBeUndefined();
  });

  it('takes every value that JSON.stringify writes, unless it is too deep or has the one name', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
        const fault = jsonFault(text);
        expect(fault === undefined || (fault === 'PROTO_KEY' && text.includes('__proto__'))).toBe(true);
      }),
    );
  });
});
