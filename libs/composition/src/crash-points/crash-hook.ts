import { ConfigurationError } from '../configuration.js';
import type { Log } from '../log.js';
import { isCrashPoint, type CrashPoint } from './names.js';

/** Told of every crash point that the process passes. */
export interface CrashHook {
  pass(point: CrashPoint): void;
}

/** Counts and kills nothing: says of each point once that it was passed. */
const CENSUS = 'census';

/**
 * Reads LATARNIK_CRASH_POINT: `NAME` or `NAME:n` kills this process with SIGKILL at the n-th pass of that point, `census`
 * only writes down which points are passed. Unset: no hook, and nothing is wrapped.
 *
 * @throws ConfigurationError on production, where nothing may be set, and for a name that is no point
 */
export function crashHookFrom(
  given: string | undefined,
  { environment, log, kill = killSelf }: { environment: string; log: Log; kill?: () => void },
): CrashHook | undefined {
  if (given === undefined || given === '') return undefined;
  if (environment === 'production') throw new ConfigurationError('LATARNIK_CRASH_POINT must not be set on production');
  if (given === CENSUS) return census(log);
  const [name = '', times = '1'] = given.split(':');
  if (!isCrashPoint(name) || !/^[1-9]\d{0,5}$/.test(times)) {
    throw new ConfigurationError('LATARNIK_CRASH_POINT must be a crash point, or one with :n for its n-th pass');
  }
  return killerAt(name, Number(times), log, kill);
}

function census(log: Log): CrashHook {
  const seen = new Set<CrashPoint>();
  return {
    pass: (point) => {
      if (seen.has(point)) return;
      seen.add(point);
      log({ event: 'crash-point.passed', point });
    },
  };
}

function killerAt(name: CrashPoint, at: number, log: Log, kill: () => void): CrashHook {
  let passes = 0;
  return {
    pass: (point) => {
      if (point !== name) return;
      passes += 1;
      if (passes !== at) return;
      log({ event: 'crash-point.killed', point, pass: passes });
      kill();
    },
  };
}

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL');
}
