import type { PrintDocument } from '../model/print-document.js';
import { drawBlock, drawFields, drawHeading, drawText } from './draw-blocks.js';
import { COLORS, PageFlow } from './page-flow.js';
import type { TextLine } from './text-lines.js';
import { Typefaces } from './typefaces.js';

/** A PDF for archives and screen readers: tagged, with its fonts, its language and its title (PDF/A-2a). */
export class PdfRenderer {
  readonly #typefaces = new Typefaces();

  async render(document: PrintDocument): Promise<Uint8Array> {
    const flow = new PageFlow(document, this.#typefaces);
    drawTitle(flow, document);
    for (const { heading, blocks } of document.sections) {
      const section = flow.element('Sect', flow.root);
      if (heading !== undefined) drawHeading(flow, heading, section, 2, blocks[0]);
      for (const block of blocks) drawBlock(flow, block, section);
      flow.y += 2;
    }
    flow.finishPages((page, pages) => footerOf(flow, document, page, pages));
    return flow.bytes();
  }
}

/** A number has up to 256 characters; one that long is set in smaller letters. */
const LONG_REFERENCE = 60;

function drawTitle(flow: PageFlow, { title, reference, notice, facts }: PrintDocument): void {
  const lines = flow.lines.wrap(
    [
      { text: title, isBold: true, color: COLORS.accent },
      { text: reference === '' ? '' : ` ${reference}`, isBold: true },
    ],
    reference.length > LONG_REFERENCE ? 12 : 17,
    flow.width,
  );
  flow.mark(flow.element('H1', flow.root), 'H1', () => {
    flow.y = flow.drawLines(lines, flow.left, flow.y);
  });
  flow.y += 3;
  if (notice !== undefined) {
    drawText(flow, [{ text: notice, isBold: true, color: COLORS.alarm }], 9.6, flow.root);
  }
  flow.rule(flow.left, flow.y, flow.width, COLORS.accent, 1.4);
  flow.y += 6;
  drawFields(flow, facts, flow.root);
}

/** The end of a long number tells more than its middle: it is cut in front, with dots. */
function footerOf(
  flow: PageFlow,
  { language, title, reference }: PrintDocument,
  page: number,
  pages: number,
): readonly [TextLine, TextLine] {
  const count =
    language === 'pl' ? `Strona ${String(page)} z ${String(pages)}` : `Page ${String(page)} of ${String(pages)}`;
  const one = (text: string, width: number): TextLine =>
    flow.lines.wrap([{ text, color: COLORS.soft }], 7, width)[0] ?? { pieces: [], width: 0, size: 7 };
  const room = flow.width * 0.8;
  const name = `${title} ${reference}`.trim();
  const letters = Array.from(name);
  let text = name;
  for (let cut = 1; flow.lines.extent([{ text }], 7).line > room && cut < letters.length; cut += 1) {
    text = `… ${letters.slice(cut).join('')}`;
  }
  return [one(text, room), one(count, flow.width)];
}
