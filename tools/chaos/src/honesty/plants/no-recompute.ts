import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

/** A message of Latarnia moves no deadline. */
export const latarnikModule = plant([
  [
    PORTS.unitOfWork,
    (inner: UnitOfWork) =>
      withStores(inner, ({ terms }) =>
        terms === undefined ? {} : { terms: perverted(terms, { move: () => () => Promise.resolve({ moved: [] }) }) },
      ),
  ],
]);
