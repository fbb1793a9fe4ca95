import type { FastifyReply } from 'fastify';

import type { InvoiceRecord } from '../core/invoice.js';
import type { Session } from '../core/session.js';
import { sha256Base64 } from '../crypto/hash.js';
import { buildUpo } from '../documents/upo.js';
import type { SimulatorState } from '../simulator-state.js';

/** An XML document with the hash header the API promises. */
export function sendXml(reply: FastifyReply, xml: Buffer): FastifyReply {
  return reply.header('x-ms-meta-hash', sha256Base64(xml)).type('application/xml').send(xml);
}

/** The UPO of one accepted invoice of a session; undefined when there is none such. */
export function findInvoiceUpo(
  state: SimulatorState,
  session: Session,
  wanted: (invoice: InvoiceRecord) => boolean,
): Buffer | undefined {
  const accepted = session.invoices.find((invoice) => wanted(invoice))?.accepted;
  const archived = accepted === undefined ? undefined : state.archive.find(accepted.ksefNumber);
  if (archived === undefined) return undefined;
  return state.upoSeal.seal(buildUpo(session, [archived]), archived.acceptance.acquiredAt);
}
