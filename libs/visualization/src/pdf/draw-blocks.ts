import type {
  Block,
  Card,
  CodesBlock,
  Field,
  PrintCode,
  SectionBlock,
  TextBlock,
  TotalBlock,
} from '../model/print-document.js';
import { drawTable } from './draw-table.js';
import { COLORS, heightOf, type PageFlow, type Structure } from './page-flow.js';
import { drawRow, type RowCell } from './row.js';
import type { Span, TextLine } from './text-lines.js';

const GAP = 14;
/** In characters; longer values are not even measured. */
const LONGEST_SHORT_VALUE = 200;
const LABEL_SIZE = 7;
const VALUE_SIZE = 8.6;
/** About that of the label beneath a code. */
const LABEL_IN_IMAGE_SIZE = 8;
const TEXT_SIZES = { small: 7.4, strong: 9, normal: 8.8 };
/** What must follow a heading on its page, at least. */
const AFTER_HEADING = 42;
/** Side of a module on paper: read from a picture of 150 dots per inch, and by phones from a hand's distance. */
const MODULE_SIZE = (0.6 * 72) / 25.4;
const PIXELS_PER_MODULE = 8;

/** @param level of a heading within: 3 at most */
export function drawBlock(flow: PageFlow, block: Block, parent: Structure, level = 2): void {
  switch (block.kind) {
    case 'fields':
      drawFields(flow, block.fields, parent);
      break;
    case 'cards':
      drawCards(flow, block.cards, parent);
      break;
    case 'table':
      drawTable(flow, block, parent);
      break;
    case 'total':
      drawTotal(flow, block, parent);
      break;
    case 'text':
      drawTextBlock(flow, block, parent);
      break;
    case 'codes':
      drawCodes(flow, block, parent);
      break;
    case 'section':
      drawSection(flow, block, parent, level);
  }
}

function drawSection(flow: PageFlow, { heading, blocks }: SectionBlock, parent: Structure, level: number): void {
  const section = flow.element('Sect', parent);
  drawHeading(flow, heading, section, level + 1, blocks[0]);
  for (const each of blocks) drawBlock(flow, each, section, level + 1);
}

const drawTextBlock = (flow: PageFlow, { text, tone }: TextBlock, parent: Structure): void => {
  drawText(flow, [{ text, isBold: tone === 'strong' }], TEXT_SIZES[tone ?? 'normal'], parent);
};

/** A heading that never stands alone at the foot of a page. @param next what comes after it */
export function drawHeading(flow: PageFlow, text: string, parent: Structure, level: number, next?: Block): void {
  const size = level <= 2 ? 11 : 9.4;
  const lines = flow.lines.wrap(
    [{ text, isBold: true, color: level <= 2 ? COLORS.accent : COLORS.ink }],
    size,
    flow.width,
  );
  const above = level <= 2 ? 8 : 4;
  flow.keep(above + heightOf(lines) + 6 + Math.max(AFTER_HEADING, heightAhead(flow, next)));
  if (!flow.isAtTop) flow.y += above;
  const tag = `H${String(Math.min(level, 6))}`;
  flow.mark(flow.element(tag, parent), tag, () => {
    flow.y = flow.drawLines(lines, flow.left, flow.y);
  });
  if (level <= 2) flow.rule(flow.left, flow.y + 1, flow.width, COLORS.accent, 0.8);
  flow.y += level <= 2 ? 5 : 2;
}

export function drawText(flow: PageFlow, spans: readonly Span[], size: number, parent: Structure): void {
  const element = flow.element('P', parent);
  const lines = flow.lines.wrap(spans, size, flow.width);
  drawRow(flow, [{ x: flow.left, width: flow.width, lines, element, tag: 'P' }], { paddingTop: 1, paddingBottom: 3 });
}

/** Three in a row while they are short; a long one takes the whole width. */
export function drawFields(flow: PageFlow, fields: readonly Field[], parent: Structure): void {
  const columns = 3;
  const width = (flow.width - (columns - 1) * GAP) / columns;
  let row: Field[] = [];
  const flush = (): void => {
    if (row.length > 0) drawFieldRow(flow, row, width, parent);
    row = [];
  };
  for (const field of fields) {
    if (isShort(flow, field, width)) {
      row.push(field);
      if (row.length === columns) flush();
    } else {
      flush();
      drawFieldRow(flow, [field], flow.width, parent);
    }
  }
  flush();
  flow.y += 3;
}

/** Two lines at most, and no word of it parted. */
const isShort = (flow: PageFlow, { value }: Field, width: number): boolean =>
  value.length <= LONGEST_SHORT_VALUE &&
  flow.lines.extent([{ text: value }], VALUE_SIZE).word <= width &&
  flow.lines.wrap([{ text: value }], VALUE_SIZE, width).length <= 2;

function drawFieldRow(flow: PageFlow, fields: readonly Field[], width: number, parent: Structure): void {
  const cells = fields.map((field, index): RowCell => ({
    x: flow.left + index * (width + GAP),
    width,
    lines: [
      ...flow.lines.wrap([{ text: field.label, color: COLORS.soft }], LABEL_SIZE, width),
      ...flow.lines.wrap([{ text: field.value }], VALUE_SIZE, width),
    ],
    element: flow.element('P', parent),
    tag: 'P',
  }));
  drawRow(flow, cells, { paddingTop: 0, paddingBottom: 4 });
}

function drawCards(flow: PageFlow, cards: readonly Card[], parent: Structure): void {
  const width = (flow.width - GAP) / 2;
  for (let at = 0; at < cards.length; at += 2) {
    const cells = cards.slice(at, at + 2).map((card, index): RowCell => ({
      x: flow.left + index * (width + GAP),
      width,
      lines: cardLines(flow, card, width),
      element: flow.element('Sect', parent),
      tag: 'P',
    }));
    drawRow(flow, cells, { paddingTop: 2, paddingBottom: 8 });
  }
}

const cardLines = (flow: PageFlow, { heading, title, fields }: Card, width: number): readonly TextLine[] => [
  ...flow.lines.wrap([{ text: heading, isBold: true, color: COLORS.accent }], 8.6, width),
  ...(title === undefined ? [] : flow.lines.wrap([{ text: title, isBold: true }], 10, width)),
  ...fields.flatMap(({ label, value }) =>
    flow.lines.wrap([{ text: `${label}: `, color: COLORS.soft }, { text: value.replaceAll('\n', ', ') }], 8.2, width),
  ),
];

/** Label and amount on one line if they fit, else below one another. */
function drawTotal(flow: PageFlow, { label, value }: TotalBlock, parent: Structure): void {
  const inner = flow.width - 16;
  const spans = [{ text: label, isBold: true, color: '#ffffff' }];
  const amount = flow.lines.wrap([{ text: value, isBold: true, color: '#ffffff' }], 12, inner);
  const taken = Math.max(...amount.map(({ width }) => width));
  const isOneLine = amount.length === 1 && taken < inner * 0.6;
  const name = flow.lines.wrap(spans, 9.6, isOneLine ? inner - taken - GAP : inner);
  const height = (isOneLine ? Math.max(heightOf(name), heightOf(amount)) : heightOf(name) + heightOf(amount)) + 8;
  flow.keep(height + 4);
  flow.area(flow.left, flow.y, flow.width, height, COLORS.accent);
  const top = flow.y + 4;
  flow.mark(flow.element('P', parent), 'P', () => {
    const below = flow.drawLines(name, flow.left + 8, isOneLine ? top + 2 : top);
    flow.drawLines(amount, flow.left + 8, isOneLine ? top : below, { width: inner });
  });
  flow.y += height + 6;
}

/** How much of a block must stand on the page of its heading; a table sees to that itself, with its header. */
function heightAhead(flow: PageFlow, next: Block | undefined): number {
  if (next?.kind === 'codes') return Math.max(...figuresOf(flow, next.codes.slice(0, 2)).map(({ height }) => height));
  if (next?.kind === 'section') return 24 + Math.max(AFTER_HEADING, heightAhead(flow, next.blocks[0]));
  return next?.kind === 'table' && next.caption !== undefined ? 64 : 0;
}

const figuresOf = (flow: PageFlow, codes: readonly PrintCode[]) => {
  const width = (flow.width - GAP) / 2;
  return codes.map((code, index) => figureOf(flow, code, flow.left + index * (width + GAP), width));
};

/** Side by side where both fit; the link beneath, for those who cannot scan. */
function drawCodes(flow: PageFlow, { codes }: CodesBlock, parent: Structure): void {
  for (let at = 0; at < codes.length; at += 2) {
    const figures = figuresOf(flow, codes.slice(at, at + 2));
    const height = Math.max(...figures.map((figure) => figure.height));
    flow.keep(height);
    for (const figure of figures) figure.draw(parent);
    flow.y += height + 6;
  }
}

function figureOf(flow: PageFlow, code: PrintCode, x: number, width: number) {
  const image = openImage(flow, code.png);
  const scale = MODULE_SIZE / PIXELS_PER_MODULE;
  const [imageWidth, imageHeight] = [image.width * scale, image.height * scale];
  const heading = flow.lines.wrap([{ text: code.heading, isBold: true }], 8.8, width);
  const link = flow.lines.wrap([{ text: code.link, color: COLORS.soft }], 6.2, width);
  const label = flow.lines.wrap([{ text: code.label }], LABEL_IN_IMAGE_SIZE, Infinity);
  const labelLeft = x + (imageWidth - Math.max(...label.map((line) => line.width))) / 2;
  const draw = (parent: Structure): void => {
    const section = flow.element('Sect', parent);
    const top = flow.y;
    flow.mark(flow.element('P', section), 'P', () => {
      flow.drawLines(heading, x, top);
    });
    const below = top + heightOf(heading);
    flow.mark(flow.element('Figure', section, { alt: code.alternative }), 'Figure', () => {
      flow.document.image(image, x, below, { width: imageWidth });
      flow.drawUnseen(label, labelLeft, below + imageHeight - heightOf(label));
    });
    const text = flow.element('Link', section);
    flow.mark(text, 'Link', () => {
      flow.drawLines(link, x, below + imageHeight + 2);
    });
    const target = { Contents: new String(code.alternative), structParent: text };
    flow.document.link(x, below + imageHeight + 2, width, heightOf(link), code.link, target as never);
  };
  return { height: heightOf(heading) + imageHeight + 2 + heightOf(link), draw };
}

/** An image that was read; its size is in pixels. pdfkit has this function, its types do not. */
type OpenedImage = Parameters<PageFlow['document']['image']>[0] & { readonly width: number; readonly height: number };

const openImage = (flow: PageFlow, png: Uint8Array): OpenedImage =>
  (flow.document as unknown as { openImage(source: Buffer): OpenedImage }).openImage(Buffer.from(png));
