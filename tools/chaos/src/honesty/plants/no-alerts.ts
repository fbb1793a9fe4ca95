import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** Nobody is warned of a deadline. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ alerts }) =>
        alerts === undefined ? {} : { alerts: perverted(alerts, { raise: () => () => Promise.resolve([]) }) },
      ),
  ],
]);
