import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { anInvoice, bytesOf, codesOf, factsOf, findingsOf, read } from '../testing/documents.js';

const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const withBytes = (...insert: number[]): Uint8Array => {
  const [before = '', after = ''] = anInvoice({ number: '@' }).split('@');
  return Uint8Array.of(...bytesOf(before), ...insert, ...bytesOf(after));
};
const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

describe('document types and entities', () => {
  const LAUGHS = Array.from({ length: 12 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');
  it.each([
    ['billion laughs', `<!DOCTYPE Faktura [<!ENTITY l0 "ha">${LAUGHS}]>`, '&l12;'],
    ['quadratic blow-up', `<!DOCTYPE Faktura [<!ENTITY a "${'a'.repeat(50_000)}">]>`, '&a;'.repeat(5000)],
    ['external entity', '<!DOCTYPE Faktura [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '&x;'],
    ['external DTD', '<!DOCTYPE Faktura SYSTEM "http://127.0.0.1:9/x.dtd">', 'FV/1'],
    ['parameter entity', '<!DOCTYPE Faktura [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>', 'FV/1'],
    ['lower-case doctype', '<!doctype Faktura []>', 'FV/1'],
    ['a DOCTYPE after a comment', '<!-- x --><!DOCTYPE Faktura []>', 'FV/1'],
  ])('%s is refused before a parser sees it', (_name, doctype, number) => {
    expect(codesOf(anInvoice({ prolog: `<?xml version="1.0"?>\n${doctype}`, number }))).toEqual(['DOCTYPE']);
  });

  it('undefined entities are refused, the five of XML are read', () => {
    expect(codesOf(anInvoice({ number: '&foo;' }))).toEqual(['XML_NOT_WELL_FORMED']);
    expect(factsOf(anInvoice({ number: '&lt;&gt;&amp;&apos;&quot;' })).number).toBe(`<>&'"`);
  });

  it('the words in a comment or a CDATA section are only words', () => {
    expect(factsOf(anInvoice({ number: '<![CDATA[<!DOCTYPE x><?pi?>&#x7f;]]>' })).number).toBe(
      '<!DOCTYPE x><?pi?>&#x7f;',
    );
    expect(read(anInvoice({ tail: '<!-- <!DOCTYPE x><?pi?>&#x7f; -->' })).ok).toBe(true);
  });

  it('a comment opened inside an attribute hides nothing', () => {
    const document = anInvoice({ rootAttributes: ' a="<!--"', tail: '<?pi?><!DOCTYPE x><!-- -->' });
    expect(new Set(codesOf(document))).toEqual(new Set(['XML_NOT_WELL_FORMED']));
  });
});

describe('processing instructions and the XML declaration', () => {
  it.each([
    ['before the root', anInvoice({ prolog: '<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?>' })],
    ['inside a value', anInvoice({ number: 'FV<?pi x?>/1' })],
    ['at the end', anInvoice() + '<?pi?>'],
  ])('an instruction %s is refused', (_where, document) => {
    expect(codesOf(document)).toEqual(['PROCESSING_INSTRUCTION']);
  });

  it('a second declaration is an instruction too', () => {
    expect(codesOf(anInvoice({ prolog: ' <?xml version="1.0"?>' }))).toContain('PROCESSING_INSTRUCTION');
  });

  it.each([
    ['', []],
    ['<?xml version="1.0"?>', []],
    [`<?xml version='1.0' encoding='utf-8' standalone='yes' ?>`, []],
    ['<?xml version="1.1"?>', ['XML_VERSION_NOT_ALLOWED']],
    ['<?xml version="1.0" encoding="ISO-8859-2"?>', ['ENCODING_DECLARATION_NOT_UTF8']],
    ['<?xml version="1.0" encoding="windows-1250"?>', ['ENCODING_DECLARATION_NOT_UTF8']],
    ['<?xml version="1.1" encoding="UTF-16"?>', ['XML_VERSION_NOT_ALLOWED', 'ENCODING_DECLARATION_NOT_UTF8']],
  ])('the declaration %s gives %j', (prolog, expected) => {
    const outcome = read(anInvoice({ prolog, number: 'Ż' }));
    expect(outcome.ok ? [] : outcome.error.map(({ code }) => code)).toEqual(expected);
  });

  it.each(['<?xml encoding="UTF-8"?>', '<?xml version=1.0?>', '<?xml version="1.0" encoding="UTF-8" foo="x"?>'])(
    'the declaration %s is malformed',
    (prolog) => {
      expect(codesOf(anInvoice({ prolog }))).toContain('XML_DECLARATION_MALFORMED');
    },
  );
});

describe('encodings', () => {
  it('a byte order mark is a finding beside the others', () => {
    expect(codesOf(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytesOf(anInvoice())))).toEqual(['BYTE_ORDER_MARK']);
    expect(codesOf(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytesOf(anInvoice({ gross: 'x' }))))).toEqual([
      'BYTE_ORDER_MARK',
      'XSD_WRONG_FORMAT',
    ]);
  });

  it.each([
    ['UTF-16 LE', Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(anInvoice(), 'utf16le')])],
    ['UTF-16 BE', Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(anInvoice(), 'utf16le').swap16()])],
    ['UTF-32 LE', Buffer.of(0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0)],
  ])('%s is refused by its mark', (name, bytes) => {
    const [finding, ...more] = findingsOf(bytes);
    expect(more).toEqual([]);
    expect(finding?.code).toBe('ENCODING_NOT_UTF8');
    expect(finding?.message).toContain(name.slice(0, 6));
  });

  it('UTF-16 without a mark is refused for its NULs', () => {
    expect(codesOf(Buffer.from(anInvoice(), 'utf16le'))).toEqual(['FORBIDDEN_CHARACTER']);
  });

  it.each([
    ['overlong slash', [0xc0, 0xaf], 'C0'],
    ['overlong NUL', [0xc0, 0x80], 'C0'],
    ['overlong <', [0xe0, 0x80, 0xbc], 'E0'],
    ['surrogate', [0xed, 0xa0, 0x80], 'ED'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], 'F4'],
    ['lone continuation', [0x80], '80'],
    ['cut sequence', [0xc5], 'C5'],
    ['ISO-8859-2 letter', [0xb3], 'B3'],
  ])('%s is refused with its place', (_name, bytes, hex) => {
    const [finding] = findingsOf(withBytes(0xef, 0xbf, 0xbd, ...bytes));
    const offset = bytesOf(anInvoice({ number: '@' }).split('@')[0] ?? '').length + 3;
    expect(finding).toEqual({
      code: 'ENCODING_NOT_UTF8',
      message: `Byte ${hex} at offset ${offset} is not valid UTF-8; write the whole file in UTF-8.`,
      line: 8,
    });
  });
});

describe('forbidden characters', () => {
  const FORBIDDEN = [0x0, 0x1, 0x8, 0xb, 0xc, 0x1f, 0x7f, 0x84, 0x86, 0x9f, 0xfdd0, 0xfdef, 0xfffe, 0xffff].concat(
    Array.from({ length: 16 }, (_, at) => [(at + 1) * 0x10000 + 0xfffe, (at + 1) * 0x10000 + 0xffff]).flat(),
  );
  const ALLOWED = [0x9, 0xa, 0xd, 0x20, 0x7e, 0x85, 0xa0, 0xfdcf, 0xfdf0, 0xfffd, 0x1fffd, 0x20000, 0x10fffd];

  it.each(FORBIDDEN)('code point %i is refused literally and as a reference, and its line is kept', (codePoint) => {
    const forms = [
      String.fromCodePoint(codePoint),
      `&#${codePoint};`,
      `&#x${codePoint.toString(16)};`,
      `&#x000${codePoint.toString(16).toUpperCase()};`,
    ];
    for (const form of forms) {
      const [finding] = findingsOf(anInvoice({ number: `a${form}b` }));
      expect(finding).toMatchObject({ code: 'FORBIDDEN_CHARACTER', line: 8 });
      expect(finding?.message).toContain(`U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`);
    }
  });

  it.each(ALLOWED)('code point %i is allowed literally and as a reference', (codePoint) => {
    for (const form of [String.fromCodePoint(codePoint), `&#${codePoint};`, `&#x${codePoint.toString(16)};`]) {
      expect(read(anInvoice({ number: `a${form}b` })).ok).toBe(true);
    }
  });

  it('references are seen in attributes, and to what no character is', () => {
    expect(codesOf(anInvoice().replace('"1-0E"', '"1-0E&#x7f;"'))).toContain('FORBIDDEN_CHARACTER');
    for (const reference of ['&#xD800;', '&#x110000;', '&#99999999999999999999;', `&#${'9'.repeat(400)};`]) {
      expect(codesOf(anInvoice({ number: reference }))).toEqual(['FORBIDDEN_CHARACTER']);
    }
  });

  it('one finding per character says how often it occurs', () => {
    const [finding, ...more] = findingsOf(anInvoice({ number: '\u0080\u0080', gross: '\u0080' }));
    expect(finding?.message).toContain('Character U+0080 (3 times, first here)');
    expect(more.map(({ code }) => code)).toEqual(['XSD_WRONG_FORMAT']);
  });
});

describe('structure', () => {
  it.each([
    ['empty', '', 'XML_NOT_WELL_FORMED'],
    ['white space', ' \n ', 'XML_NOT_WELL_FORMED'],
    ['no XML', 'hello', 'XML_NOT_WELL_FORMED'],
    ['JSON', '{"number":"1"}', 'XML_NOT_WELL_FORMED'],
    ['open comment', '<!-- ', 'XML_NOT_WELL_FORMED'],
    ['open CDATA', '<a><![CDATA[', 'XML_NOT_WELL_FORMED'],
    ['open instruction', '<a/><?', 'PROCESSING_INSTRUCTION'],
    ['two roots', '<a/><b/>', 'XML_NOT_WELL_FORMED'],
    ['crossed tags', '<a><b></a></b>', 'XML_NOT_WELL_FORMED'],
    ['lone ampersand', '<a>A & B</a>', 'XML_NOT_WELL_FORMED'],
    ['duplicate attribute', '<a b="1" b="2"/>', 'XML_NOT_WELL_FORMED'],
    ['duplicate attribute by namespace', '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', 'XML_NOT_WELL_FORMED'],
    ['undeclared prefix', '<p:a/>', 'XML_NOT_WELL_FORMED'],
    ['reserved prefix', '<a xmlns:xml="urn:x"/>', 'XML_NOT_WELL_FORMED'],
    ['depth 100 000', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`, 'XML_TOO_DEEP'],
    ['depth 100 000, never closed', '<a>'.repeat(100_000), 'XML_TOO_DEEP'],
    ['a tag of 900 000 characters', `<${'a'.repeat(900_000)}/>`, 'XML_NOT_WELL_FORMED'],
  ])('%s is refused', (_name, document, code) => {
    expect(codesOf(document)).toContain(code);
  });

  it('100 000 attributes, references, instructions or comments end in findings', () => {
    const attributes = Array.from({ length: 60_000 }, (_, at) => ` a${at}=""`).join('');
    expect(codesOf(anInvoice({ rootAttributes: attributes })).at(-1)).toBe('FINDINGS_CUT');
    expect(codesOf(anInvoice({ tail: '<?x?>'.repeat(100_000) }))).toHaveLength(201);
    expect(codesOf(anInvoice({ number: '&#1;'.repeat(100_000) }))).toEqual(['FORBIDDEN_CHARACTER']);
    expect(read(anInvoice({ tail: '<!---->'.repeat(100_000) })).ok).toBe(true);
  });

  it('a value of almost 1 MB is quoted shortly', () => {
    const found = findingsOf(
      anInvoice({ number: `${'\n'.repeat(400_000)}${"' is not ('9')".repeat(30_000)}`, kind: 'x\n'.repeat(40_000) }),
    );
    expect(found.map(({ code }) => code)).toEqual(['XSD_TOO_LONG', 'XSD_TOO_LONG', 'XSD_VALUE_NOT_ALLOWED']);
    for (const { message } of found) {
      expect(message.length).toBeLessThan(300);
      expect(message).not.toContain('\n');
    }
  });
});

describe('namespace tricks', () => {
  const NS = 'http://crd.gov.pl/wzor/2025/06/25/13775/';
  it.each([
    [
      'a second seller in no namespace',
      anInvoice().replace('<Podmiot2>', '<Podmiot1 xmlns=""><NIP>7712345609</NIP></Podmiot1><Podmiot2>'),
    ],
    [
      'P_2 in another namespace first',
      anInvoice({ number: 'x' }).replace('<P_2>', '<P_2 xmlns="urn:x">FV/2</P_2><P_2>'),
    ],
    ['P_2 twice', anInvoice().replace('<P_2>', '<P_2>FV/2</P_2><P_2>')],
    ['an element inside P_2', anInvoice({ number: 'FV<b>/2</b>' })],
    ['the namespace without its slash', anInvoice().replace(NS, NS.slice(0, -1))],
    ['the namespace in capitals', anInvoice().replace(NS, NS.toUpperCase())],
    [
      'xsi:type to another type',
      anInvoice({ rootAttributes: XSI }).replace(
        '<P_2>',
        `<P_2 xsi:type="xsd:int" xmlns:xsd="http://www.w3.org/2001/XMLSchema">`,
      ),
    ],
    ['xsi:nil', anInvoice({ rootAttributes: XSI }).replace('<P_2>FV/1', '<P_2 xsi:nil="true">')],
    ['an unknown attribute', anInvoice({ rootAttributes: ' foo="1"' })],
    ['a signature inside', anInvoice({ tail: '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>' })],
  ])('%s is refused', (_name, document) => {
    expect(findingsOf(document).length).toBeGreaterThan(0);
  });

  it('xml:lang and redeclared prefixes change nothing', () => {
    const document = anInvoice({ rootAttributes: ` xmlns:a="${NS}"` }).replaceAll('P_2>', 'a:P_2>');
    expect(factsOf(document).number).toBe('FV/1');
  });
});

describe('the world outside', () => {
  it('is never asked for anything: no request, no file content in an answer', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.end('SECRET-MARKER');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const directory = mkdtempSync(join(tmpdir(), 'fa3-'));
    writeFileSync(join(directory, 'x.xsd'), 'SECRET-MARKER');
    const port = String((server.address() as AddressInfo).port);
    const places = [
      `http://127.0.0.1:${port}/x.xsd`,
      pathToFileURL(join(directory, 'x.xsd')).href,
      join(directory, 'x.xsd'),
    ];
    const answers = places.flatMap((place) => [
      read(anInvoice({ prolog: `<!DOCTYPE Faktura [<!ENTITY x SYSTEM "${place}">]>`, number: '&x;' })),
      read(anInvoice({ prolog: `<!DOCTYPE Faktura SYSTEM "${place}">` })),
      read(
        anInvoice({
          rootAttributes: `${XSI} xsi:schemaLocation="urn:other ${place}"`,
          tail: '<o:x xmlns:o="urn:other"/>',
        }),
      ),
      read(anInvoice({ rootAttributes: `${XSI} xsi:noNamespaceSchemaLocation="${place}"` })),
      read(
        anInvoice({ tail: `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${place}" parse="text"/>` }),
      ),
      read(anInvoice({ prolog: `<?xml-stylesheet href="${place}"?>` })),
    ]);
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
    expect(requests).toBe(0);
    expect(JSON.stringify(answers)).not.toContain('SECRET-MARKER');
    expect(answers.map(({ ok }) => ok)).toEqual(places.flatMap(() => [false, false, false, true, false, false]));
  });

  it('hints where a schema might be are allowed and mean nothing', () => {
    const hint = (uri: string): string => `${XSI} xsi:schemaLocation="http://crd.gov.pl/wzor/2025/06/25/13775/ ${uri}"`;
    const base = 'http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/KodyKrajow_v10-0E.xsd';
    for (const uri of ['http://crd.gov.pl/wzor/2025/06/25/13775/schemat.xsd', base, 'schemat.xsd']) {
      expect(factsOf(anInvoice({ rootAttributes: hint(uri) }))).toEqual(factsOf(anInvoice()));
    }
  });
});

describe('bytes that are no document at all', () => {
  it('are refused', () => {
    for (let byte = 0; byte < 256; byte++) expect(findingsOf(Uint8Array.of(byte)).length).toBeGreaterThan(0);
    expect(findingsOf(latin('PK\x03\x04\x00\xff')).length).toBeGreaterThan(0);
  });
});
