import type { FastifyInstance } from 'fastify';

import { contextNip } from '../core/context.js';
import { refuse } from '../core/refusals.js';
import type { SimulatorState } from '../simulator-state.js';
import { METADATA_QUERY_SCHEMA } from './body-schemas.js';
import { type MetadataQuery, queryMetadata } from './metadata-query.js';
import { permittedLogin, queryInteger, queryValue } from './requests.js';
import { sendXml } from './xml-answers.js';

const KSEF_NUMBER =
  /^[1-9](\d[1-9]|[1-9]\d)\d{7}-(20[2-9]\d|2[1-9]\d{2}|[3-9]\d{3})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}$/;

/** Reading accepted invoices back. */
export function registerInvoiceRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get<{ Params: { ksefNumber: string } }>('/invoices/ksef/:ksefNumber', (request, reply) => {
    const { context } = permittedLogin(state, request, ['InvoiceRead']);
    const { ksefNumber } = request.params;
    if (!KSEF_NUMBER.test(ksefNumber)) throw refuse(21405, 'Nieprawidłowy format numeru KSeF.');
    const invoice = state.archive.find(ksefNumber);
    const nip = contextNip(context);
    const isParty =
      invoice !== undefined &&
      (invoice.facts.sellerNip === nip ||
        invoice.facts.buyer.value === nip ||
        contextNip(invoice.session.context) === nip);
    if (!isParty) throw refuse(21164, `Faktura o numerze KSeF ${ksefNumber} nie została znaleziona.`);
    if (invoice.acceptance.storedAt > state.clock.now()) {
      throw refuse(
        21165,
        `Faktura o numerze KSeF ${ksefNumber} została przetworzona, ale nie jest jeszcze dostępna do pobrania. Spróbuj ponownie później.`,
      );
    }
    return sendXml(reply, invoice.acceptance.content);
  });

  app.post<{ Body: MetadataQuery }>(
    '/invoices/query/metadata',
    { schema: { body: METADATA_QUERY_SCHEMA } },
    (request) => {
      const { context } = permittedLogin(state, request, ['InvoiceRead']);
      return queryMetadata(state, context, request.body, {
        pageSize: queryInteger(request, 'pageSize', { min: 10, max: 250, fallback: 10 }),
        pageOffset: queryInteger(request, 'pageOffset', { min: 0, max: 100_000, fallback: 0 }),
        descending: queryValue(request, 'sortOrder') === 'Desc',
      });
    },
  );
}
