import { contentDifferences, type FieldComparison, type InvoiceFacts, TECHNICAL_DIFFERENCES } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { diag } from 'libxml2-wasm';

import { aModel, anInvoice, ATTACHMENT, bytesOf, factsOf, xmlOf } from '../testing/documents.js';
import { Fa3DocumentComparison } from './fa3-document-comparison.js';
import { NUMERIC_FIELDS, sameNumber } from './numeric-fields.js';

const comparison = new Fa3DocumentComparison();
const ISSUED = anInvoice();
const FACTS = factsOf(ISSUED);

/** The issued file held against the proposed one; its facts are read unless they are given. */
function compare(
  issued: string | Uint8Array,
  proposed: string,
  facts?: InvoiceFacts,
  issuedFacts = FACTS,
): FieldComparison {
  const bytes = typeof issued === 'string' ? bytesOf(issued) : issued;
  return comparison.compare(bytes, issuedFacts, { bytes: bytesOf(proposed), facts: facts ?? factsOf(proposed) });
}

const kindsOf = ({ differences }: FieldComparison): readonly string[] => differences.map(({ kind }) => kind);
const replaced = (from: string | RegExp, to: string): string => {
  const changed = ISSUED.replace(from, to);
  if (changed === ISSUED) throw new Error(`nothing to replace: ${String(from)}`);
  return changed;
};

describe('two files of the same content', () => {
  it.each<[string, string, string, string]>([
    ['the declaration', 'PROLOG', '(file)', ISSUED.replace('<?xml version="1.0" encoding="UTF-8"?>\n', '')],
    ['line ends', 'LAYOUT', '(file)', ISSUED.replaceAll('\n', '\r\n')],
    ['white space between elements', 'LAYOUT', '(file)', ISSUED.replaceAll('><', '>\n  <')],
    [
      'white space in a value',
      'WHITE_SPACE',
      '/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa',
      replaced('Sprzedawca', '  Sprzedawca\n'),
    ],
    ['a comment', 'COMMENT', '(file)', replaced('<Fa>', '<!-- made by hand --><Fa>')],
    [
      'the moment of making',
      'CREATION_TIME',
      '/Faktura/Naglowek/DataWytworzeniaFa',
      replaced('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z'),
    ],
    [
      'the software',
      'SYSTEM_INFO',
      '/Faktura/Naglowek/SystemInfo',
      replaced('</Naglowek>', '<SystemInfo>ERP 2</SystemInfo></Naglowek>'),
    ],
    [
      'a hint to a schema',
      'SCHEMA_LOCATION',
      '/Faktura/@schemaLocation',
      anInvoice({
        rootAttributes: ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a b.xsd"',
      }),
    ],
    ['a character reference', 'LAYOUT', '(file)', replaced('FV/1', 'FV&#47;1')],
    ['a CDATA section', 'LAYOUT', '(file)', replaced('Sprzedawca', '<![CDATA[Sprzedawca]]>')],
  ])('differ in %s: technical', (_what, kind, path, proposed) => {
    const found = compare(ISSUED, proposed);
    expect(contentDifferences(found)).toEqual([]);
    expect(found).toMatchObject({ scope: 'full', unlisted: 0, differences: [{ kind, path }] });
    const back = compare(proposed, ISSUED);
    expect(back).toMatchObject({ scope: 'full', differences: [{ kind, path }] });
  });

  it('differ in their namespace prefixes: technical, every element named', () => {
    const prefixed = ISSUED.replaceAll(/<(\/?)(\w)/g, '<$1f:$2').replace('xmlns=', 'xmlns:f=');
    const found = compare(ISSUED, prefixed);
    expect(new Set(kindsOf(found))).toEqual(new Set(['NAMESPACE_PREFIX']));
    expect(found.differences[0]).toEqual({ path: '/Faktura', kind: 'NAMESPACE_PREFIX', before: '', after: 'f' });
  });

  it('differ in a byte order mark, control characters or an instruction of the old one: technical', () => {
    expect(compare(`\ufeff${ISSUED}`, ISSUED)).toMatchObject({
      scope: 'full',
      differences: [{ path: '(file)', kind: 'BYTE_ORDER_MARK', before: 'EF BB BF' }],
    });
    const styled = ISSUED.replace('<Faktura', '<?xml-stylesheet href="a.xsl"?><Faktura');
    expect(compare(styled, ISSUED)).toMatchObject({
      scope: 'full',
      differences: [{ kind: 'PROCESSING_INSTRUCTION', before: '<?xml-stylesheet href="a.xsl"?>' }],
    });
    for (const character of ['\u0085', '\u009f', '\u0001', '\0']) {
      const found = compare(replaced('Sprzedawca', `Sprze${character}dawca`), ISSUED);
      expect(found.scope).toBe('full');
      if (character === '\u0085') continue;
      expect(contentDifferences(found)).toEqual([]);
    }
    expect(compare(replaced('Sprzedawca', 'Sprze\u009fdawca'), ISSUED).differences).toEqual([
      {
        path: '/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa',
        kind: 'CONTROL_CHARACTER',
        before: 'Sprze\\u009fdawca',
        after: 'Sprzedawca',
      },
    ]);
  });

  it('differ in an optional element that says nothing: technical', () => {
    const empty = replaced('</Podmiot2>', '<NrKlienta></NrKlienta></Podmiot2>').replace('<P_7>', '<UU_ID/><P_7>');
    expect(compare(empty, ISSUED).differences).toEqual([
      { path: '/Faktura/Podmiot2/NrKlienta', kind: 'EMPTY_ELEMENT', before: '' },
      { path: '/Faktura/Fa/FaWiersz/UU_ID', kind: 'EMPTY_ELEMENT', before: '' },
    ]);
  });

  it.each(['100', '100.0', '+100.00', '0100.000'])('differ in how an amount is written: technical (%s)', (amount) => {
    const found = compare(ISSUED, replaced('<P_13_1>100.00', `<P_13_1>${amount}`), FACTS);
    expect(found.differences).toEqual([
      { path: '/Faktura/Fa/P_13_1', kind: 'NUMBER_SPELLING', before: '100.00', after: amount },
    ]);
  });

  it('differ in how the sum, the quantity and the price are written: technical, also by the facts stored at issue', () => {
    const decimals = ISSUED.replace(/<(P_15|P_11|P_9A)>(\d+)\.00</g, '<$1>$2<').replace(
      /<P_8B>(\d+)</,
      '<P_8B>$1.000<',
    );
    const found = compare(ISSUED, decimals, FACTS, factsOf(decimals));
    expect(contentDifferences(found)).toEqual([]);
    expect(new Set(kindsOf(found))).toEqual(new Set(['NUMBER_SPELLING']));
  });

  it('differ in how an amount is written where no parser reads the old one: technical', () => {
    const cut = ISSUED.slice(0, ISSUED.lastIndexOf('</Faktura>'));
    const found = compare(cut, replaced('<P_13_1>100.00', '<P_13_1>100'), FACTS);
    expect(found).toMatchObject({ scope: 'partial', differences: [{ path: '//P_13_1', kind: 'NUMBER_SPELLING' }] });
  });

  it('says why each technical difference is one', () => {
    for (const why of Object.values(TECHNICAL_DIFFERENCES)) expect(why).toMatch(/^[A-Z].*\.$/);
  });
});

describe('two files of different content', () => {
  it.each<[string, string, object]>([
    ['the number', replaced('FV/1', 'FV/2'), { path: '/Faktura/Fa/P_2', before: 'FV/1', after: 'FV/2' }],
    ['the issue date', replaced('<P_1>2026-11-20', '<P_1>2026-11-19'), { path: '/Faktura/Fa/P_1' }],
    [
      'an amount by a grosz',
      replaced('<P_13_1>100.00', '<P_13_1>100.01'),
      { path: '/Faktura/Fa/P_13_1', before: '100.00', after: '100.01' },
    ],
    ['how a rate that is a text is written', replaced('<P_12>23', '<P_12>023'), { path: '/Faktura/Fa/FaWiersz/P_12' }],
    [
      'a number that is a text',
      replaced('7712345609', '07712345609'),
      { path: '/Faktura/Podmiot2/DaneIdentyfikacyjne/NIP' },
    ],
    ['the buyer', replaced('7712345609', '7740001454'), { path: '/Faktura/Podmiot2/DaneIdentyfikacyjne/NIP' }],
    ['the goods', replaced('Towar', 'Usługa'), { path: '/Faktura/Fa/FaWiersz/P_7', before: 'Towar', after: 'Usługa' }],
    ['the rate', replaced('<P_12>23', '<P_12>8'), { path: '/Faktura/Fa/FaWiersz/P_12' }],
    ['a field that is gone', replaced('<P_14_1>23.00</P_14_1>', ''), { path: '/Faktura/Fa/P_14_1', before: '23.00' }],
    [
      'a field that came',
      replaced('</FaWiersz>', '<P_12_XII>5</P_12_XII></FaWiersz>'),
      { path: '/Faktura/Fa/FaWiersz/P_12_XII', after: '5' },
    ],
    [
      'letters of another case',
      replaced('Sprzedawca', 'SPRZEDAWCA'),
      { path: '/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa' },
    ],
    [
      'a word put apart',
      replaced('Sprzedawca', 'Sprze dawca'),
      { path: '/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa' },
    ],
    ['an attachment', anInvoice({ tail: ATTACHMENT }), { path: '/Faktura/Zalacznik', after: 'k w' }],
    [
      'an attribute',
      replaced('wersjaSchemy="1-0E"', 'wersjaSchemy="1-1E"'),
      { path: '/Faktura/Naglowek/KodFormularza/@wersjaSchemy' },
    ],
  ])('are told apart by %s', (_what, proposed, difference) => {
    const content = contentDifferences(compare(ISSUED, proposed, FACTS));
    expect(content).toHaveLength(1);
    expect(content[0]).toMatchObject({ kind: 'content', ...difference });
  });

  it('are told apart by a line more, a line less and lines in another order', () => {
    const line = (name: string): string =>
      `<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>${name}</P_7><P_11>50.00</P_11><P_12>23</P_12></FaWiersz>`;
    const two = anInvoice({ afterKind: line('Krzesło') + line('Stół') });
    const swapped = anInvoice({ afterKind: line('Stół') + line('Krzesło') });
    const one = anInvoice({ afterKind: line('Krzesło') });
    const facts = factsOf(two);
    const paths = (a: string, b: string) => contentDifferences(compare(a, b, facts, facts)).map(({ path }) => path);
    expect(paths(two, swapped)).toEqual(['/Faktura/Fa/FaWiersz[1]/P_7', '/Faktura/Fa/FaWiersz[2]/P_7']);
    expect(paths(two, one)).toEqual(['/Faktura/Fa/FaWiersz[2]']);
    expect(paths(one, two)).toEqual(['/Faktura/Fa/FaWiersz[2]']);
  });

  it('are told apart by the order of elements that differ in name', () => {
    const swapped = replaced('<P_11>100.00</P_11><P_12>23</P_12>', '<P_12>23</P_12><P_11>100.00</P_11>');
    expect(contentDifferences(compare(ISSUED, swapped, FACTS))).toEqual([
      {
        path: '/Faktura/Fa/FaWiersz (order of its elements)',
        kind: 'content',
        before: 'NrWierszaFa P_7 P_11 P_12',
        after: 'NrWierszaFa P_7 P_12 P_11',
      },
    ]);
  });

  it('are told apart by the facts stored at issue, whatever the old bytes say', () => {
    const found = compare(ISSUED, ISSUED.replace('\n', ''), {
      ...FACTS,
      grossAmount: '1.00' as InvoiceFacts['grossAmount'],
    });
    expect(contentDifferences(found)).toEqual([
      { path: '/Faktura/Fa/P_15', kind: 'content', before: '123.00', after: '1.00' },
    ]);
  });

  it('are not told apart by the order in which a database gives the parts of a fact', () => {
    const foreign = anInvoice({ buyer: '<KodUE>DE</KodUE><NrVatUE>123456789</NrVatUE><Nazwa>Käufer</Nazwa>' });
    const facts = factsOf(foreign);
    const { buyer, formCode } = facts;
    const turned = (record: object): never => Object.fromEntries(Object.entries(record).toReversed()) as never;
    const stored = { ...facts, buyer: turned(buyer), formCode: turned(formCode) };
    expect(kindsOf(compare(foreign, foreign.replaceAll('\n', '\r\n'), facts, stored))).toEqual(['LAYOUT']);
    const other = { ...facts, buyer: { ...buyer, country: 'FR' } as never };
    expect(contentDifferences(compare(foreign, foreign, other, stored))).toHaveLength(1);
  });

  it('are named up to a limit, content before anything technical', () => {
    const rows = (name: string): string =>
      anInvoice({
        afterKind: `<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>${name}</P_7></FaWiersz>`.repeat(3000),
      });
    const found = compare(rows('a'), rows('b').replace('<?xml version="1.0" encoding="UTF-8"?>\n', ''), FACTS);
    expect(found.differences).toHaveLength(1001);
    expect(found.unlisted).toBe(2000);
    expect(found.differences.at(0)).toMatchObject({ kind: 'content', path: '/Faktura/Fa/FaWiersz[1]/P_7' });
    expect(found.differences.at(-1)).toMatchObject({ kind: 'PROLOG' });
  });
});

describe('an issued file that is no readable XML', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a tag that is not closed', ISSUED.replace('</Podmiot2>', '')],
    ['the end cut off', ISSUED.slice(0, ISSUED.indexOf('<Adnotacje>'))],
    ['an entity that nobody declared', ISSUED.replace('Sprzedawca', '&foo;Sprzedawca').replace('&foo;', '&foo; ')],
    ['a DTD', `<!DOCTYPE Faktura [<!ENTITY a "b">]>${ISSUED}`],
    ['another root', ISSUED.replaceAll('Faktura', 'Rechnung')],
  ];

  it.each(cases)('because of %s: compared as far as it goes, and said so', (what, issued) => {
    const found = compare(issued, ISSUED);
    expect(found.scope).toBe('partial');
    expect(found.unread).toMatch(/^The issued file is not/);
    if (!what.startsWith('an entity')) expect(contentDifferences(found)).toEqual([]);
    const changed = contentDifferences(compare(issued, replaced('FV/1', 'FV/2'), FACTS));
    expect(changed).toContainEqual({ path: '//P_2', kind: 'content', before: 'FV/1', after: 'FV/2' });
  });

  it('is held to the facts where the search finds nothing', () => {
    const found = compare(new Uint8Array([0xff, 0xfe, 0x00]), replaced('FV/1', 'FV/2'));
    expect(found).toMatchObject({
      scope: 'partial',
      differences: expect.arrayContaining([
        { path: '/Faktura/Fa/P_2', kind: 'content', before: 'FV/1', after: 'FV/2' },
      ]),
    });
  });
});

describe('any invoice', () => {
  const model = aModel();
  const base = xmlOf(model);
  const facts = factsOf(base);
  /** Every field with a value: where it starts and ends. */
  const fields = [...base.matchAll(/>([^<>\n]+)</g)].map(({ index, 1: value = '' }) => ({ at: index + 1, value }));

  it('has no content difference to itself, however it is laid out', () => {
    const layout = fc.record({
      prefix: fc.constantFrom('', 'a', 'fa3'),
      indent: fc.constantFrom('', ' ', '\n', '\r\n\t'),
      declaration: fc.constantFrom('', '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8'?>\n"),
      comment: fc.constantFrom('', '<!-- x -->'),
      mark: fc.boolean(),
      padding: fc.constantFrom('', ' ', '\t\n'),
    });
    fc.assert(
      fc.property(layout, ({ prefix, indent, declaration, comment, mark, padding }) => {
        const named = prefix === '' ? '' : `${prefix}:`;
        const body = base
          .replace(/^<\?xml[^>]*\?>\s*/, '')
          .replaceAll(/<(\/?)([A-Za-z])/g, `<$1${named}$2`)
          .replace('xmlns=', prefix === '' ? 'xmlns=' : `xmlns:${prefix}=`)
          .replaceAll('><', `>${indent}${comment}<`)
          .replaceAll(/>([^<>\n]+)</g, `>${padding}$1${padding}<`);
        const found = compare(`${mark ? '\ufeff' : ''}${declaration}${body}`, base, facts, facts);
        expect(contentDifferences(found)).toEqual([]);
        expect(found.scope).toBe('full');
      }),
      { numRuns: 60 },
    );
  });

  it('differs in content wherever one visible character of a field does', () => {
    fc.assert(
      fc.property(fc.nat(fields.length - 1), fc.nat(), fc.constantFrom('x', '0', 'ą', '7'), (which, where, put) => {
        const field = fields[which];
        if (field === undefined) return;
        const at = field.at + (where % field.value.length);
        const changed = `${base.slice(0, at)}${put}${base.slice(at)}`;
        const name = /<(\w+)[^<>]*>$/.exec(base.slice(0, field.at))?.[1] ?? '';
        const found = compare(base, changed, facts, facts);
        if (name === 'DataWytworzeniaFa' || name === 'SystemInfo') return;
        const value = `${field.value.slice(0, at - field.at)}${put}${field.value.slice(at - field.at)}`;
        if (NUMERIC_FIELDS.has(name) && sameNumber(field.value, value)) return;
        const content = contentDifferences(found);
        expect(content).toHaveLength(1);
        expect(content[0]?.path).toMatch(new RegExp(`/${name}(\\[\\d+\\])?$`));
      }),
      { numRuns: 300 },
    );
  });

  it('is compared without holding on to memory of the parser', () => {
    compare(ISSUED, ISSUED);
    diag.configure({ enabled: true });
    for (let round = 0; round < 50; round++) {
      compare(ISSUED, ISSUED);
      compare(ISSUED.slice(0, -5), ISSUED);
    }
    const undisposed = Object.keys(diag.report() as object);
    diag.configure({ enabled: false });
    expect(undisposed).toEqual([]);
  });
});
