import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startSystem, type System } from '@latarnik/launcher';
import { runDemo } from './demo.js';
import { chapter, say } from './narration.js';

/** `npm run demo`: the main job on this machine, with nothing but Node and npm. */
const directory = join(import.meta.dirname, '..', '..', '..', '.latarnik', 'demo');
await rm(directory, { recursive: true, force: true });

chapter('Starting');
const starting = startSystem({
  directory,
  onProgress: (what) => {
    say(`  ${what} is up`);
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void starting.then((system) => system.stop()).finally(() => process.exit(130));
  });
}
process.exitCode = await run();

async function run(): Promise<number> {
  let system: System | undefined;
  try {
    system = await starting;
    const agreed = await runDemo(system);
    say(
      agreed ? '\nEvery invoice issued during the outage is in KSeF, once, with proof.' : '\nThe books do NOT agree.',
    );
    return agreed ? 0 : 1;
  } catch (error) {
    say(`\nThe demo failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    return 1;
  } finally {
    await system?.stop();
  }
}
