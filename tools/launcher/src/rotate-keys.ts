import { compose, processName, readConfiguration } from '@latarnik/composition';
import type { RotationCount } from '@latarnik/domain';

/**
 * `npm run rotate-keys`, with the environment of the worker: puts every sealed key under the current key-encryption key,
 * beside running processes. Safe to stop and to repeat. Ends with 0 when the older keys are of no use any more, else with 1.
 */
const log = (event: object): void => {
  process.stderr.write(`${JSON.stringify(event)}\n`);
};
const configuration = { ...readConfiguration(process.env, processName('rotate-keys')), queue: false };
const composition = await compose(configuration, log);
try {
  const rotation = await composition.useCases.rotateKeys.execute();
  const counts = [rotation.certificate, rotation['session-key'], rotation['webhook-secret']] as const;
  const names = ['certificates', 'session keys', 'webhook secrets'];
  for (const [at, count] of counts.entries()) process.stdout.write(`${line(names[at] ?? '', count)}\n`);
  for (const { id, reason } of counts.flatMap(({ unreadable }) => unreadable)) {
    process.stdout.write(`cannot be opened: ${id}: ${reason}\n`);
  }
  const isDone = counts.every(({ busy, unreadable }) => busy === 0 && unreadable.length === 0);
  process.stdout.write(isDone ? 'Older key-encryption keys may be removed.\n' : 'Not done: keep the older keys.\n');
  process.exitCode = isDone ? 0 : 1;
} finally {
  await composition.close();
}

function line(what: string, { rewrapped, current, busy, unreadable }: RotationCount): string {
  const rest = [
    ...(busy === 0 ? [] : [`${String(busy)} in use by a worker (run again)`]),
    ...(unreadable.length === 0 ? [] : [`${String(unreadable.length)} cannot be opened`]),
  ];
  return `${what}: ${[`${String(rewrapped)} re-wrapped`, `${String(current)} were current`, ...rest].join(', ')}`;
}
