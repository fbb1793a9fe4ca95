import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { InvoiceRecord } from '../core/invoice.js';
import { type Page, page } from '../core/paging.js';
import { orderedList } from './list-order.js';
import { refuse } from '../core/refusals.js';
import { countInvoices, type Session } from '../core/session.js';
import { ksefTimestamp } from '../core/time.js';
import type { SimulatorState } from '../simulator-state.js';
import type { StorageLinks } from './links.js';
import { assertReference, continuationToken, queryInteger, sessionOf } from './requests.js';
import { querySessions } from './session-query.js';
import { findInvoiceUpo, sendXml } from './xml-answers.js';

/** Watching sessions: state, invoices, UPO. */
export function registerSessionRoutes(app: FastifyInstance, state: SimulatorState, links: StorageLinks): void {
  app.get('/sessions', (request) => {
    const { items, continuationToken: next } = querySessions(state, request);
    return { continuationToken: next, sessions: items.map(describeListed) };
  });

  app.get('/sessions/:referenceNumber', (request) => describeSession(sessionOf(state, request), links));

  const listInvoices = (request: FastifyRequest, wanted: (invoice: InvoiceRecord) => boolean, scope: string) => {
    const session = sessionOf(state, request);
    const size = queryInteger(request, 'pageSize', { min: 10, max: 1000, fallback: 10 });
    const token = continuationToken(request);
    const list = orderedList(
      state.faults,
      session.invoices.filter(wanted),
      `${scope}:${session.referenceNumber}`,
      token,
    );
    const { items, continuationToken: next }: Page<InvoiceRecord> = page(list.items, size, list.scope, token);
    return {
      continuationToken: next,
      invoices: items.map((invoice) => describeInvoice(session, invoice, state, links)),
    };
  };
  app.get('/sessions/:referenceNumber/invoices', (request) => listInvoices(request, () => true, 'invoices'));
  app.get('/sessions/:referenceNumber/invoices/failed', (request) =>
    listInvoices(request, ({ status }) => status.code >= 400, 'failed'),
  );

  app.get<{ Params: { invoiceReferenceNumber: string } }>(
    '/sessions/:referenceNumber/invoices/:invoiceReferenceNumber',
    (request) => {
      const session = sessionOf(state, request);
      const { invoiceReferenceNumber } = request.params;
      const invoice = session.invoices.find(({ referenceNumber }) => referenceNumber === invoiceReferenceNumber);
      if (invoice === undefined) {
        throw refuse(21405, `Faktura o numerze referencyjnym ${invoiceReferenceNumber} nie została znaleziona.`);
      }
      return describeInvoice(session, invoice, state, links);
    },
  );
  registerUpoRoutes(app, state);
}

function registerUpoRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get<{ Params: { ksefNumber: string } }>(
    '/sessions/:referenceNumber/invoices/ksef/:ksefNumber/upo',
    (request, reply) => {
      const session = sessionOf(state, request);
      const { ksefNumber } = request.params;
      const upo = findInvoiceUpo(state, session, ({ accepted }) => accepted?.ksefNumber === ksefNumber);
      if (upo !== undefined) return sendXml(reply, upo);
      throw refuse(
        21178,
        `UPO o numerze KSeF ${ksefNumber} i numerze referencyjnym sesji ${session.referenceNumber} nie zostało znalezione.`,
      );
    },
  );

  app.get<{ Params: { invoiceReferenceNumber: string } }>(
    '/sessions/:referenceNumber/invoices/:invoiceReferenceNumber/upo',
    (request, reply) => {
      const session = sessionOf(state, request);
      const { invoiceReferenceNumber } = request.params;
      assertReference(invoiceReferenceNumber);
      const upo = findInvoiceUpo(state, session, ({ referenceNumber }) => referenceNumber === invoiceReferenceNumber);
      if (upo !== undefined) return sendXml(reply, upo);
      throw refuse(21178, `UPO faktury ${invoiceReferenceNumber} nie zostało znalezione.`);
    },
  );

  app.get<{ Params: { upoReferenceNumber: string } }>(
    '/sessions/:referenceNumber/upo/:upoReferenceNumber',
    (request, reply) => {
      const session = sessionOf(state, request);
      const { upoReferenceNumber } = request.params;
      const upo = session.upoPages.find(({ referenceNumber }) => referenceNumber === upoReferenceNumber);
      if (upo !== undefined) return sendXml(reply, upo.xml);
      throw refuse(
        21178,
        `UPO o numerze referencyjnym ${upoReferenceNumber} dla sesji ${session.referenceNumber} nie zostało znalezione.`,
      );
    },
  );
}

function describeListed(session: Session) {
  const { total, successful, failed } = countInvoices(session);
  return {
    referenceNumber: session.referenceNumber,
    status: session.status,
    dateCreated: ksefTimestamp(session.createdAt),
    dateUpdated: ksefTimestamp(session.updatedAt),
    validUntil: ksefTimestamp(session.validUntil),
    totalInvoiceCount: total,
    successfulInvoiceCount: successful,
    failedInvoiceCount: failed,
  };
}

function describeSession(session: Session, links: StorageLinks) {
  const { total, successful, failed } = countInvoices(session);
  const upo = session.upoPages.map((upoPage) => {
    const { url, expiresAt } = links.sessionUpo(session, upoPage);
    return {
      referenceNumber: upoPage.referenceNumber,
      downloadUrl: url,
      downloadUrlExpirationDate: ksefTimestamp(expiresAt),
    };
  });
  return {
    status: session.status,
    dateCreated: ksefTimestamp(session.createdAt),
    dateUpdated: ksefTimestamp(session.updatedAt),
    validUntil: ksefTimestamp(session.validUntil),
    ...(upo.length === 0 ? {} : { upo: { pages: upo } }),
    invoiceCount: total,
    successfulInvoiceCount: successful,
    failedInvoiceCount: failed,
  };
}

function describeInvoice(session: Session, invoice: InvoiceRecord, state: SimulatorState, links: StorageLinks) {
  const { facts, fileName } = invoice;
  return {
    ordinalNumber: invoice.ordinal,
    ...(facts === undefined ? {} : { invoiceNumber: facts.invoiceNumber }),
    referenceNumber: invoice.referenceNumber,
    invoiceHash: invoice.invoiceHash,
    ...(fileName === undefined ? {} : { invoiceFileName: fileName }),
    invoicingDate: ksefTimestamp(invoice.invoicingAt),
    ...describeAcceptance(session, invoice, state, links),
    status: invoice.status,
  };
}

function describeAcceptance(session: Session, invoice: InvoiceRecord, { clock }: SimulatorState, links: StorageLinks) {
  const { accepted } = invoice;
  if (accepted === undefined) return {};
  const { url, expiresAt } = links.invoiceUpo(session, invoice);
  return {
    ksefNumber: accepted.ksefNumber,
    acquisitionDate: ksefTimestamp(accepted.acquiredAt),
    ...(accepted.storedAt > clock.now() ? {} : { permanentStorageDate: ksefTimestamp(accepted.storedAt) }),
    invoicingMode: accepted.invoicingMode,
    upoDownloadUrl: url,
    upoDownloadUrlExpirationDate: ksefTimestamp(expiresAt),
  };
}
