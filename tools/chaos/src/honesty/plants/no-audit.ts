import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** Who accepted what is written down nowhere. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ audit }) =>
        audit === undefined
          ? {}
          : {
              audit: perverted(audit, {
                append: (append) => (entries) =>
                  append(
                    entries.filter(({ action }) => !action.startsWith('invoice.complete') && action !== 'batch.done'),
                  ),
                appendForEach: () => () => Promise.resolve(),
              }),
            },
      ),
  ],
]);
