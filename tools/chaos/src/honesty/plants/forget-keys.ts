import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** Idempotency keys are neither kept nor looked up. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ idempotency }) =>
        idempotency === undefined
          ? {}
          : {
              idempotency: perverted(idempotency, {
                find: () => () => Promise.resolve(undefined),
                add: () => () => Promise.resolve(true),
              }),
            },
      ),
  ],
]);
