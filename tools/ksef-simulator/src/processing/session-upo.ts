import type { ArchivedInvoice, InvoiceArchive } from '../core/archive.js';
import { type RandomOctets, referenceNumber } from '../core/numbers.js';
import type { Session, UpoPage } from '../core/session.js';
import type { UpoSeal } from '../crypto/upo-seal.js';
import { buildUpo } from '../documents/upo.js';

/** The accepted invoices of a session, in the order they came. */
export function acceptedOf(session: Session, archive: InvoiceArchive): readonly ArchivedInvoice[] {
  return session.invoices.flatMap(({ accepted }) => {
    const invoice = accepted === undefined ? undefined : archive.find(accepted.ksefNumber);
    return invoice === undefined ? [] : [invoice];
  });
}

/** The collective UPO of a finished session, cut into pages. */
export function buildSessionUpo(
  session: Session,
  archive: InvoiceArchive,
  options: {
    readonly pageSize: number;
    readonly now: number;
    readonly random: RandomOctets;
    readonly seal: UpoSeal;
  },
): readonly UpoPage[] {
  const accepted = acceptedOf(session, archive);
  const pages = Math.ceil(accepted.length / options.pageSize);
  return Array.from({ length: pages }, (_, index) => {
    const from = index * options.pageSize;
    const invoices = accepted.slice(from, from + options.pageSize);
    const position = { page: index + 1, pages, from: from + 1, to: from + invoices.length, total: accepted.length };
    return {
      referenceNumber: referenceNumber('EU', options.now, options.random),
      xml: options.seal.seal(buildUpo(session, invoices, position), options.now),
    };
  });
}
