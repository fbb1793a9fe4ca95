import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { bytesOf, documents, factsOf, xmlOf } from './testing/documents.js';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples', 'invoices');
const SCHEMAS = join(import.meta.dirname, '..', 'schemas');
const files = readdirSync(EXAMPLES);
const xmlFiles = files.filter((name) => name.endsWith('.xml'));
const jsonFiles = files.filter((name) => name.endsWith('.json'));
const textOf = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');
const modelOf = (name: string): unknown => JSON.parse(textOf(name));

const SELLER = '5265877635';

describe('the example invoices', () => {
  it('are there', () => {
    expect(xmlFiles.length).toBeGreaterThanOrEqual(12);
    expect(jsonFiles.length).toBeGreaterThanOrEqual(5);
  });

  it.each(xmlFiles)('%s is accepted', (name) => {
    const facts = factsOf(readFileSync(join(EXAMPLES, name)));
    expect([facts.sellerNip, facts.buyer.kind === 'nip' ? facts.buyer.nip : '']).toContain(SELLER);
    expect(facts.selfBilling).toBe(facts.sellerNip !== SELLER);
  });

  it.each(xmlFiles)('%s has one P_1 and one P_2, each on a line of its own', (name) => {
    expect(textOf(name).match(/<P_1>/g)).toHaveLength(1);
    expect(textOf(name).match(/<P_2>/g)).toHaveLength(1);
    expect(textOf(name)).toMatch(/\n *<P_1>2026-11-(18|19|20)<\/P_1>\n/);
    expect(textOf(name)).toMatch(/\n *<P_2>[A-Z]+\/2026\/11\/\d{4}<\/P_2>\n/);
  });

  it.each(jsonFiles)('%s becomes an accepted document', (name) => {
    const model = modelOf(name) as { number: string; seller: { nip: string } };
    expect(factsOf(xmlOf(model))).toMatchObject({ number: model.number, sellerNip: model.seller.nip });
  });

  it.each(jsonFiles.filter((name) => xmlFiles.includes(name.replace('json', 'xml'))))(
    '%s comes to the same sums as its XML, which was written by hand',
    (name) => {
      const sums = (xml: string): string[] =>
        Array.from(
          xml.replaceAll(/<!--.*?-->|<!\[CDATA\[|\]\]>/gs, '').matchAll(/<P_1[345]\w*>[^<]*/g),
          ([sum]) => sum,
        );
      const byHand = sums(textOf(name.replace('json', 'xml')));
      expect(byHand.length).toBeGreaterThan(1);
      expect(sums(xmlOf(modelOf(name)))).toEqual(byHand);
    },
  );

  it('show what their names say', () => {
    const facts = (name: string) => factsOf(readFileSync(join(EXAMPLES, name)));
    expect(facts('advance.xml').kind).toBe('ZAL');
    expect(facts('settlement.xml').kind).toBe('ROZ');
    expect(facts('simplified.xml').kind).toBe('UPR');
    expect(facts('correction.xml').correctedKsefNumbers).toEqual(['5265877635-20261016-0A00C3D41E90-05']);
    expect(facts('correction-original-outside-ksef.xml')).toMatchObject({
      correctedKsefNumbers: [],
      correctedNumbers: ['FV/2026/01/0019'],
    });
    expect(facts('eu-buyer-wdt.xml').buyer).toEqual({ kind: 'eu-vat', country: 'DE', number: '811999999' });
    expect(facts('foreign-buyer-export.xml').buyer).toEqual({ kind: 'foreign', country: 'NO', number: '987654321MVA' });
    expect(facts('consumer-without-nip.xml').buyer).toEqual({ kind: 'none' });
    expect(facts('self-billing.xml')).toMatchObject({ sellerNip: '9456781204', buyer: { nip: SELLER } });
    expect(facts('special-characters.xml')).toMatchObject({
      grossAmount: '246.00',
      buyerName: '„Gęś & Źdźbło” — Żółć, Ćma i Jaźń s.c.',
    });
    expect(textOf('two-hundred-lines.xml').match(/<FaWiersz>/g)).toHaveLength(200);
  });
});

const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;
if (!hasXmllint) console.info('xmllint is not installed: the documents are not checked by a second implementation');

(hasXmllint ? describe : describe.skip)('xmllint agrees', () => {
  let directory = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'fa3-xmllint-'));
    const base = `${pathToFileURL(join(SCHEMAS, 'bazowe')).href}/`;
    const imports = 'http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/';
    writeFileSync(
      join(directory, 'catalog.xml'),
      `<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"><rewriteSystem systemIdStartString="${imports}" rewritePrefix="${base}"/><rewriteURI uriStartString="${imports}" rewritePrefix="${base}"/></catalog>`,
    );
    for (const name of jsonFiles) {
      const built = documents.build(modelOf(name));
      writeFileSync(join(directory, basename(name, '.json') + '.built.xml'), built.ok ? built.value : '');
    }
    writeFileSync(join(directory, 'wrong.xml'), bytesOf('<Faktura/>'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const validate = (paths: readonly string[]): string =>
    execFileSync('xmllint', ['--nonet', '--noout', '--schema', join(SCHEMAS, 'schemat_FA(3)_v1-0E.xsd'), ...paths], {
      env: { XML_CATALOG_FILES: join(directory, 'catalog.xml'), PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });

  it('on every XML example', () => {
    expect(() => validate(xmlFiles.map((name) => join(EXAMPLES, name)))).not.toThrow();
  });

  it('on what is built from every JSON example', () => {
    const built = readdirSync(directory).filter((name) => name.endsWith('.built.xml'));
    expect(built).toHaveLength(jsonFiles.length);
    expect(() => validate(built.map((name) => join(directory, name)))).not.toThrow();
  });

  it('and says no when it should', () => {
    expect(() => validate([join(directory, 'wrong.xml')])).toThrow(/fails to validate/);
  });
});
