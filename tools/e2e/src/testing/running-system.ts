import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem, type System, type SystemOptions } from '@latarnik/launcher';

/** A whole system in a folder of its own; gone after `stop`. */
export async function runningSystem(options: Partial<SystemOptions> = {}): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-e2e-'));
  const system = await startSystem({ directory, durable: false, ...options });
  return {
    ...system,
    stop: async () => {
      await system.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
