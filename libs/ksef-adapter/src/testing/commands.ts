import { spawnSync } from 'node:child_process';

import { it } from '@jest/globals';

/**
 * A test that checks our bytes with a program of the machine. Where the program is missing it is skipped, and the
 * output says so.
 */
export function itWith(command: string): typeof it | typeof it.skip {
  const { error } = spawnSync(command, ['--version']);
  if (error === undefined) return it;
  console.warn(`skipped: this machine has no "${command}" command`);
  return it.skip;
}
