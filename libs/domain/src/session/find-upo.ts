import { sameHash } from '../invoice/invoice-hash.js';
import { deliveredHash, type AcceptedInvoice } from '../invoice/invoice.js';
import { fetchUpo } from './fetch-upo.js';
import { findItsSession, sameNumberInKsef } from './find-in-ksef.js';
import type { KsefAccess } from './ksef-access.js';
import type { SessionReader, UpoDocument } from './session-reader.port.js';

export interface FoundUpo {
  readonly upo: UpoDocument;
  /** With the session that gave it. */
  readonly invoice: AcceptedInvoice;
}

/**
 * The UPO of an accepted invoice, wherever it is: from the session that is said to hold the invoice, or else from the one
 * that KSeF's lists prove to hold it. For when waiting has led to nothing: it costs a search (20 an hour).
 * @returns `undefined` while KSeF has none
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError
 */
export async function findUpo(
  reader: SessionReader,
  access: KsefAccess,
  invoice: AcceptedInvoice,
): Promise<FoundUpo | undefined> {
  const near = await fetchUpo(reader, access, invoice);
  return near === undefined ? findUpoElsewhere(reader, access, invoice) : { upo: near, invoice };
}

/** The same when the session that is said to hold the invoice was just asked. */
export async function findUpoElsewhere(
  reader: SessionReader,
  access: KsefAccess,
  invoice: AcceptedInvoice,
): Promise<FoundUpo | undefined> {
  const { acceptance } = invoice;
  const hash = deliveredHash(invoice);
  const known = (await sameNumberInKsef(reader, access, invoice.facts)).find((each) => sameHash(each.hash, hash));
  const held = await findItsSession(reader, access, known ?? { hash, invoicingDate: acceptance.invoicingDate });
  if (held === undefined || held.session === acceptance.session) return undefined;
  const { reference, invoicingDate } = held.row;
  const moved = { ...invoice, acceptance: { ...acceptance, session: held.session, invoice: reference, invoicingDate } };
  const upo = await fetchUpo(reader, access, moved, held.row);
  return upo === undefined ? undefined : { upo, invoice: moved };
}
