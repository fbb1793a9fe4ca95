import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** Every job is lost, and the sweeper passes batches over. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ jobs, tenants }) => ({
        ...(jobs === undefined ? {} : { jobs: perverted(jobs, { enqueue: () => () => Promise.resolve() }) }),
        ...(tenants === undefined ? {} : { dueBatches: () => Promise.resolve([]) }),
      })),
  ],
]);
