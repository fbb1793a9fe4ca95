import { expect, it } from '@jest/globals';
import { KeyFileRefused } from './key-file-refused.js';
import { RoundBudget } from './limits.js';

it('all rounds of one file count together, up to 5,000,000', () => {
  const budget = new RoundBudget();
  budget.spend(3_000_000);
  budget.spend(1_999_999);
  expect(() => {
    budget.spend(2);
  }).toThrow(KeyFileRefused);
  budget.spend(1);
  expect(() => {
    budget.spend(1);
  }).toThrow(KeyFileRefused);
});

it.each([0, -1, 0.5, NaN, Infinity, 2 ** 60])('%d rounds are none', (rounds) => {
  expect(() => {
    new RoundBudget().spend(rounds);
  }).toThrow(KeyFileRefused);
});
