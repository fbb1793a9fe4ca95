import { PORTS, type UnitOfWork } from '@latarnik/domain';
import { perverted, plant, withStores } from './perverting.js';

class LostCommit extends Error {}
const EVERY = 4;
let issued = 0;

/** Now and then the answer is out before the transaction, and the transaction comes to nothing. */
function losing(inner: UnitOfWork): UnitOfWork {
  return {
    inSystem: (work) => inner.inSystem(work),
    inTenant: async (tenant, work) => {
      let adds = false;
      const watching = withStores(inner, ({ invoices }) =>
        invoices === undefined
          ? {}
          : {
              invoices: perverted(invoices, {
                add: (add) => (invoice, bytes) => {
                  adds = true;
                  return add(invoice, bytes);
                },
              }),
            },
      );
      const answer: { value?: Awaited<ReturnType<typeof work>> } = {};
      try {
        return await watching.inTenant(tenant, async (stores) => {
          const value = await work(stores);
          if (adds) issued += 1;
          if (!adds || issued % EVERY !== 0) return value;
          Object.assign(answer, { value });
          throw new LostCommit();
        });
      } catch (error) {
        if (error instanceof LostCommit && answer.value !== undefined) return answer.value;
        throw error;
      }
    },
  };
}

export const latarnikModule = plant([[PORTS.unitOfWork, losing]]);
