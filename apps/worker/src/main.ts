import {
  compose,
  crashRehearsal,
  exitOnUncaught,
  logLine,
  processName,
  readConfiguration,
  type Log,
} from '@latarnik/composition';
import { startHealthServer } from './health-server.js';
import { Worker } from './worker.js';
import { readWorkerConfiguration } from './worker-configuration.js';

/** One JSON object a line, for whatever collects logs. */
const log: Log = (event) => {
  process.stderr.write(logLine({ at: new Date().toISOString(), process: 'worker', ...event }));
};
exitOnUncaught(log);

const configuration = readConfiguration(process.env, processName('worker'));
const own = readWorkerConfiguration(process.env);
const crash = crashRehearsal(process.env['LATARNIK_CRASH_POINT'], configuration, log);
const composition = await compose(configuration, log, crash.modules);
const worker = new Worker(composition, { ...own, processName: configuration.processName }, log);
await worker.start();
const health = await startHealthServer(
  process.env['LATARNIK_WORKER_HOST'] ?? '127.0.0.1',
  own.healthPort,
  () => worker.isAlive(),
  () => worker.metrics.text(),
);
process.stdout.write(`${JSON.stringify({ ready: true, url: health.url })}\n`);

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  crash.pass('X.sigterm');
  void worker
    .stop()
    .then(() => Promise.all([health.close(), composition.close()]))
    .finally(() => process.exit(0));
};
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, stop);
