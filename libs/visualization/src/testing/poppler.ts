import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';

const TOOLS = ['pdftotext', 'pdftoppm', 'pdfinfo', 'pdffonts'];

/** `it`, or `it.skip` and a plain word about it where the tools of Poppler are not installed. */
export function itWithPoppler(): typeof it | typeof it.skip {
  if (TOOLS.every((tool) => spawnSync(tool, ['-v']).status === 0)) return it;
  console.warn('PDFs are not read back: Poppler is not installed (Debian package poppler-utils).');
  return it.skip;
}

/** Text in the order in which it is drawn, so that the lines of a cell stay together; pages end with a form feed. */
export const textOfPdf = (pdf: Uint8Array): string => run('pdftotext', pdf, ['-raw'], ['-']);

/** The same, in one line without any space: what was broken into lines is whole again. */
export const lettersOf = (text: string): string =>
  text.normalize('NFC').replace(/[\s\u202a-\u202e\u2066-\u2069]+/g, '');

export interface PdfWord {
  readonly page: number;
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly text: string;
}

/** Every word with its place, in points. */
export function wordsOfPdf(pdf: Uint8Array): readonly PdfWord[] {
  const html = run('pdftotext', pdf, ['-bbox'], ['-']);
  return html.split('<page ').flatMap((part, page) =>
    [...part.matchAll(/<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<\/word>/g)].map(
      ([, xMin, yMin, xMax, yMax, text = '']) => ({
        page,
        ...{ xMin: Number(xMin), xMax: Number(xMax), yMin: Number(yMin), yMax: Number(yMax), text },
      }),
    ),
  );
}

export const pdfInfo = (pdf: Uint8Array): Readonly<Record<string, string>> =>
  Object.fromEntries(
    run('pdfinfo', pdf, [], [])
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );

/** Lines of the table of fonts: name, type, encoding, embedded, subset, Unicode. */
export const fontsOfPdf = (pdf: Uint8Array): readonly string[] =>
  run('pdffonts', pdf, [], []).trim().split('\n').slice(2);

/** The tree of tags. */
export const structureOfPdf = (pdf: Uint8Array): string => run('pdfinfo', pdf, ['-struct'], []);

/** A picture of each page, as a scanner makes it. */
export function pagesOfPdf(pdf: Uint8Array, dpi: number): readonly Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'visualization-pages-'));
  try {
    const file = join(folder, 'document.pdf');
    writeFileSync(file, pdf);
    spawnSync('pdftoppm', ['-r', String(dpi), '-gray', '-png', file, join(folder, 'page')]);
    return readdirSync(folder)
      .filter((name) => name.endsWith('.png'))
      .sort()
      .map((name) => readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(tool: string, pdf: Uint8Array, before: readonly string[], after: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'visualization-pdf-'));
  try {
    const file = join(folder, 'document.pdf');
    writeFileSync(file, pdf);
    const { status, stdout, stderr } = spawnSync(tool, [...before, file, ...after], {
      ...{ encoding: 'utf8', maxBuffer: 200_000_000 },
    });
    if (status !== 0) throw new Error(`${tool}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
