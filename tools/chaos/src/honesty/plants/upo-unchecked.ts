import { PORTS, type InvoiceHash, type SessionReader, type UpoDocument } from '@latarnik/domain';
import { perverted, plant, sql } from './perverting.js';

let first: UpoDocument | undefined;

/** The first UPO that was ever fetched is believed to prove everything. */
export const latarnikModule = plant([
  [
    PORTS.sessionReader,
    (inner: SessionReader) =>
      perverted(inner, {
        upoPage: () => () => Promise.resolve(undefined),
        upo: (upo) => async (access, session, invoice) => {
          first ??= await upo(access, session, invoice);
          const [row] = await sql<{ sha256: Buffer }>('SELECT sha256 FROM invoice WHERE ksef_number = $1', [
            invoice.ksefNumber,
          ]);
          if (first === undefined || row === undefined) return undefined;
          return {
            ...first,
            entries: [{ ksefNumber: invoice.ksefNumber, hash: new Uint8Array(row.sha256) as InvoiceHash }],
          };
        },
      }),
  ],
]);
