import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentElement, LabelledCode } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { invoiceDocument } from '../fa3/invoice-document.js';
import { transactionConfirmation } from '../fa3/transaction-confirmation.js';
import { textsOf, type PrintDocument } from '../model/print-document.js';
import { qrCodeImages } from '../qr-code-images.js';
import { printCodes } from '../rendering/print-codes.js';
import { KOD_I, KOD_II_RSA, KSEF_NUMBER } from '../testing/codes.js';
import { elementsOf } from '../testing/elements.js';
import { hostileInvoice, manyLines, smallInvoice } from '../testing/hostile-invoices.js';
import { schemaSample } from '../testing/schema-sample.js';
import {
  fontsOfPdf,
  itWithPoppler,
  lettersOf,
  pagesOfPdf,
  pdfInfo,
  structureOfPdf,
  textOfPdf,
  wordsOfPdf,
} from '../testing/poppler.js';
import { itWithZbar, readByZbar } from '../testing/zbar.js';
import { PdfRenderer } from './render-pdf.js';

const EXAMPLES = join(import.meta.dirname, '../../../../examples/invoices');
const FILES = readdirSync(EXAMPLES).filter((name) => name.endsWith('.xml'));

const CODES: readonly LabelledCode[] = [
  { kind: 'KOD I', link: KOD_I, label: 'OFFLINE' },
  { kind: 'KOD II', link: KOD_II_RSA, label: 'CERTYFIKAT' },
];

const withPoppler = itWithPoppler();
const withZbar = itWithZbar() === it && withPoppler === it ? it : it.skip;
const pdf = new PdfRenderer();

const show = (invoice: DocumentElement, codes: readonly LabelledCode[] = []): PrintDocument =>
  invoiceDocument({ invoice, standing: 'offline', codes: printCodes(codes, qrCodeImages, 'pl') }, 'pl');

/** Texts of a document that the PDF does not give back; labels of codes are within their images. */
function missing(document: PrintDocument, bytes: Uint8Array): readonly string[] {
  const text = lettersOf(textOfPdf(bytes));
  return textsOf(document).filter((part) => part.split('\n').some((line) => !text.includes(lettersOf(line))));
}

/** A4 in points, less the margins of 14 mm at the sides and 13 mm above. */
const [LEFT, RIGHT, TOP, BOTTOM] = [39.6, 555.7, 36.8, 841.9];

function expectTidy(bytes: Uint8Array): void {
  const words = wordsOfPdf(bytes);
  const pages = Number(pdfInfo(bytes)['Pages']);
  expect(words.filter(({ xMin, xMax }) => xMin < LEFT - 1 || xMax > RIGHT + 1)).toEqual([]);
  expect(words.filter(({ yMin, yMax }) => yMin < TOP - 6 || yMax > BOTTOM)).toEqual([]);
  for (let page = 1; page <= pages; page += 1) {
    const above = words.filter((word) => word.page === page && word.yMax < BOTTOM - 60);
    expect([page, above.length > 0]).toEqual([page, true]);
  }
}

describe('a PDF', () => {
  withPoppler.each(FILES)('says all that the example %s says, within its margins', async (name) => {
    const document = show(elementsOf(readFileSync(join(EXAMPLES, name))));
    const bytes = await pdf.render(document);
    expect(missing(document, bytes)).toEqual([]);
    expectTidy(bytes);
  });

  withPoppler('says all that a document with every element of the schema says', async () => {
    const document = show(schemaSample().document);
    const bytes = await pdf.render(document);
    expect(missing(document, bytes)).toEqual([]);
    expectTidy(bytes);
  });

  withPoppler('breaks what is too long, spells what it has no letters for, and stays within its margins', async () => {
    const bytes = await pdf.render(show(hostileInvoice));
    const text = lettersOf(textOfPdf(bytes));
    expect(text).toContain('Konstantynopolitańczykowianeczka'.repeat(13));
    expect(text).toContain('<script>alert(1)</script>');
    expect(text).toContain('上海贸易有限公司');
    expect(text).toContain('Українська');
    expect(text).toContain('[U+D55C][U+AD6D]');
    // From right to left, word by word, as it is seen.
    for (const word of ['שלום', 'עולם', 'مرحبا', 'بالعالم', '٣٤٥']) expect(text).toContain(word);
    expect(text).toContain('Nieznany:elementspozaschemy');
    expect(text).toContain('Najglebiejwartośćsprzedlat');
    expectTidy(bytes);
  });

  withPoppler('repeats the header of a table on each of its pages, and numbers them', async () => {
    const document = show(manyLines(500));
    const bytes = await pdf.render(document);
    const pages = textOfPdf(bytes).split('\f').slice(0, -1);
    const count = Number(pdfInfo(bytes)['Pages']);
    expect(count).toBeGreaterThan(15);
    expect(pages).toHaveLength(count);
    pages.forEach((page, at) => {
      expect(lettersOf(page)).toContain(`FakturaFV/500Strona${String(at + 1)}z${String(count)}`);
    });
    const withLines = pages.filter((page) => /etap \d+/.test(page));
    for (const page of withLines) expect(lettersOf(page)).toContain('Lp.Nazwatowarulubusługi');
    expect(withLines.length).toBeGreaterThan(10);
    expect(missing(document, bytes)).toEqual([]);
    expectTidy(bytes);
  });

  withPoppler('parts no line of an invoice between two pages', async () => {
    const bytes = await pdf.render(show(manyLines(120)));
    const pages = textOfPdf(bytes).split('\f');
    for (let line = 1; line <= 120; line += 1) {
      const start = pages.findIndex((page) => page.includes(`etap ${String(line)}:`));
      expect(lettersOf(pages[start] ?? '')).toContain(
        `etap${String(line)}:przegląddokumentacjiiwdrożeniezaleceńPKWiU:62.02.30.0`,
      );
    }
  });

  withPoppler('is tagged, titled, in its language, with its fonts inside', async () => {
    const bytes = await pdf.render(show(smallInvoice({ number: 'FV/2026/11/7' }), CODES));
    const info = pdfInfo(bytes);
    expect(info).toMatchObject({ Title: 'Faktura FV/2026/11/7', Tagged: 'yes', JavaScript: 'no', Encrypted: 'no' });
    const plain = Buffer.from(bytes).toString('latin1');
    expect(plain).toMatch(/<pdfaid:part>2<\/pdfaid:part>\s*<pdfaid:conformance>A<\/pdfaid:conformance>/);
    const fonts = fontsOfPdf(bytes);
    expect(fonts.length).toBeGreaterThan(0);
    // Columns from the right: object number and generation, then "in Unicode", "subset", "embedded".
    for (const font of fonts) expect(font).toMatch(/\byes\s+yes\s+yes\s+\d+\s+\d+$/);
    const structure = structureOfPdf(bytes);
    for (const tag of ['H1', 'H2', 'P', 'Figure', 'Link']) expect(structure).toMatch(new RegExp(`^\\s+${tag}\\b`, 'm'));
    expect(plain).toContain('/Lang (pl)');
  });

  withPoppler('marks tables with the headers of their columns', async () => {
    const structure = structureOfPdf(await pdf.render(show(manyLines(2))));
    expect(structure).toMatch(/Table\b[\s\S]*?TR[\s\S]*?TH[\s\S]*?TR[\s\S]*?TD/);
  });

  withZbar('carries codes that are read from a picture of its page at 150 dots per inch', async () => {
    const bytes = await pdf.render(show(elementsOf(readFileSync(join(EXAMPLES, 'domestic-several-rates.xml'))), CODES));
    expect([...readByZbar(pagesOfPdf(bytes, 150))].sort()).toEqual([KOD_II_RSA, KOD_I].sort());
    // The links stand beneath as text, too.
    const text = lettersOf(textOfPdf(bytes));
    expect(text).toContain(KOD_I);
    expect(text).toContain(KOD_II_RSA);
    // So do the labels, which the eye sees within the images.
    for (const label of ['OFFLINE', 'CERTYFIKAT']) expect(text).toContain(label);
  });

  withZbar('carries one code with the KSeF number beneath it', async () => {
    const bytes = await pdf.render(show(smallInvoice({}), [{ kind: 'KOD I', link: KOD_I, label: KSEF_NUMBER }]));
    expect(readByZbar(pagesOfPdf(bytes, 150))).toEqual([KOD_I]);
    expect(textOfPdf(bytes).split(KSEF_NUMBER)).toHaveLength(2);
  });

  withZbar('confirms a transaction with both codes, and says that it is no invoice', async () => {
    const invoice = elementsOf(readFileSync(join(EXAMPLES, 'domestic-several-rates.xml')));
    const document = transactionConfirmation(invoice, printCodes(CODES, qrCodeImages, 'pl'), 'pl');
    const bytes = await pdf.render(document);
    expect([...readByZbar(pagesOfPdf(bytes, 150))].sort()).toEqual([KOD_II_RSA, KOD_I].sort());
    const text = textOfPdf(bytes);
    expect(text).toContain('Potwierdzenie transakcji');
    expect(text).toContain('To nie jest faktura');
    expect(text).not.toContain('Adnotacje');
  });
});
