import type { Cell, Field, TableBlock } from '../model/print-document.js';
import { CELL_PADDING, layOutTable, noteSize, type ColumnGroup } from './column-widths.js';
import { COLORS, heightOf, type PageFlow, type Structure } from './page-flow.js';
import { drawRow, rowHeight, type RowCell, type RowLook } from './row.js';
import type { Span, TextLine } from './text-lines.js';

const CAPTION_SIZE = 8.8;
const ROW_LOOK = { paddingTop: 2.6, paddingBottom: 2.6 };

/** Draws a table; its header comes back on every page, its caption is not left behind alone. */
export function drawTable(flow: PageFlow, table: TableBlock, parent: Structure): void {
  const { size, groups } = layOutTable(table, flow.lines, flow.width);
  for (const group of groups) {
    new DrawnTable(flow, table, group, size, flow.element('Table', parent)).draw();
    flow.y += 6;
  }
}

class DrawnTable {
  readonly #xs: readonly number[];
  readonly #header: readonly (readonly TextLine[])[];
  readonly #headerHeight: number;
  /** The header is content once; where it comes back it is for the eye. */
  #isHeaderTold = false;

  constructor(
    private readonly flow: PageFlow,
    private readonly table: TableBlock,
    private readonly group: ColumnGroup,
    private readonly size: number,
    private readonly element: Structure,
  ) {
    let x = flow.left;
    this.#xs = group.columns.map(({ width }) => {
      x += width;
      return x - width;
    });
    this.#header = group.columns.map(({ at, width }) =>
      this.#wrapped([{ text: table.columns[at]?.header ?? '', isBold: true, color: COLORS.accent }], width),
    );
    this.#headerHeight = rowHeight(
      this.#header.map((lines) => ({ lines })),
      ROW_LOOK,
    );
  }

  draw(): void {
    const { rows, foot = [], caption } = this.table;
    const captionLines =
      caption === undefined
        ? []
        : this.flow.lines.wrap([{ text: caption, isBold: true }], CAPTION_SIZE, this.flow.width);
    const firstRow = rows[0] === undefined ? 0 : Math.min(this.#heightOf(rows[0]), this.flow.pageRoom / 3);
    this.flow.keep(heightOf(captionLines) + 3 + this.#headerHeight + firstRow);
    if (captionLines.length > 0) this.#drawCaption(captionLines);
    this.#drawHeader();
    for (const row of rows) this.#drawCells(row, false);
    for (const row of foot) this.#drawCells(row, true);
  }

  #drawCaption(lines: readonly TextLine[]): void {
    this.flow.mark(this.flow.element('Caption', this.element), 'Caption', () => {
      this.flow.y = this.flow.drawLines(lines, this.flow.left, this.flow.y) + 2;
    });
  }

  #drawHeader(): void {
    const { flow, group } = this;
    flow.area(flow.left, flow.y, flow.width, this.#headerHeight, COLORS.tint);
    const top = flow.y + ROW_LOOK.paddingTop;
    const row = this.#isHeaderTold ? undefined : flow.element('TR', this.element);
    this.#header.forEach((lines, index) => {
      const column = group.columns[index];
      if (column === undefined || lines.length === 0) return;
      const draw = (): void => {
        flow.drawLines(lines, ...this.#place(index, top));
      };
      if (row === undefined) flow.decorate(draw);
      else flow.mark(flow.element('TH', row, { scope: 'Column' }), 'TH', draw);
    });
    flow.y += this.#headerHeight;
    flow.rule(flow.left, flow.y, flow.width, COLORS.accent, 0.8);
    this.#isHeaderTold = true;
  }

  #place(index: number, top: number): [x: number, top: number, align?: { width: number }] {
    const column = this.group.columns[index];
    const x = (this.#xs[index] ?? 0) + CELL_PADDING;
    const isEnd = column !== undefined && this.table.columns[column.at]?.align === 'end';
    return isEnd ? [x, top, { width: column.width - 2 * CELL_PADDING }] : [x, top];
  }

  #drawCells(row: readonly Cell[], isFoot: boolean): void {
    const { flow } = this;
    const element = flow.element('TR', this.element);
    const cells = this.group.columns.map(({ at, width }, index): RowCell => ({
      x: (this.#xs[index] ?? 0) + CELL_PADDING,
      width: width - 2 * CELL_PADDING,
      lines: this.#cellLines(row[at], width, isFoot),
      align: this.table.columns[at]?.align ?? 'start',
      element: flow.element('TD', element),
      tag: 'TD',
    }));
    const look: RowLook = {
      ...ROW_LOOK,
      ...(isFoot ? { background: { color: COLORS.tint, x: flow.left, width: flow.width } } : {}),
      onNewPage: () => {
        this.#drawHeader();
      },
    };
    drawRow(flow, cells, look, this.#headerHeight);
    flow.rule(flow.left, flow.y, flow.width, COLORS.line, 0.4);
  }

  #heightOf(row: readonly Cell[]): number {
    return rowHeight(
      this.group.columns.map(({ at, width }) => ({ lines: this.#cellLines(row[at], width, false) })),
      ROW_LOOK,
    );
  }

  #cellLines(cell: Cell | undefined, width: number, isBold: boolean): readonly TextLine[] {
    if (cell === undefined) return [];
    const { text, notes = [] } = cell;
    const own = text === '' ? [] : this.#wrapped([{ text, isBold }], width);
    if (notes.length === 0) return own;
    return [...own, ...this.flow.lines.wrap(noteSpans(notes), noteSize(this.size), width - 2 * CELL_PADDING)];
  }

  #wrapped(spans: readonly Span[], width: number): readonly TextLine[] {
    return this.flow.lines.wrap(spans, this.size, width - 2 * CELL_PADDING);
  }
}

const noteSpans = (notes: readonly Field[]): readonly Span[] =>
  notes.flatMap(({ label, value }, index) => [
    { text: `${index === 0 ? '' : ' · '}${label}: `, color: COLORS.soft },
    { text: value.replaceAll('\n', ', '), color: COLORS.ink },
  ]);
