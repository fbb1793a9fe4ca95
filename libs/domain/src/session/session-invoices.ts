import type { KsefAccess } from './ksef-access.js';
import type { SessionInvoice, SessionReader } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

/** A session carries at most 10,000 invoices and KSeF's pages hold at least ten: more pages than this are no pages. */
const MOST_PAGES = 1001;

/** Every row of a session, page by page. @throws as SessionReader does, and when KSeF's paging does not end */
export async function* sessionInvoices(
  reader: SessionReader,
  access: KsefAccess,
  session: SessionReference,
): AsyncGenerator<SessionInvoice> {
  let continuationToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const read = await reader.invoices(access, session, continuationToken);
    yield* read.invoices;
    continuationToken = read.continuationToken;
    if (continuationToken === undefined) return;
  }
  throw new Error(`session ${session}: the list of its invoices does not end`);
}
