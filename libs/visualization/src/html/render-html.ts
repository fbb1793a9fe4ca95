import type { Block, Card, CodesBlock, Field, PrintDocument, Section, TableBlock } from '../model/print-document.js';
import { HTML_STYLE } from './html-style.js';

/** A page that stands alone: no script, nothing loaded, images within; for screens, paper and screen readers. */
export function renderHtml(document: PrintDocument): string {
  const { language, title, reference, notice, facts, sections } = document;
  return [
    `<!doctype html>`,
    `<html lang="${language}">`,
    `<head>`,
    `<meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">`,
    `<meta name="referrer" content="no-referrer">`,
    `<title>${escape(reference === '' ? title : `${title} ${reference}`)}</title>`,
    `<style>${HTML_STYLE}</style>`,
    `</head>`,
    `<body><main>`,
    `<header>`,
    `<h1>${escape(title)}${reference === '' ? '' : ` <span class="reference">${bidi(reference)}</span>`}</h1>`,
    ...(notice === undefined ? [] : [`<p class="notice" role="note">${escape(notice)}</p>`]),
    fieldList(facts),
    `</header>`,
    ...sections.map(sectionHtml),
    `</main></body>`,
    `</html>`,
    ``,
  ].join('\n');
}

function sectionHtml({ heading, blocks }: Section): string {
  const title = heading === undefined ? '' : `<h2>${escape(heading)}</h2>\n`;
  return `<section>\n${title}${blocks.map((block) => blockHtml(block, 3)).join('\n')}\n</section>`;
}

/** @param level of the next heading, h3 to h6 */
function blockHtml(block: Block, level: number): string {
  switch (block.kind) {
    case 'fields':
      return fieldList(block.fields);
    case 'cards':
      return `<div class="cards">\n${block.cards.map((card) => cardHtml(card)).join('\n')}\n</div>`;
    case 'table':
      return tableHtml(block);
    case 'total':
      return `<p class="total"><span>${escape(block.label)}</span> <strong>${escape(block.value)}</strong></p>`;
    case 'text':
      return `<p${block.tone === undefined ? '' : ` class="${block.tone}"`}>${lines(block.text)}</p>`;
    case 'codes':
      return codesHtml(block);
    case 'section': {
      const heading = `h${String(Math.min(level, 6))}`;
      const inner = block.blocks.map((each) => blockHtml(each, level + 1)).join('\n');
      return `<section class="part">\n<${heading}>${escape(block.heading)}</${heading}>\n${inner}\n</section>`;
    }
  }
}

const cardHtml = ({ heading, title, fields }: Card): string =>
  [
    `<section class="card">`,
    `<h2>${escape(heading)}</h2>`,
    ...(title === undefined ? [] : [`<p class="name">${bidi(title)}</p>`]),
    fieldList(fields),
    `</section>`,
  ].join('\n');

const fieldList = (fields: readonly Field[]): string =>
  fields.length === 0
    ? ''
    : `<dl>\n${fields.map(({ label, value }) => `<div><dt>${escape(label)}</dt><dd>${lines(value)}</dd></div>`).join('\n')}\n</dl>`;

function tableHtml({ caption, columns, rows, foot = [] }: TableBlock): string {
  const cell = (text: string, at: number, notes: readonly Field[] = []): string => {
    const align = columns[at]?.align === 'end' ? ' class="end"' : '';
    const small = notes.map(({ label, value }) => `<span>${escape(label)}: ${lines(value)}</span>`).join(' ');
    return `<td${align}>${lines(text)}${small === '' ? '' : `<div class="notes">${small}</div>`}</td>`;
  };
  const row = (cells: TableBlock['rows'][number]): string =>
    `<tr>${cells.map(({ text, notes }, at) => cell(text, at, notes)).join('')}</tr>`;
  return [
    `<div class="table"><table>`,
    ...(caption === undefined ? [] : [`<caption>${escape(caption)}</caption>`]),
    `<thead><tr>${columns
      .map(({ header, align }) => `<th scope="col"${align === 'end' ? ' class="end"' : ''}>${escape(header)}</th>`)
      .join('')}</tr></thead>`,
    `<tbody>\n${rows.map(row).join('\n')}\n</tbody>`,
    ...(foot.length === 0 ? [] : [`<tfoot>\n${foot.map(row).join('\n')}\n</tfoot>`]),
    `</table></div>`,
  ].join('\n');
}

const codesHtml = ({ codes }: CodesBlock): string =>
  `<div class="codes">\n${codes
    .map(({ heading, alternative, link, png }) =>
      [
        `<figure>`,
        `<figcaption>${escape(heading)}</figcaption>`,
        `<img src="data:image/png;base64,${Buffer.from(png).toString('base64')}" alt="${escape(alternative)}" style="width:${widthMm(png)}mm">`,
        `<p class="link"><a href="${escape(link)}" rel="noreferrer">${escape(link)}</a></p>`,
        `</figure>`,
      ].join('\n'),
    )
    .join('\n')}\n</div>`;

/** 0.6 mm to a module of 8 pixels, as in the PDF; the width of a PNG stands in its header (ISO/IEC 15948). */
const widthMm = (png: Uint8Array): string => String((Buffer.from(png).readUInt32BE(16) / 8) * 0.6);

/** Values keep their lines and their own direction of writing. */
const lines = (text: string): string => text.split('\n').map(bidi).join('<br>');

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

const bidi = (text: string): string => (RIGHT_TO_LEFT.test(text) ? `<bdi>${escape(text)}</bdi>` : escape(text));

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
