import { describe, expect, it } from '@jest/globals';
import type { UseCases } from '@latarnik/composition';
import type { BatchId, TenantId, UnitOfWork } from '@latarnik/domain';
import { handleJob } from './job-handler.js';
import { WorkerMetrics } from './metrics.js';

const tenant = '01a1f834-0000-7000-8000-000000000001' as TenantId;
const batchId = '01a1f834-0000-7000-8000-000000000002' as BatchId;

function contextOf(useCases: unknown, counted: string[] = []) {
  const note = (what: string) => (id: BatchId) => {
    counted.push(`${what} ${id}`);
    return Promise.resolve();
  };
  const stores = { batchRuns: { failed: note('failed'), succeeded: note('succeeded') } };
  const unitOfWork = { inTenant: (_tenant: TenantId, work: (given: unknown) => unknown) => work(stores) };
  return {
    useCases: useCases as UseCases,
    unitOfWork: unitOfWork as unknown as UnitOfWork,
    metrics: new WorkerMetrics(),
    log: () => undefined,
  };
}

it('plans what the rules of sending say is due', async () => {
  const asked: TenantId[] = [];
  const sendWhenDue = {
    execute: (given: TenantId) => {
      asked.push(given);
      return Promise.resolve({ ok: true, value: [] });
    },
  };
  await handleJob(contextOf({ sendWhenDue }), { kind: 'plan-batches', tenant }, { aborted: false });
  expect(asked).toEqual([tenant]);
});

describe('a run of a batch', () => {
  const job = { kind: 'advance-batch', tenant, batchId } as const;
  const run = (execute: () => Promise<string>, counted: string[]) =>
    handleJob(contextOf({ advanceBatch: { execute } }, counted), job, { aborted: false });

  it('is counted against it when it fails, and the failure passes on', async () => {
    const counted: string[] = [];
    await expect(run(() => Promise.reject(new Error('broken')), counted)).rejects.toThrow('broken');
    expect(counted).toEqual([`failed ${batchId}`]);
  });

  it('clears it when it ends well', async () => {
    const counted: string[] = [];
    await run(() => Promise.resolve('waiting'), counted);
    expect(counted).toEqual([`succeeded ${batchId}`]);
  });
});
