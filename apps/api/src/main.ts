import 'reflect-metadata';
import {
  compose,
  crashRehearsal,
  exitOnUncaught,
  logLine,
  processName,
  readConfiguration,
  type Log,
} from '@latarnik/composition';
import { readApiConfiguration } from './api-configuration.js';
import { createApi } from './api-application.js';

/** One JSON object a line, for whatever collects logs. */
const log: Log = (event) => {
  process.stderr.write(logLine({ at: new Date().toISOString(), process: 'api', ...event }));
};
exitOnUncaught(log);

const own = readApiConfiguration(process.env);
const configuration = readConfiguration(process.env, processName('api'), { ksefTimeoutSeconds: 5 });
const crash = crashRehearsal(process.env['LATARNIK_CRASH_POINT'], configuration, log);
const composition = await compose(configuration, log, crash.modules);
const { spoolDirectory } = configuration;
const app = await createApi(composition, log, { spoolDirectory, limits: own.limits, access: own.access });
await app.listen({ host: own.host, port: own.port });
process.stdout.write(`${JSON.stringify({ ready: true, url: await app.getUrl() })}\n`);

/** Idle interactive sessions are looked for so often; a worker closes those that this process cannot close. */
const IDLE_SESSIONS_MS = 15_000;
setInterval(() => {
  composition.useCases.sharedSessions.closeIdle().catch((error: unknown) => {
    log({ event: 'api.error', error: error instanceof Error ? error.message : 'not an error object' });
  });
}, IDLE_SESSIONS_MS).unref();

let stopping = false;
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  crash.pass('X.sigterm');
  void app
    .close()
    .then(() => composition.close())
    .finally(() => process.exit(0));
};
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, stop);
