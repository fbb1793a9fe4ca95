import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MEGABYTE = 1024 * 1024;

/** Megabytes of the heap that are in use once the garbage is gone. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

/** The most memory (MB, resident) that this process ever held. */
export const peakMemory = (): number => process.resourceUsage().maxRSS / 1024;
