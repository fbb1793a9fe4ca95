// Benchmarks are commands (main.ts).
export { printFigure } from './figure.js';
export type { Figure } from './figure.js';
