import {
  PORTS,
  type ApiKeys,
  type CallBudget,
  type ContextLimitsSource,
  type JobQueue,
  type JobSource,
  type KsefLimitsBook,
  type RequestBudget,
  type SealedBoxes,
  type TenantDirectory,
  type UnitOfWork,
} from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { PostgresSealedBoxes } from './certificate/postgres-sealed-boxes.js';
import { createDataSource } from './database/data-source.js';
import { withoutValues } from './database/database-error.js';
import { Transactions, type Transaction } from './database/transactions.js';
import { unsafeRole } from './database/unsafe-role.js';
import { NO_JOB_QUEUE, PgBossJobQueue } from './jobs/pg-boss-job-queue.js';
import { createBoss, NO_JOB_SOURCE, PgBossJobSource } from './jobs/pg-boss-job-source.js';
import { PostgresCallBudget } from './rate-limit/postgres-call-budget.js';
import { PostgresKsefLimitsBook } from './rate-limit/postgres-ksef-limits-book.js';
import { PostgresRequestBudget } from './tenant/postgres-request-budget.js';
import { TypeormApiKeys } from './tenant/typeorm-api-keys.js';
import { TypeormTenantDirectory } from './tenant/typeorm-tenant-directory.js';
import { TypeormUnitOfWork } from './unit-of-work/typeorm-unit-of-work.js';

export interface PersistenceOptions {
  /** `postgres://…`; a secret: it holds the password. */
  readonly databaseUrl: string;
  /** Connections for transactions; a queue takes one more, a running job source two more. */
  readonly poolSize: number;
  /** Of KSeF: calls and limits of one environment do not count in another. @default 'test' */
  readonly environment?: string;
  /** Seen in `pg_stat_activity`. @default 'latarnik' */
  readonly applicationName?: string;
  /** Longest wait for a free connection. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Longest run of one statement. @default 30_000 */
  readonly statementTimeoutMs?: number;
  /** Longest pause inside a transaction. @default 60_000 */
  readonly idleInTransactionTimeoutMs?: number;
  /** False: jobs are neither written nor handed out, and the sweeper finds the work. @default {} */
  readonly queue?: false | QueueOptions;
  /** Told of failures that belong to no call; they mend themselves. @default nobody */
  readonly onBackgroundError?: (error: Error) => void;
  /** Told why row-level security does not hold this role; what it throws ends the opening. @default nobody */
  readonly onUnsafeRole?: (why: string) => void;
}

export interface QueueOptions {
  /** Gap between looks for new jobs, at least 500. @default 500 */
  readonly pollingIntervalMs?: number;
  /** Jobs of each kind at a time. @default 2 */
  readonly concurrency?: number;
  /** How long a stopping job source waits for running handlers. @default 30_000 */
  readonly stopTimeoutMs?: number;
}

export interface Persistence {
  /**
   * Binds UnitOfWork, ApiKeys, TenantDirectory, RequestBudget, SealedBoxes, JobSource, CallBudget, KsefLimitsBook and ContextLimits under
   * their PORTS. Requires nothing.
   */
  readonly module: ContainerModule;
  /** Ends all connections; stop a running job source first. Safe to repeat. */
  close(): Promise<void>;
}

/** How much longer the client waits than the server works, before it gives the connection up. */
const ANSWER_GRACE_MS = 5_000;

/**
 * Connects to a database that `migrate` has prepared.
 *
 * @throws DatabaseError when it cannot be reached, Error when the queue is missing
 */
export async function openPersistence(options: PersistenceOptions): Promise<Persistence> {
  const { statementTimeoutMs = 30_000, idleInTransactionTimeoutMs = 60_000 } = options;
  const common = commonOf(options);
  const dataSource = createDataSource({
    ...common,
    poolSize: options.poolSize,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    answerTimeoutMs: statementTimeoutMs + ANSWER_GRACE_MS,
    onIdleConnectionError: common.onBackgroundError,
  });
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    await dataSource.initialize();
    closing.push(() => dataSource.destroy());
    const why = await unsafeRole(dataSource);
    if (why !== undefined) options.onUnsafeRole?.(why);
    const transactions = new Transactions(dataSource, { statementTimeoutMs, idleInTransactionTimeoutMs });
    const { jobsOf, jobSource, stop } = await openQueue(options, common);
    closing.push(stop);
    return { module: persistenceModule(transactions, jobsOf, jobSource, options.environment ?? 'test'), close };
  } catch (error) {
    await close();
    throw withoutValues(error);
  }
}

interface Common {
  readonly databaseUrl: string;
  readonly applicationName: string;
  readonly onBackgroundError: (error: Error) => void;
}

function commonOf({ databaseUrl, applicationName = 'latarnik', onBackgroundError }: PersistenceOptions): Common {
  const tell = onBackgroundError ?? (() => undefined);
  return {
    databaseUrl,
    applicationName,
    onBackgroundError: (error) => {
      tell(withoutValues(error));
    },
  };
}

interface OpenedQueue {
  readonly jobsOf: (transaction: Transaction) => JobQueue;
  readonly jobSource: JobSource;
  readonly stop: () => Promise<void>;
}

async function openQueue({ queue = {} }: PersistenceOptions, common: Common): Promise<OpenedQueue> {
  if (queue === false) {
    return { jobsOf: () => NO_JOB_QUEUE, jobSource: NO_JOB_SOURCE, stop: () => Promise.resolve() };
  }
  const { pollingIntervalMs = 500, concurrency = 2, stopTimeoutMs = 30_000 } = queue;
  const boss = createBoss(common.databaseUrl, common.applicationName, common.onBackgroundError, {
    max: 1,
    supervise: false,
  });
  const stop = (): Promise<void> => boss.stop({ graceful: false });
  await startOrStop(boss.start(), stop);
  return {
    jobsOf: (transaction) => new PgBossJobQueue(boss, transaction),
    jobSource: new PgBossJobSource({ ...common, pollingIntervalMs, concurrency, stopTimeoutMs }),
    stop,
  };
}

/** A start that failed half-way leaves no connections behind. */
async function startOrStop(starting: Promise<unknown>, stop: () => Promise<void>): Promise<void> {
  try {
    await starting;
  } catch (error) {
    await stop();
    throw error;
  }
}

function persistenceModule(
  transactions: Transactions,
  jobsOf: (transaction: Transaction) => JobQueue,
  jobSource: JobSource,
  environment: string,
): ContainerModule {
  const limits = new PostgresKsefLimitsBook(transactions, environment);
  return new ContainerModule(({ bind }) => {
    bind<UnitOfWork>(PORTS.unitOfWork).toConstantValue(new TypeormUnitOfWork(transactions, jobsOf));
    bind<ApiKeys>(PORTS.apiKeys).toConstantValue(new TypeormApiKeys(transactions));
    bind<TenantDirectory>(PORTS.tenantDirectory).toConstantValue(new TypeormTenantDirectory(transactions));
    bind<RequestBudget>(PORTS.requestBudget).toConstantValue(new PostgresRequestBudget(transactions));
    bind<SealedBoxes>(PORTS.sealedBoxes).toConstantValue(new PostgresSealedBoxes(transactions));
    bind<CallBudget>(PORTS.callBudget).toConstantValue(new PostgresCallBudget(transactions, environment));
    bind<KsefLimitsBook>(PORTS.ksefLimitsBook).toConstantValue(limits);
    bind<ContextLimitsSource>(PORTS.contextLimits).toConstantValue(limits);
    bind<JobSource>(PORTS.jobSource).toConstantValue(jobSource);
  });
}
