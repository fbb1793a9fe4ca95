import { PORTS, type BatchSessions, type SessionReader } from '@latarnik/domain';
import { perverted, plant } from './perverting.js';

const given = new Set<string>();

/** A close without a good answer counts as a session that never was: its invoices go into another one. */
export const latarnikModule = plant([
  [
    PORTS.batchSessions,
    (inner: BatchSessions) =>
      perverted(inner, {
        close: (close) => async (access, session) => {
          const attempt = await close(access, session);
          if (attempt.outcome === 'unknown') given.add(session);
          return attempt;
        },
      }),
  ],
  [
    PORTS.sessionReader,
    (inner: SessionReader) =>
      perverted(inner, {
        status: (status) => async (access, session) =>
          given.has(session)
            ? { code: 440, description: 'Sesja anulowana', details: [], upoPages: [] }
            : status(access, session),
        invoices: (invoices) => async (access, session, token) =>
          given.has(session) ? { invoices: [] } : invoices(access, session, token),
      }),
  ],
]);
