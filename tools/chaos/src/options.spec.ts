import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PLANTS } from './honesty/plants.js';
import { readOptions, UsageError } from './options.js';
import { API_POINTS, KILL_POINTS, planSeed, WORKER_POINTS } from './plan.js';
import { ownFile } from './world/own-file.js';

describe('the command line', () => {
  it('is understood', () => {
    expect(readOptions(['--seeds', '7', '--point', 'C.beforeClose', '--no-jobs'])).toMatchObject({
      ...{ seeds: 7, invoices: 25, workers: 2, point: 'C.beforeClose', jobs: false, race: false },
    });
    expect(readOptions(['--race'])).toMatchObject({ seeds: 1, invoices: 30_000, workers: 3 });
  });

  it.each([['--seeds', '0'], ['--seeds', 'many'], ['--point', 'nowhere'], ['--what'], ['more']])(
    'refuses %s %s',
    (...args) => {
      expect(() => readOptions(args)).toThrow(UsageError);
    },
  );
});

describe('a plan', () => {
  const of = (seed: number) => planSeed({ seed, invoices: 30, workers: 3, jobs: true });

  it('is the same for the same seed, and another for another', () => {
    expect(of(7)).toEqual(of(7));
    expect(of(8)).not.toEqual(of(7));
  });

  it('kills at each point in turn, in the process that passes it', () => {
    const forced = KILL_POINTS.map((point, at) => {
      const { processes, blows } = of(at + 1);
      const points = Object.values(processes).flatMap(({ deaths }) => deaths.map((death) => death.point));
      return point === 'X.keyRotationStep' ? blows.some(({ kind }) => kind === 'rotate-keys') : points.includes(point);
    });

    expect(forced).toEqual(KILL_POINTS.map(() => true));
    expect([...new Set([...API_POINTS, ...WORKER_POINTS, 'X.keyRotationStep'])].sort()).toEqual(
      [...KILL_POINTS].sort(),
    );
  });

  it('kills only at the point that was asked for, and wherever chance will', () => {
    const plan = planSeed({ seed: 1, invoices: 5, workers: 1, jobs: true, point: 'C.midPart' });

    expect(plan.processes['worker-1']?.deaths[0]).toEqual({ point: 'C.midPart', pass: 1, sure: true });
  });
});

it('every planted bug has its file', () => {
  expect(PLANTS.length).toBeGreaterThanOrEqual(10);
  expect(PLANTS.filter(({ name }) => !existsSync(ownFile(`honesty/plants/${name}.js`)))).toEqual([]);
});
