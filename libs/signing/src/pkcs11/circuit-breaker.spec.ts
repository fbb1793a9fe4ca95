import { expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.js';

function breakerAt(clock: { nowMs: number }): CircuitBreaker {
  return new CircuitBreaker({ failures: 3, pauseMs: 1000, nowMs: () => clock.nowMs });
}

it('admits calls until three failed one after another; a success in between starts the count anew', () => {
  const breaker = breakerAt({ nowMs: 0 });
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect(breaker.admits()).toBe(true);
  breaker.failed();
  expect(breaker.admits()).toBe(false);
});

it('lets one call through after the pause, and all once it succeeded', () => {
  const clock = { nowMs: 0 };
  const breaker = breakerAt(clock);
  for (let failure = 0; failure < 3; failure += 1) breaker.failed();
  clock.nowMs = 999;
  expect(breaker.admits()).toBe(false);
  clock.nowMs = 1000;
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
  breaker.succeeded();
  expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
});

it('waits again when the call that was let through fails', () => {
  const clock = { nowMs: 0 };
  const breaker = breakerAt(clock);
  for (let failure = 0; failure < 3; failure += 1) breaker.failed();
  clock.nowMs = 1000;
  breaker.admits();
  breaker.failed();
  clock.nowMs = 1999;
  expect(breaker.admits()).toBe(false);
  clock.nowMs = 2000;
  expect(breaker.admits()).toBe(true);
});
