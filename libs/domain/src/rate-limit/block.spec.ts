import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Block, blockAfter } from './block.js';

const HOUR_MS = 3_600_000;

describe('after a 429', () => {
  it('Retry-After is kept in full, with a second for rounding', () => {
    expect(blockAfter(undefined, 30, 1_000)).toEqual({ untilMs: 32_000, strikes: 1 });
  });

  it('the next one after its end lasts twice as long, and so on, up to an hour of our own', () => {
    let block: Block | undefined;
    let nowMs = 0;
    const lasted: number[] = [];
    for (let answer = 0; answer < 9; answer += 1) {
      block = blockAfter(block, 29, nowMs);
      lasted.push((block.untilMs - nowMs) / 1000);
      nowMs = block.untilMs;
    }
    expect(lasted).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });

  it('answers to calls that were under way lengthen the block, and are no further strike', () => {
    const first = blockAfter(undefined, 10, 0);
    const second = blockAfter(first, 60, 500);
    const third = blockAfter(second, 1, 600);

    expect(second).toEqual({ untilMs: 61_500, strikes: 1 });
    expect(third).toEqual(second);
  });

  it('an hour after its end all is forgotten', () => {
    const first = blockAfter(undefined, 10, 0);
    expect(blockAfter(first, 10, 11_000 + HOUR_MS - 1)).toMatchObject({ strikes: 2 });
    expect(blockAfter(first, 10, 11_000 + HOUR_MS)).toEqual({ untilMs: 22_000 + HOUR_MS, strikes: 1 });
  });

  it('the wait lies between Retry-After and the greater of it and an hour (P10)', () => {
    const answers = fc.array(fc.tuple(fc.integer({ min: 1, max: 86_400 }), fc.integer({ min: 0, max: 7_200_000 })));
    fc.assert(
      fc.property(answers, (steps) => {
        let block: Block | undefined;
        let nowMs = 0;
        for (const [retryAfterSeconds, gapMs] of steps) {
          nowMs += gapMs;
          const before = block?.untilMs ?? 0;
          block = blockAfter(block, retryAfterSeconds, nowMs);
          expect(block.untilMs).toBeGreaterThanOrEqual(Math.max(before, nowMs + retryAfterSeconds * 1000));
          const cap = Math.max(nowMs + Math.max(HOUR_MS, retryAfterSeconds * 1000 + 1000), before);
          expect(block.untilMs).toBeLessThanOrEqual(cap);
        }
      }),
    );
  });
});
