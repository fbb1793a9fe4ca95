import { performance } from 'node:perf_hooks';

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
  const perSecond = (count * 1000) / (performance.now() - start);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99) };
}
