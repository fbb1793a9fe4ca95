import { PORTS, type BatchLease, type BatchRepository, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, sql, withStores } from './perverting.js';

/** Takes any lease, held or not, and writes with whatever fence and version are current. */
const fenceless = (batches: BatchRepository): BatchRepository =>
  perverted(batches, {
    lease: () => async (id, owner, seconds) => {
      const [row] = await sql<{ fence: string }>(
        `UPDATE batch SET fence = fence + 1, lease_owner = $2, lease_until = app_now() + make_interval(secs => $3)
         WHERE id = $1 RETURNING fence`,
        [id, owner, seconds],
      );
      return row === undefined ? undefined : { batchId: id, fence: BigInt(row.fence) };
    },
    save: (save) => async (batch, lease, seconds) => {
      const { fence, version } = await current(lease);
      return save({ ...batch, version }, { ...lease, fence }, seconds);
    },
    renew: () => () => Promise.resolve(),
    release: () => () => Promise.resolve(),
    postpone: (postpone) => async (lease, seconds) => {
      const { fence } = await current(lease);
      return postpone({ ...lease, fence }, seconds);
    },
  });

async function current({ batchId, fence }: BatchLease) {
  const [row] = await sql<{ fence: string; version: number }>('SELECT fence, version FROM batch WHERE id = $1', [
    batchId,
  ]);
  return { fence: BigInt(row?.fence ?? fence), version: row?.version ?? 0 };
}

export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ batches, tenants }) => ({
        ...(batches === undefined ? {} : { batches: fenceless(batches) }),
        ...(tenants === undefined
          ? {}
          : {
              dueBatches: async () =>
                (
                  await sql<{ tenant_id: string; id: string }>(
                    "SELECT tenant_id, id FROM batch WHERE state NOT IN ('done', 'dead') LIMIT 20",
                  )
                ).map(({ tenant_id: tenant, id: batchId }) => ({ tenant, batchId }) as never),
            }),
      })),
  ],
]);
