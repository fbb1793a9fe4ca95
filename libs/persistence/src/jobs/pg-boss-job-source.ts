import type { Job, JobSource } from '@latarnik/domain';
import { PgBoss } from 'pg-boss';
import { withoutValues } from '../database/database-error.js';
import { JOB_KINDS, QUEUE_SCHEMA, toJob } from './queues.js';

export interface JobSourceOptions {
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** At least 500. */
  readonly pollingIntervalMs: number;
  /** Jobs of each kind that this process works on at a time. */
  readonly concurrency: number;
  /** How long `stop` waits for running handlers; their jobs are then handed out again. */
  readonly stopTimeoutMs: number;
  readonly onBackgroundError: (error: Error) => void;
}

/** Connections of the queue itself; the work has its own. */
const QUEUE_CONNECTIONS = 2;

export class PgBossJobSource implements JobSource {
  constructor(private readonly options: JobSourceOptions) {}

  async run(handle: (job: Job, signal: AbortSignal) => Promise<void>): Promise<{ stop(): Promise<void> }> {
    const { databaseUrl, applicationName, pollingIntervalMs, concurrency, stopTimeoutMs } = this.options;
    const stopping = new AbortController();
    const boss = createBoss(databaseUrl, applicationName, this.options.onBackgroundError, {
      max: QUEUE_CONNECTIONS,
      supervise: true,
    });
    await boss.start();
    const polling = { pollingIntervalSeconds: pollingIntervalMs / 1000, localConcurrency: concurrency, batchSize: 1 };
    for (const kind of JOB_KINDS) {
      await boss.work(kind, polling, async (jobs) => {
        for (const { data, signal } of jobs) {
          await runOne(async () => handle(toJob(kind, data), AbortSignal.any([stopping.signal, signal])));
        }
      });
    }
    return {
      stop: async () => {
        stopping.abort();
        await boss.stop({ graceful: true, timeout: stopTimeoutMs });
      },
    };
  }
}

/** pg-boss stores what a handler throws: the name is enough there, the handler reports the rest. */
async function runOne(handle: () => Promise<void>): Promise<void> {
  const failure = await handle().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.name : typeof error),
  );
  if (failure !== undefined) throw new Error(`the job failed: ${failure}`);
}

/** For an installation without a queue. */
export const NO_JOB_SOURCE: JobSource = { run: () => Promise.resolve({ stop: () => Promise.resolve() }) };

/** Never creates or changes the schema: that is `migrate`'s. */
export function createBoss(
  databaseUrl: string,
  applicationName: string,
  onBackgroundError: (error: Error) => void,
  options: { readonly max: number; readonly supervise: boolean },
): PgBoss {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: applicationName,
    schema: QUEUE_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    ...options,
  });
  boss.on('error', (error) => {
    onBackgroundError(withoutValues(error));
  });
  return boss;
}
