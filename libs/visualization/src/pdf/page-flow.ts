import PDFDocument from 'pdfkit';
import type { PrintDocument } from '../model/print-document.js';
import { TextLines, type TextLine } from './text-lines.js';
import type { FaceName, Typefaces } from './typefaces.js';

export type Document = InstanceType<typeof PDFDocument>;
export type Structure = ReturnType<Document['struct']>;

export const COLORS = {
  ink: '#1b2430',
  soft: '#5a6675',
  line: '#cbd3dd',
  accent: '#12395f',
  tint: '#eef2f7',
  alarm: '#8a1c1c',
};

const MM = 72 / 25.4;
/** A4. */
const PAGE = { width: 210 * MM, height: 297 * MM };
const MARGIN = { left: 14 * MM, right: 14 * MM, top: 13 * MM, bottom: 17 * MM };

/** Of the size of the letters: from one base line to the next, and from the top of a line to its base line. */
const LEADING = 1.36;
const ASCENT = 1.06;

export const heightOf = (lines: readonly TextLine[]): number =>
  lines.reduce((sum, { size }) => sum + size * LEADING, 0);

/** Pages of a tagged PDF, filled from top to bottom. All lengths are points; `y` grows downwards. */
export class PageFlow {
  readonly document: Document;
  readonly root: Structure;
  readonly lines: TextLines;
  readonly left = MARGIN.left;
  readonly width = PAGE.width - MARGIN.left - MARGIN.right;
  readonly bottom = PAGE.height - MARGIN.bottom;
  y = MARGIN.top;
  readonly #faces = new Set<FaceName>();

  constructor(
    shown: PrintDocument,
    private readonly typefaces: Typefaces,
  ) {
    const title = shown.reference === '' ? shown.title : `${shown.title} ${shown.reference}`;
    // PDF/A-2a: fonts and colours within, tagged, for archives (ISO 19005-2).
    const options = {
      ...{ size: [PAGE.width, PAGE.height] as [number, number], margin: 0, autoFirstPage: true, bufferPages: true },
      ...{ pdfVersion: '1.7' as const, subset: 'PDF/A-2a' as const, tagged: true, displayTitle: true },
      lang: shown.language,
      // None at first: one that is opened under two names is opened anew at each use.
      font: null,
      info: { Title: title, Creator: 'Latarnik', Producer: 'Latarnik' },
    };
    // Its types want a font here; it does without.
    this.document = new PDFDocument(options as unknown as PDFKit.PDFDocumentOptions);
    this.lines = new TextLines(typefaces);
    this.root = this.document.struct('Document');
    this.document.addStructure(this.root);
  }

  get room(): number {
    return this.bottom - this.y;
  }

  /** Of an empty page. */
  get pageRoom(): number {
    return this.bottom - MARGIN.top;
  }

  /** Whether nothing stands on this page yet. */
  get isAtTop(): boolean {
    return this.y <= MARGIN.top;
  }

  newPage(): void {
    this.document.addPage();
    this.y = MARGIN.top;
  }

  /** Goes on to a new page unless so much fits on this one. */
  keep(height: number): void {
    if (height > this.room && !this.isAtTop) this.newPage();
  }

  element(type: string, parent: Structure, options: { scope?: 'Row' | 'Column'; alt?: string } = {}): Structure {
    const element = this.document.struct(type, options);
    parent.add(element);
    return element;
  }

  /** Draws something as content of an element of the structure. */
  mark(element: Structure, tag: string, draw: () => void): void {
    const content = this.document.markStructureContent(tag);
    draw();
    this.document.endMarkedContent();
    element.add(content);
  }

  /** Draws what is there for the eye alone: lines, areas, page numbers. */
  decorate(draw: () => void): void {
    this.document.markContent('Artifact', { type: 'Layout' });
    draw();
    this.document.endMarkedContent();
  }

  rule(x: number, y: number, width: number, color: string, thickness: number): void {
    this.decorate(() => {
      this.document
        .moveTo(x, y)
        .lineTo(x + width, y)
        .lineWidth(thickness)
        .strokeColor(color)
        .stroke();
    });
  }

  area(x: number, y: number, width: number, height: number, color: string): void {
    this.decorate(() => {
      this.document.rect(x, y, width, height).fillColor(color).fill();
    });
  }

  /** Draws lines from a top edge. @returns the bottom edge */
  drawLines(lines: readonly TextLine[], x: number, top: number, align?: { readonly width: number }): number {
    let y = top;
    for (const line of lines) {
      this.#drawLine(line, align === undefined ? x : x + align.width - line.width, y + line.size * ASCENT);
      y += line.size * LEADING;
    }
    return y;
  }

  /** Text that is found, copied and read aloud, and not seen: what an image says there already (ISO 32000-1, mode 3). */
  drawUnseen(lines: readonly TextLine[], x: number, top: number): void {
    this.document.save();
    this.document.addContent('3 Tr');
    this.drawLines(lines, x, top);
    this.document.restore();
  }

  #drawLine(line: TextLine, left: number, baseline: number): void {
    let x = left;
    for (const { face, text, color, width } of line.pieces) {
      this.document
        .font(this.#registered(face))
        .fontSize(line.size)
        .fillColor(color ?? COLORS.ink)
        .text(text, x, baseline, { lineBreak: false, baseline: 'alphabetic' });
      x += width;
    }
  }

  #registered(face: FaceName): FaceName {
    if (!this.#faces.has(face)) this.document.registerFont(face, this.typefaces.bytes(face));
    this.#faces.add(face);
    return face;
  }

  /** Beneath every page: what it belongs to, and which page of how many it is. */
  finishPages(footer: (page: number, pages: number) => readonly [start: TextLine, end: TextLine]): void {
    const { start, count } = this.document.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      this.document.switchToPage(start + page);
      const top = PAGE.height - MARGIN.bottom + 5 * MM;
      this.rule(this.left, top, this.width, COLORS.line, 0.5);
      const [left, right] = footer(page + 1, count);
      this.document.markContent('Artifact', { type: 'Pagination' });
      this.drawLines([left], this.left, top + 3);
      this.drawLines([right], this.left, top + 3, { width: this.width });
      this.document.endMarkedContent();
    }
  }

  async bytes(): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const chunks: Buffer[] = [];
    this.document.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.document.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    this.document.on('error', reject);
    this.document.end();
    return promise;
  }
}
