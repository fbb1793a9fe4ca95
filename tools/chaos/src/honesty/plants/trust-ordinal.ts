import { PORTS, type InvoiceHash, type SessionReader } from '@latarnik/domain';
import { perverted, plant, sql } from './perverting.js';

/** The n-th row is taken for the n-th invoice, whatever its hash. */
export const latarnikModule = plant([
  [
    PORTS.sessionReader,
    (inner: SessionReader) =>
      perverted(inner, {
        invoices: (invoices) => async (access, session, token) => {
          const page = await invoices(access, session, token);
          const ours = await sql<{ sha256: Buffer }>(
            'SELECT sha256 FROM invoice WHERE session_reference = $1 ORDER BY id DESC',
            [session],
          );
          return {
            ...page,
            invoices: page.invoices.map((row, at) => ({
              ...row,
              hash: new Uint8Array(ours[at]?.sha256 ?? row.hash) as InvoiceHash,
            })),
          };
        },
      }),
  ],
]);
