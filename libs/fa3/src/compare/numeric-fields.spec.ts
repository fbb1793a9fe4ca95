import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { XmlDocument, XmlElement } from 'libxml2-wasm';

import { readPinnedSchemas } from '../schema/pinned-schemas.js';
import { NUMERIC_FIELDS, sameNumber } from './numeric-fields.js';

const NUMBERS = ['decimal', 'integer', 'nonNegativeInteger', 'positiveInteger', 'int', 'long', 'short', 'byte'];

interface SimpleType {
  readonly primitive: string | undefined;
  readonly isEnumerated: boolean;
}

/** Names of elements of the schema with what their values are made of; those with children have none. */
function fieldsOfSchema(): ReadonlyMap<string, readonly SimpleType[]> {
  const documents = [...readPinnedSchemas().values()].map((bytes) => XmlDocument.fromBuffer(bytes));
  const all = documents.flatMap(({ root }) => descendants(root));
  const named = new Map(all.filter(({ name }) => name === 'simpleType').map((each) => [attribute(each, 'name'), each]));
  const typeOf = (simpleType: XmlElement): SimpleType => {
    const restriction = children(simpleType).find(({ name }) => name === 'restriction');
    const base = restriction === undefined ? undefined : attribute(restriction, 'base');
    const own = restriction !== undefined && children(restriction).some(({ name }) => name === 'enumeration');
    const { primitive, isEnumerated } = resolve(base);
    return { primitive, isEnumerated: isEnumerated || own };
  };
  const resolve = (type: string | undefined): SimpleType => {
    const [prefix, local] = (type ?? '').split(':');
    if (prefix === 'xsd' || prefix === 'xs') return { primitive: local, isEnumerated: false };
    const known = named.get(local);
    return known === undefined ? { primitive: undefined, isEnumerated: false } : typeOf(known);
  };
  const fields = new Map<string, SimpleType[]>();
  for (const element of all.filter(({ name }) => name === 'element')) {
    const own = children(element).find(({ name }) => name === 'simpleType');
    const type = own === undefined ? resolve(attribute(element, 'type')) : typeOf(own);
    const name = attribute(element, 'name') ?? '';
    fields.set(name, [...(fields.get(name) ?? []), type]);
  }
  for (const document of documents) document.dispose();
  return fields;
}

function children(element: XmlElement): readonly XmlElement[] {
  const found: XmlElement[] = [];
  for (let node = element.firstChild; node !== null; node = node.next) if (node instanceof XmlElement) found.push(node);
  return found;
}
const descendants = (element: XmlElement): readonly XmlElement[] =>
  children(element).flatMap((child) => [child, ...descendants(child)]);
const attribute = (element: XmlElement, name: string): string | undefined => element.attr(name)?.value;

describe('the numeric fields of FA(3)', () => {
  it('are those of the schema, and no name of theirs is a text anywhere', () => {
    const numeric: string[] = [];
    for (const [name, types] of fieldsOfSchema()) {
      const numbers = types.filter(({ primitive, isEnumerated }) => {
        return !isEnumerated && primitive !== undefined && NUMBERS.includes(primitive);
      });
      if (numbers.length === 0) continue;
      expect([name, numbers.length]).toEqual([name, types.length]);
      numeric.push(name);
    }
    expect([...NUMERIC_FIELDS].sort()).toEqual(numeric.sort());
  });
});

describe('a number', () => {
  it.each([
    ['100', '100.00'],
    ['100.0', '100.00'],
    ['+100', '100'],
    ['0100.50', '100.5'],
    ['-0.00', '0'],
    ['.5', '0.50'],
    ['5.', '5'],
    [' 12 ', '12'],
    ['12345678901234567890123456789.10', '12345678901234567890123456789.1'],
  ])('is the same as %s and %s', (one, other) => {
    expect(sameNumber(one, other)).toBe(true);
  });

  it.each([
    ['100', '1000'],
    ['100', '-100'],
    ['1.05', '1.5'],
    ['0.001', '0'],
    ['12345678901234567890123456789.1', '12345678901234567890123456789.2'],
    ['1e2', '100'],
    ['1 000', '1000'],
    ['1,5', '1.5'],
    ['', '0'],
    ['.', '0'],
    ['-', '0'],
    ['x', 'x'],
  ])('is another when it is %s and %s', (one, other) => {
    expect(sameNumber(one, other)).toBe(false);
  });

  it('is the same with any zeros around it, and another with any digit in it', () => {
    const digits = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(digits, digits, fc.nat({ max: 6 }), (whole, fraction, zeros) => {
        const plain = `${String(whole)}.${String(fraction)}`;
        expect(sameNumber(plain, `${'0'.repeat(zeros)}${plain}${'0'.repeat(zeros)}`)).toBe(true);
        expect(sameNumber(plain, `1${'0'.repeat(11)}${plain}`)).toBe(false);
        expect(sameNumber(plain, `${plain}1`)).toBe(false);
      }),
    );
  });
});
