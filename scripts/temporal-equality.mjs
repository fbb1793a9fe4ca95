import { expect } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';

/**
 * Teaches `toEqual` and `toMatchObject` to compare moments and days by value: they keep it in private slots, so that
 * Jest would otherwise find any two of them equal. The preset loads it before every spec.
 */
expect.addEqualityTesters([
  (a, b) => {
    if (a instanceof Temporal.Instant && b instanceof Temporal.Instant) return a.equals(b);
    if (a instanceof Temporal.PlainDate && b instanceof Temporal.PlainDate) return a.equals(b);
    return undefined;
  },
]);
