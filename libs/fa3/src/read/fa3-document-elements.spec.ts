import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Fa3DocumentElements } from './fa3-document-elements.js';

const documents = new Fa3DocumentElements();
const read = (xml: string) => documents.read(new TextEncoder().encode(xml));
const EXAMPLE = join(import.meta.dirname, '../../../../examples/invoices/domestic-several-rates.xml');

describe('the elements of a document', () => {
  it('are those of an FA(3) file, in its order', () => {
    const invoice = documents.read(readFileSync(EXAMPLE));
    expect(invoice.name).toBe('Faktura');
    expect(invoice.children.map(({ name }) => name)).toEqual(['Naglowek', 'Podmiot1', 'Podmiot2', 'Fa', 'Stopka']);
    const [form] = invoice.children[0]?.children ?? [];
    expect(form).toEqual({
      ...{ name: 'KodFormularza', children: [], text: 'FA' },
      attributes: [
        { name: 'kodSystemowy', value: 'FA (3)' },
        { name: 'wersjaSchemy', value: '1-0E' },
      ],
    });
  });

  it('are seen as the schema sees them: no prefix, comment or schema location, text joined, white space as one space', () => {
    const xml = `<x:a xmlns:x="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u v">
      <x:b>one<!-- not this --> <![CDATA[<two>]]>\t three &amp; \n four</x:b>tail</x:a>`;
    expect(read(xml)).toEqual({
      ...{ name: 'a', attributes: [], text: 'tail' },
      children: [{ name: 'b', attributes: [], children: [], text: 'one <two> three & four' }],
    });
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
    ['no XML', 'invoice'],
    ['an entity that nobody declared', '<a>&e;</a>'],
    ['an element that is not closed', '<a><b></a>'],
  ])('are refused of %s', (_name, xml) => {
    expect(() => read(xml)).toThrow(Error);
  });

  it('are refused of bytes that are no UTF-8', () => {
    expect(() => documents.read(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e))).toThrow('not valid');
  });
});
