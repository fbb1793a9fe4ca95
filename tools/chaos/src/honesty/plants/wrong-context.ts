import { PORTS, type BatchSessions, type KsefAccess } from '@latarnik/domain';
import { perverted, plant, sql } from './perverting.js';

/** Sessions of every tenant are opened in the name of the first one. */
export const latarnikModule = plant([
  [
    PORTS.batchSessions,
    (inner: BatchSessions) =>
      perverted(inner, {
        open: (open) => async (_access, formCode, sealed) => {
          const [first] = await sql<{ tenant_id: string; type: string; value: string }>(
            'SELECT tenant_id, type, value FROM tenant_context ORDER BY value LIMIT 1',
          );
          const access = { tenant: first?.tenant_id, context: { type: first?.type, value: first?.value } };
          return open(access as KsefAccess, formCode, sealed);
        },
      }),
  ],
]);
