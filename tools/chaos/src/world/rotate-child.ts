import { compose, crashRehearsal, processName, readConfiguration } from '@latarnik/composition';

/** Re-wraps every sealed key, as `npm run rotate-keys` does, and may die at a crash point. */
const log = (event: object): void => {
  process.stderr.write(`${JSON.stringify(event)}\n`);
};
const configuration = { ...readConfiguration(process.env, processName('rotate-keys')), queue: false };
const crash = crashRehearsal(process.env['LATARNIK_CRASH_POINT'], configuration, log);
const composition = await compose(configuration, log, crash.modules);
try {
  const rotation = await composition.useCases.rotateKeys.execute();
  log({ event: 'chaos.rotated', ...rotation });
  const counts = [rotation.certificate, rotation['session-key'], rotation['webhook-secret']];
  process.exitCode = counts.every(({ unreadable }) => unreadable.length === 0) ? 0 : 1;
} finally {
  await composition.close();
}
