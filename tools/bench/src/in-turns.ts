/** Turns that each piece of work gets; more of them even out what else the machine does meanwhile. */
const TURNS = 12;
const WARM_UP_RUNS = 30;

/**
 * How often each piece of work can be done on one core: runs per second of CPU time that this process spent on it, in all
 * its threads. They take turns, so that what is compared was measured under the same conditions.
 *
 * @param secondsEach CPU time for each piece of work in all
 */
export async function perCoreSecond<Name extends string>(
  works: Readonly<Record<Name, () => unknown>>,
  secondsEach = 3,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(works) as Name[];
  const totals = new Map(names.map((name) => [name, { runs: 0, cpuMicroseconds: 0 }]));
  for (const name of names) for (let run = 0; run < WARM_UP_RUNS; run++) await works[name]();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, total] of totals) {
      const { runs, cpuMicroseconds } = await forCpuTime(works[name], (secondsEach * 1e6) / TURNS);
      total.runs += runs;
      total.cpuMicroseconds += cpuMicroseconds;
    }
  }
  const rates = Array.from(totals, ([name, { runs, cpuMicroseconds }]) => [name, (runs * 1e6) / cpuMicroseconds]);
  return Object.fromEntries(rates) as Record<Name, number>;
}

async function forCpuTime(work: () => unknown, microseconds: number) {
  const start = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  let runs = 0;
  while (spent() < microseconds) {
    for (let run = 0; run < 5; run++) await work();
    runs += 5;
  }
  return { runs, cpuMicroseconds: spent() };
}
