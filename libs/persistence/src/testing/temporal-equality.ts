import { expect } from '@jest/globals';
import { Temporal } from '@latarnik/domain';

/** Temporal values keep their content where `toEqual` does not look: without this any two instants are "equal". */
function sameTemporal(a: unknown, b: unknown): boolean | undefined {
  for (const type of [Temporal.Instant, Temporal.PlainDate]) {
    const [isA, isB] = [a instanceof type, b instanceof type];
    if (isA || isB) return isA && isB && String(a) === String(b);
  }
  return undefined;
}

export function compareTemporalByValue(): void {
  expect.addEqualityTesters([sameTemporal]);
}
