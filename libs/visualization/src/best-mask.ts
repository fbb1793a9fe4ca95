import type { ErrorCorrectionLevel } from './qr-symbol.js';

/** Modules row by row, 1 dark; `reserved` marks those that no mask changes. */
export interface ModuleGrid {
  readonly size: number;
  readonly data: Uint8Array;
  readonly reserved: Uint8Array;
}

/** Which modules a mask turns over (ISO/IEC 18004 §7.8.2). */
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => ((row >> 1) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row * column) % 3) + ((row + column) % 2)) % 2 === 0,
];

/** Two bits of the format information (§7.9.1). */
const LEVEL_BITS: Readonly<Record<ErrorCorrectionLevel, number>> = { L: 1, M: 0, Q: 3, H: 2 };

/**
 * The symbol under the mask with the least penalty (§7.8.3): the one that `qrcode` finds, in a fraction of its time, which
 * is most of the time that a symbol takes.
 *
 * @param first the symbol under mask 0
 */
export function underBestMask(first: ModuleGrid, level: ErrorCorrectionLevel): Uint8Array {
  let best = first.data;
  let least = penalty(first.data, first.size);
  for (let mask = 1; mask < MASKS.length; mask += 1) {
    const grid = masked(first, mask, level);
    const points = penalty(grid, first.size);
    if (points >= least) continue;
    best = grid;
    least = points;
  }
  return best;
}

/** Modules that differ between mask 0 and another, by mask and size: facts of the standard, for forty sizes at most. */
const turnedOver = new Map<number, Uint8Array>();

function differenceOf(mask: number, size: number): Uint8Array {
  const key = mask * 1000 + size;
  const known = turnedOver.get(key);
  if (known !== undefined) return known;
  const [zero, other] = [MASKS[0], MASKS[mask]];
  const difference = Uint8Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return zero?.(row, column) === other?.(row, column) ? 0 : 1;
  });
  turnedOver.set(key, difference);
  return difference;
}

function masked({ size, data, reserved }: ModuleGrid, mask: number, level: ErrorCorrectionLevel): Uint8Array {
  const difference = differenceOf(mask, size);
  const grid = new Uint8Array(data.length);
  for (let at = 0; at < grid.length; at += 1) {
    const module = data[at] ?? 0;
    grid[at] = reserved[at] === 0 ? module ^ (difference[at] ?? 0) : module;
  }
  writeFormat(grid, size, formatBits(level, mask));
  return grid;
}

/** Level and mask with their BCH check bits, masked (§7.9.1). */
function formatBits(level: ErrorCorrectionLevel, mask: number): number {
  const bits = (LEVEL_BITS[level] << 3) | mask;
  let rest = bits << 10;
  for (let shift = 4; shift >= 0; shift -= 1) {
    if ((rest & (1 << (shift + 10))) !== 0) rest ^= 0b101_0011_0111 << shift;
  }
  return ((bits << 10) | rest) ^ 0b101_0100_0001_0010;
}

/** The bits stand twice: beside the upper left finder, and split between the other two (§7.9.1, figure 25). */
function writeFormat(grid: Uint8Array, size: number, bits: number): void {
  for (let bit = 0; bit < 15; bit += 1) {
    const value = (bits >> bit) & 1;
    const row = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit;
    const column = bit < 8 ? size - bit - 1 : bit < 9 ? 7 : 14 - bit;
    grid[row * size + 8] = value;
    grid[8 * size + column] = value;
  }
}

function penalty(grid: Uint8Array, size: number): number {
  let points = 0;
  for (let line = 0; line < size; line += 1) {
    points += linePenalty(grid, line * size, 1, size) + linePenalty(grid, line, size, size);
  }
  return points + blockPenalty(grid, size) + balancePenalty(grid);
}

/** Runs of one colour (3 for five, 1 for each more), and what looks like a finder (40). */
function linePenalty(grid: Uint8Array, start: number, step: number, size: number): number {
  let points = 0;
  let run = 0;
  let last = -1;
  let eleven = 0;
  for (let count = 0, at = start; count < size; count += 1, at += step) {
    const module = grid[at] ?? 0;
    if (module === last) run += 1;
    else {
      if (run >= 5) points += run - 2;
      last = module;
      run = 1;
    }
    eleven = ((eleven << 1) & 0x7ff) | module;
    if (count >= 10 && (eleven === 0b101_1101_0000 || eleven === 0b000_0101_1101)) points += 40;
  }
  return run >= 5 ? points + run - 2 : points;
}

/** Squares of two by two of one colour: 3 each. */
function blockPenalty(grid: Uint8Array, size: number): number {
  let squares = 0;
  for (let row = 0; row < size - 1; row += 1) {
    let at = row * size;
    let left = (grid[at] ?? 0) + (grid[at + size] ?? 0);
    for (let column = 1; column < size; column += 1) {
      at += 1;
      const right = (grid[at] ?? 0) + (grid[at + size] ?? 0);
      const sum = left + right;
      if (sum === 0 || sum === 4) squares += 1;
      left = right;
    }
  }
  return squares * 3;
}

/** Ten for each five percent that dark modules are away from half. */
function balancePenalty(grid: Uint8Array): number {
  let dark = 0;
  for (const module of grid) dark += module;
  return Math.abs(Math.ceil((dark * 100) / grid.length / 5) - 10) * 10;
}
