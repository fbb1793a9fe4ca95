import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that one run of `work` takes, over a second after a warm-up. */
export async function millisecondsEach(work: () => unknown, seconds = 1): Promise<number> {
  for (let warmUp = 0; warmUp < 20; warmUp++) await work();
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < seconds * 1000) {
    await work();
    runs += 1;
  }
  return (performance.now() - start) / runs;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Of single calls, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs `work` with so many at a time, until `count` have been done. */
export async function underLoad(
  count: number,
  atATime: number,
  work: (at: number) => Promise<void>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const at = next++;
      const begun = performance.now();
      await work(at);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return { perSecond: (count * 1000) / (performance.now() - start), ...quantilesOf(latencies) };
}

/**
 * Begins `work` so many times a second, whether what was begun before is done or not. Latencies count from the moment when
 * each was due: what had to wait before it began has waited too.
 */
export async function atRate(
  perSecond: number,
  seconds: number,
  work: (at: number) => Promise<void>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const start = performance.now();
  for (let at = 0; at < perSecond * seconds; at++) {
    const due = start + (at * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    running.push(work(at).then(() => void latencies.push(performance.now() - due)));
  }
  await Promise.all(running);
  return { perSecond: (latencies.length * 1000) / (performance.now() - start), ...quantilesOf(latencies) };
}

function quantilesOf(latencies: number[]): Pick<LoadResult, 'p50Ms' | 'p99Ms'> {
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
