/** A capital letter is this many dots high and wide; a letter takes one more column. */
export const GLYPH_ROWS = 7;
export const GLYPH_COLUMNS = 5;
export const GLYPH_ADVANCE = GLYPH_COLUMNS + 1;

/** Zero carries a stroke, so that it is not taken for D or O in a KSeF number. */
const SHEETS: readonly (readonly [characters: string, ...rows: string[]])[] = [
  [
    'ABCDEFGHI',
    '.###. ####. .###. ####. ##### ##### .###. #...# .###.',
    '#...# #...# #...# #...# #.... #.... #...# #...# ..#..',
    '#...# #...# #.... #...# #.... #.... #.... #...# ..#..',
    '##### ####. #.... #...# ####. ####. #.### ##### ..#..',
    '#...# #...# #.... #...# #.... #.... #...# #...# ..#..',
    '#...# #...# #...# #...# #.... #.... #...# #...# ..#..',
    '#...# ####. .###. ####. ##### #.... .#### #...# .###.',
  ],
  [
    'JKLMNOPQR',
    '..### #...# #.... #...# #...# .###. ####. .###. ####.',
    '...#. #..#. #.... ##.## ##..# #...# #...# #...# #...#',
    '...#. #.#.. #.... #.#.# ##..# #...# #...# #...# #...#',
    '...#. ##... #.... #.#.# #.#.# #...# ####. #...# ####.',
    '...#. #.#.. #.... #...# #..## #...# #.... #.#.# #.#..',
    '#..#. #..#. #.... #...# #..## #...# #.... #..#. #..#.',
    '.##.. #...# ##### #...# #...# .###. #.... .##.# #...#',
  ],
  [
    'STUVWXYZ-',
    '.#### ##### #...# #...# #...# #...# #...# ##### .....',
    '#.... ..#.. #...# #...# #...# #...# #...# ....# .....',
    '#.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. .....',
    '.###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. .###.',
    '....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#... .....',
    '....# ..#.. #...# .#.#. ##.## #...# ..#.. #.... .....',
    '####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .....',
  ],
  [
    '0123456789 ',
    '.###. ..#.. .###. .###. ...#. ##### .###. ##### .###. .###. .....',
    '#...# .##.. #...# #...# ..##. #.... #.... ....# #...# #...# .....',
    '#..## ..#.. ....# ....# .#.#. ####. #.... ....# #...# #...# .....',
    '#.#.# ..#.. ...#. ..##. #..#. ....# ####. ...#. .###. .#### .....',
    '##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....# .....',
    '#...# ..#.. .#... #...# ...#. #...# #...# ..#.. #...# ....# .....',
    '.###. .###. ##### .###. ...#. .###. .###. ..#.. .###. .###. .....',
  ],
];

/** Per character its rows from the top, each a string of `#` (dark) and `.` (light). */
const GLYPHS: ReadonlyMap<string, readonly string[]> = new Map(
  SHEETS.flatMap(([characters, ...rows]) =>
    Array.from(characters).map((character, index): [string, string[]] => [
      character,
      rows.map((row) => row.slice(index * GLYPH_ADVANCE, index * GLYPH_ADVANCE + GLYPH_COLUMNS)),
    ]),
  ),
);

/**
 * One line of dots through the whole label, with a light column between letters.
 *
 * @param label printable (printable-label.ts)
 * @param row 0 at the top
 */
export function labelDots(label: string, row: number): string {
  return Array.from(label, (character) => GLYPHS.get(character)?.[row] ?? '').join('.');
}
