export { runCalculator } from './calculator.js';
export type { CalculatorIo } from './calculator.js';
