import { sameHash } from '../invoice/invoice-hash.js';
import { complete } from '../invoice/invoice-transitions.js';
import { deliveredHash, type AcceptedInvoice } from '../invoice/invoice.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { KsefAccess } from './ksef-access.js';
import type { SessionInvoice, SessionReader, UpoDocument } from './session-reader.port.js';

/**
 * The UPO of an accepted invoice, believed only if it names our number and our hash (invariant I8).
 * @returns `undefined` while KSeF has none: a UPO that names something else is none, and is asked for again
 */
export async function fetchUpo(
  reader: SessionReader,
  access: KsefAccess,
  invoice: AcceptedInvoice,
  row?: Pick<SessionInvoice, 'upoDownloadUrl'>,
): Promise<UpoDocument | undefined> {
  const { session, ksefNumber } = invoice.acceptance;
  const upo = await reader.upo(access, session, {
    ksefNumber,
    ...(row?.upoDownloadUrl === undefined ? {} : { upoDownloadUrl: row.upoDownloadUrl }),
  });
  if (upo === undefined) return undefined;
  const hash = deliveredHash(invoice);
  const names = upo.entries.some((entry) => entry.ksefNumber === ksefNumber && sameHash(entry.hash, hash));
  return names ? upo : undefined;
}

/** Stores the proofs and finishes the invoices, each with its audit row, in the transaction of the caller. */
export async function completeWithUpo(
  { invoices, audit }: TenantStores,
  proven: readonly { readonly invoice: AcceptedInvoice; readonly upo: UpoDocument }[],
  at: Instant,
): Promise<void> {
  for (const { invoice, upo } of proven) await invoices.addUpo(invoice.id, upo.bytes, upo.signature);
  await invoices.saveAll(proven.map(({ invoice }) => complete(invoice)));
  await audit.append(
    proven.map(({ invoice }) => ({
      at,
      actor: 'worker',
      action: 'invoice.complete',
      subject: { kind: 'invoice', id: invoice.id },
      facts: { ksefNumber: invoice.acceptance.ksefNumber },
    })),
  );
}
