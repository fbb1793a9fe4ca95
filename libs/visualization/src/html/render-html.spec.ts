import type { DocumentElement, LabelledCode } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { XmlDocument } from 'libxml2-wasm';
import { invoiceDocument } from '../fa3/invoice-document.js';
import { textsOf, type PrintDocument } from '../model/print-document.js';
import { qrCodeImages } from '../qr-code-images.js';
import { readQrPng } from '../read-png.js';
import { printCodes } from '../rendering/print-codes.js';
import { KOD_I, KOD_II_EC } from '../testing/codes.js';
import { elementsOf } from '../testing/elements.js';
import { hostileInvoice, manyLines, smallInvoice } from '../testing/hostile-invoices.js';
import { schemaSample } from '../testing/schema-sample.js';
import { renderHtml } from './render-html.js';

const CODES: readonly LabelledCode[] = [
  { kind: 'KOD I', link: KOD_I, label: 'OFFLINE' },
  { kind: 'KOD II', link: KOD_II_EC, label: 'CERTYFIKAT' },
];

const show = (invoice = smallInvoice({}), codes = CODES, language: 'pl' | 'en' = 'pl'): PrintDocument =>
  invoiceDocument({ invoice, standing: 'offline', codes: printCodes(codes, qrCodeImages, language) }, language);

/** The page as XML, with its void elements closed: proof that every tag is closed and every sign escaped. */
const asXml = (html: string): string =>
  html
    .replace('<!doctype html>', '')
    .replace(/<(meta|img)\b([^>]*)>/g, '<$1$2/>')
    .replaceAll('<br>', '\n')
    .replace(/<style>[\s\S]*?<\/style>/, '');

const allWithin = (element: DocumentElement): readonly DocumentElement[] => [
  element,
  ...element.children.flatMap(allWithin),
];
const parsed = (html: string): readonly DocumentElement[] => allWithin(elementsOf(asXml(html)));
const attribute = ({ attributes }: DocumentElement, name: string): string =>
  attributes.find((one) => one.name === name)?.value ?? '';

function textOf(html: string): string {
  using document = XmlDocument.fromString(asXml(html));
  return document.root.content;
}

describe('an HTML page', () => {
  it.each([
    ['with every element of the schema', schemaSample().document],
    ['of what people type', hostileInvoice],
    ['of 500 lines', manyLines(500)],
  ])('says all that a document %s says', (_name, invoice) => {
    const document = show(invoice, []);
    const text = textOf(renderHtml(document));
    expect(textsOf(document).filter((part) => !text.includes(part))).toEqual([]);
  });

  it('runs nothing, loads nothing and lets no text of the file become markup', () => {
    const html = renderHtml(show(hostileInvoice));
    const elements = parsed(html);
    expect(elements.some(({ name }) => ['script', 'iframe', 'link', 'object', 'form', 'b'].includes(name))).toBe(false);
    expect(
      elements.flatMap(({ attributes }) => attributes.map(({ name }) => name)).filter((name) => name.startsWith('on')),
    ).toEqual([]);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect([...html.matchAll(/ src="([^"]{5})/g)].map(([, start]) => start)).toEqual(['data:', 'data:']);
    expect(html).not.toMatch(/url\(|@import/);
  });

  it('names its language, its title and the headers of its tables', () => {
    const html = renderHtml(show(manyLines(3), [], 'en'));
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('<title>Invoice FV/3</title>');
    const elements = parsed(html);
    expect(elements.filter(({ name }) => name === 'h1')).toHaveLength(1);
    const headers = elements.filter(({ name }) => name === 'th');
    expect(headers.map(({ text }) => text)).toEqual([
      ...['No.', 'Goods or service', 'Quantity', 'Unit', 'Net price', 'Rate', 'Net value', 'VAT'],
    ]);
    for (const header of headers) expect(attribute(header, 'scope')).toBe('col');
  });

  it('shows codes that read back, and says in words what they are', () => {
    const html = renderHtml(show());
    const images = parsed(html).filter(({ name }) => name === 'img');
    const links = images.map((image) => {
      const source = attribute(image, 'src');
      return readQrPng(Buffer.from(source.slice('data:image/png;base64,'.length), 'base64'))?.toString('utf8');
    });
    expect(links).toEqual([KOD_I, KOD_II_EC]);
    expect(images.map((image) => attribute(image, 'alt'))).toEqual([
      ...[`KOD I OFFLINE: ${KOD_I}`, `KOD II CERTYFIKAT: ${KOD_II_EC}`],
    ]);
    expect(html).toContain(`<a href="${KOD_I}" rel="noreferrer">`);
  });

  it('keeps text from right to left to itself', () => {
    expect(renderHtml(show(hostileInvoice, []))).toContain('<bdi>שלום עולם 123 (abc)</bdi>');
  });
});
