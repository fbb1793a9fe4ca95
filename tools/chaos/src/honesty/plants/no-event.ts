import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** Nobody is told that a proof is stored. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ outbox }) =>
        outbox === undefined
          ? {}
          : {
              outbox: perverted(outbox, {
                append: (append) => (events) => append(events.filter(({ type }) => type !== 'invoice.complete')),
              }),
            },
      ),
  ],
]);
