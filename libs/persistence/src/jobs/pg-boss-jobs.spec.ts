import type { BatchId, Job, TenantId } from '@latarnik/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { nextId } from '../testing/samples.js';
import { TestDatabase, until } from '../testing/test-database.js';

let database: TestDatabase;
let tenant: TenantId;

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterAll(() => database.stop());
beforeEach(async () => {
  tenant = await database.aTenant();
});

interface QueuedJob {
  readonly name: string;
  readonly data: unknown;
  readonly seconds: number;
}

const queued = () =>
  database.sql<QueuedJob>(
    `SELECT name, data, round(extract(epoch FROM start_after - created_on))::integer AS seconds
     FROM pgboss.job WHERE state = 'created' AND data ->> 'tenant' = $1 ORDER BY name, start_after`,
    [tenant],
  );
const enqueue = (job: Job, afterSeconds?: number) =>
  database.unitOfWork.inTenant(tenant, ({ jobs }) => jobs.enqueue(job, afterSeconds));
const advance = (): Job => ({ kind: 'advance-batch', tenant, batchId: nextId() as BatchId });

describe('a job', () => {
  it('exists when its transaction has committed, not before, and holds ids only', async () => {
    const job = advance();
    await database.unitOfWork.inTenant(tenant, async ({ jobs }) => {
      await jobs.enqueue(job);
      await jobs.enqueue({ kind: 'plan-batches', tenant }, 5);
      expect(await queued()).toEqual([]);
    });
    expect(await queued()).toEqual([
      { name: 'advance-batch', data: { tenant, batchId: 'batchId' in job ? job.batchId : '' }, seconds: 0 },
      { name: 'plan-batches', data: { tenant }, seconds: 5 },
    ]);
  });

  it('does not exist when its transaction was rolled back', async () => {
    const failing = database.unitOfWork.inTenant(tenant, async ({ jobs }) => {
      await jobs.enqueue(advance());
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await queued()).toEqual([]);
  });

  it('waits once, however often it is wanted, at once or later', async () => {
    const job = advance();
    await enqueue(job, 60);
    for (let wish = 0; wish < 3; wish++) await enqueue(job);
    await enqueue(job, 30);
    await Promise.all([enqueue(job), enqueue(job), enqueue(job)]);
    await enqueue(advance());
    expect((await queued()).map(({ seconds }) => seconds)).toEqual([0, 0, 60]);
  });

  it('that another open transaction writes does not make this one wait', async () => {
    const job: Job = { kind: 'plan-batches', tenant };
    await database.unitOfWork.inTenant(tenant, async ({ jobs }) => {
      await jobs.enqueue(job, 5);
      await enqueue(job, 5);
    });
    expect(await queued()).toHaveLength(1);
  });

  it('is also made by work that belongs to no tenant', async () => {
    await database.unitOfWork.inSystem(({ jobs }) => jobs.enqueue({ kind: 'recalculate-deadlines', tenant }));
    expect(await queued()).toEqual([{ name: 'recalculate-deadlines', data: { tenant }, seconds: 0 }]);
  });
});

describe('the job source', () => {
  it('hands out every kind, and again what a handler threw on', async () => {
    const jobs: Job[] = [
      advance(),
      { kind: 'plan-batches', tenant },
      { kind: 'recalculate-deadlines', tenant },
      { kind: 'track-interactive', tenant },
    ];
    const handled: Job[] = [];
    let failures = 0;
    const running = await database.jobSource.run((job) => {
      if (job.tenant !== tenant) return Promise.resolve();
      if (job.kind === 'plan-batches' && failures === 0) {
        failures += 1;
        return Promise.reject(new Error('SECRET of the handler'));
      }
      handled.push(job);
      return Promise.resolve();
    });
    try {
      for (const job of jobs) await enqueue(job);
      await until(() => handled.length === 4);
    } finally {
      await running.stop();
    }
    expect(handled).toEqual(expect.arrayContaining(jobs));
    expect(failures).toBe(1);
    const stored = await database.sql<{ all: string }>('SELECT json_agg(job)::text AS all FROM pgboss.job');
    expect(stored[0]?.all).not.toContain('SECRET');
  });

  it('aborts the signal of a running handler and waits for it to end', async () => {
    const events: string[] = [];
    const running = await database.jobSource.run(async (job, signal) => {
      if (job.tenant !== tenant) return;
      events.push('begun');
      await until(() => signal.aborted);
      events.push('handed back');
    });
    await enqueue({ kind: 'plan-batches', tenant });
    await until(() => events.length > 0);
    await running.stop();
    expect(events).toEqual(['begun', 'handed back']);
  });
});

describe('without a queue', () => {
  it('jobs are not written, and everything else works', async () => {
    const other = await TestDatabase.start({ queue: false });
    try {
      const id = await other.aTenant();
      await other.sql('DROP SCHEMA pgboss CASCADE');
      await other.unitOfWork.inTenant(id, ({ jobs }) => jobs.enqueue({ kind: 'plan-batches', tenant: id }));
      const running = await other.jobSource.run(() => Promise.reject(new Error('never called')));
      await running.stop();
    } finally {
      await other.stop();
    }
  });
});
