import { PORTS, Temporal, type InvoiceHash, type InvoiceReference, type SessionReader } from '@latarnik/domain';
import { isProcessing, ksefNumberFor, type InvoiceInSession } from './forged.js';
import { perverted, plant, sql } from './perverting.js';

const forged = new Map<string, { readonly hash: InvoiceHash; readonly number: string }>();

/** KSeF took the package (202), so everything in it counts as accepted, with numbers made up here. */
export const latarnikModule = plant([
  [
    PORTS.sessionReader,
    (inner: SessionReader) =>
      perverted(inner, {
        status: (status) => async (access, session) => {
          const answer = await status(access, session);
          return answer !== undefined && isProcessing(answer.code) ? { ...answer, code: 200 } : answer;
        },
        invoices: () => async (_access, session) => {
          const ours = await sql<InvoiceInSession>(
            'SELECT id, seller_nip, sha256, received_at FROM invoice WHERE session_reference = $1',
            [session],
          );
          return {
            invoices: ours.map((row) => {
              const hash = new Uint8Array(row.sha256) as InvoiceHash;
              const number = ksefNumberFor(row);
              forged.set(number, { hash, number });
              const invoicingDate = Temporal.Instant.fromEpochMilliseconds(row.received_at.getTime());
              return {
                ...{ hash, code: 200 as never, description: 'Sukces', details: [], ksefNumber: number, invoicingDate },
                reference: `20261120-EE-${row.id.slice(0, 10).toUpperCase()}-0000000000-00` as InvoiceReference,
              };
            }),
          };
        },
        upo:
          () =>
          (_access, _session, { ksefNumber }) => {
            const known = forged.get(ksefNumber);
            const entries = known === undefined ? [] : [{ ksefNumber, hash: known.hash }];
            return Promise.resolve({ bytes: new TextEncoder().encode('<Potwierdzenie/>'), entries });
          },
      }),
  ],
]);
