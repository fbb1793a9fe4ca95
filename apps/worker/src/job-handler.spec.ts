import { expect, it } from '@jest/globals';
import type { UseCases } from '@latarnik/composition';
import type { TenantId } from '@latarnik/domain';
import { handleJob } from './job-handler.js';
import { WorkerMetrics } from './metrics.js';

const tenant = '01a1f834-0000-7000-8000-000000000001' as TenantId;

it.each([
  [true, 1],
  [false, 0],
])('plans when the oldest waiting invoice has waited enough (%s), and not before', async (waited, plans) => {
  let planned = 0;
  const planBatches = {
    whenSendable: () => {
      planned += 1;
      return Promise.resolve({ ok: true, value: [] });
    },
  };
  const context = {
    useCases: { planBatches } as unknown as UseCases,
    hasWaitedEnough: () => Promise.resolve(waited),
    metrics: new WorkerMetrics(),
    log: () => undefined,
  };
  await handleJob(context, { kind: 'plan-batches', tenant }, { aborted: false });

  expect(planned).toBe(plans);
});
