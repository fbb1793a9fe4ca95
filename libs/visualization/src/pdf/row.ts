import { heightOf, type PageFlow, type Structure } from './page-flow.js';
import type { TextLine } from './text-lines.js';

/** One cell, card or field: lines at a place of a row. */
export interface RowCell {
  readonly x: number;
  readonly width: number;
  readonly lines: readonly TextLine[];
  readonly align?: 'start' | 'end';
  readonly element: Structure;
  readonly tag: string;
}

export interface RowLook {
  readonly paddingTop: number;
  readonly paddingBottom: number;
  /** Drawn beneath the text. */
  readonly background?: { readonly color: string; readonly x: number; readonly width: number };
  /** After a page was begun in the middle of a table: its header. */
  readonly onNewPage?: () => void;
}

export const rowHeight = (cells: readonly { readonly lines: readonly TextLine[] }[], look: RowLook): number =>
  look.paddingTop + Math.max(0, ...cells.map(({ lines }) => heightOf(lines))) + look.paddingBottom;

/**
 * Draws cells side by side. A row that fits a page is not parted; a longer one goes on on the next page, line by line.
 *
 * @param headerHeight what `onNewPage` draws
 */
export function drawRow(flow: PageFlow, cells: readonly RowCell[], look: RowLook, headerHeight = 0): void {
  const whole = rowHeight(cells, look);
  if (whole > flow.room && whole <= flow.pageRoom - headerHeight) begin(flow, look);
  let left = cells.map(({ lines }) => lines);
  let least = 0;
  for (;;) {
    const room = flow.room - look.paddingTop - look.paddingBottom;
    const parts = left.map((lines) => fitting(lines, room, least));
    if (parts.some(({ length }) => length > 0) || left.every(({ length }) => length === 0)) {
      drawParts(flow, cells, parts, look);
    }
    left = left.map((lines, at) => lines.slice(parts[at]?.length ?? 0));
    if (left.every(({ length }) => length === 0)) return;
    begin(flow, look);
    // Beneath a header as high as the page nothing would ever fit.
    least = 1;
  }
}

function begin(flow: PageFlow, { onNewPage }: RowLook): void {
  flow.newPage();
  onNewPage?.();
}

function fitting(lines: readonly TextLine[], room: number, least: number): readonly TextLine[] {
  let left = room;
  let count = 0;
  for (const line of lines) {
    left -= heightOf([line]);
    if (left < 0 && count >= least) break;
    count += 1;
  }
  return lines.slice(0, count);
}

function drawParts(
  flow: PageFlow,
  cells: readonly RowCell[],
  parts: readonly (readonly TextLine[])[],
  look: RowLook,
): void {
  const height = rowHeight(
    parts.map((lines) => ({ lines })),
    look,
  );
  const { background } = look;
  if (background !== undefined) flow.area(background.x, flow.y, background.width, height, background.color);
  cells.forEach(({ x, width, align, element, tag }, at) => {
    const lines = parts[at] ?? [];
    if (lines.length === 0) return;
    flow.mark(element, tag, () => {
      flow.drawLines(lines, x, flow.y + look.paddingTop, align === 'end' ? { width } : undefined);
    });
  });
  flow.y += height;
}
