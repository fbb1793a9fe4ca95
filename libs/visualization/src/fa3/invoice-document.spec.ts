import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentElement, DocumentLanguage } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { textsOf, type PrintDocument } from '../model/print-document.js';
import { elementsOf, textNodesOf } from '../testing/elements.js';
import { elementsOfTypes, schemaSample } from '../testing/schema-sample.js';
import { FA3_CODES } from './codes.js';
import { FA3_DECIMALS, FA3_LABELS, fa3Words } from './fa3-words.js';
import { invoiceDocument } from './invoice-document.js';

const EXAMPLES = join(import.meta.dirname, '../../../../examples/invoices');
const SAMPLES = process.env['KSEF_FA3_SAMPLES'];
if (SAMPLES === undefined) console.log('KSEF_FA3_SAMPLES is not set: official sample invoices are not looked at');

const xmlFiles = (folder: string): [string, string][] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.xml'))
    .map((name) => [name, join(folder, name)]);

const FILES = [...xmlFiles(EXAMPLES), ...(SAMPLES === undefined ? [] : xmlFiles(SAMPLES))];
const LANGUAGES: readonly DocumentLanguage[] = ['pl', 'en'];

const show = (invoice: DocumentElement, language: DocumentLanguage = 'pl'): PrintDocument =>
  invoiceDocument({ invoice, standing: 'offline', codes: [] }, language);

/** Codes that are said in words elsewhere than in their own place. */
const SAID_OTHERWISE = new Set([
  ...['P_16', 'P_17', 'P_18', 'P_18A', 'P_19', 'P_19N', 'P_22', 'P_22N', 'P_23', 'P_PMarzy', 'P_PMarzyN'],
  ...['P_PMarzy_2', 'P_PMarzy_3_1', 'P_PMarzy_3_2', 'P_PMarzy_3_3', 'NrKSeF', 'NrKSeFN', 'NrKSeFZN'],
  ...['StanPrzed', 'StanPrzedZ'],
]);

/** Values of the file that are not in the document. */
function lost(invoice: DocumentElement, language: DocumentLanguage): readonly string[] {
  const words = fa3Words(language);
  const shown = textsOf(show(invoice, language)).join('\n');
  return textNodesOf(invoice)
    .filter(({ name }) => !SAID_OTHERWISE.has(name))
    .filter(({ name, text }) => !shown.includes(words.value(name, text)))
    .map(({ name, text }) => `${name}: ${text}`);
}

describe('an FA(3) invoice as a document', () => {
  it.each(FILES)('shows every text of %s in both languages', (_name, file) => {
    const invoice = elementsOf(readFileSync(file));
    expect(textNodesOf(invoice).length).toBeGreaterThan(20);
    for (const language of LANGUAGES) expect(lost(invoice, language)).toEqual([]);
  });

  it('shows every element that the schema names, with its value', () => {
    const { document, elements } = schemaSample();
    expect(elements.length).toBeGreaterThan(250);
    for (const language of LANGUAGES) expect(lost(document, language)).toEqual([]);
  });

  it('knows which elements hold a decimal, by their types in the schema', () => {
    const named = elementsOfTypes(['TKwotowy', 'TKwotowy2', 'TIlosci', 'TProcentowy']);
    expect(named.length).toBeGreaterThan(50);
    expect([...FA3_DECIMALS].sort()).toEqual([...named].sort());
  });

  it('has a word in both languages for every element of the schema', () => {
    const nameless = schemaSample().elements.filter(({ name }) => !Object.hasOwn(FA3_LABELS, name));
    expect(nameless).toEqual([]);
  });

  it('says every code of the schema in words, except those that are words', () => {
    const WORDS = ['GTU', 'GTUZ', 'Procedura', 'ProceduraZ', 'KodWaluty', 'WalutaUmowna', 'KodKraju', 'KodUE', 'Kol'];
    const coded = schemaSample().elements.filter(
      ({ name, codes }) =>
        codes.length > 0 &&
        !WORDS.includes(name) &&
        !['PrefiksPodatnika', 'WariantFormularza', 'KodFormularza'].includes(name),
    );
    expect(coded.length).toBeGreaterThan(10);
    const unsaid = coded.flatMap(({ name, codes }) =>
      codes.filter((code) => FA3_CODES[name]?.[code] === undefined).map((code) => `${name} ${code}`),
    );
    expect(unsaid).toEqual([]);
  });
});
