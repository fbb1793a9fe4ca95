import type { FastifyInstance } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';

/** What a witness needs to judge a client by: every session with every invoice in it, and the bytes KSeF took. */
export function registerWitnessRoutes(app: FastifyInstance, { archive, sessions }: SimulatorState): void {
  app.get('/witness/sessions', () =>
    [...sessions.values()].map((session) => ({
      referenceNumber: session.referenceNumber,
      type: session.kind,
      context: session.context,
      code: session.status.code,
      createdAt: new Date(session.createdAt).toISOString(),
      closedAt: session.closedAt === undefined ? null : new Date(session.closedAt).toISOString(),
      updatedAt: new Date(session.updatedAt).toISOString(),
      invoices: session.invoices.map(({ invoiceHash, ordinal, status, accepted, hashOfCorrectedInvoice }) => ({
        invoiceHash,
        ordinal,
        code: status.code,
        ksefNumber: accepted?.ksefNumber ?? null,
        hashOfCorrectedInvoice: hashOfCorrectedInvoice ?? null,
      })),
    })),
  );

  app.get<{ Params: { ksefNumber: string } }>('/witness/documents/:ksefNumber', (request, reply) => {
    const invoice = archive.find(request.params.ksefNumber);
    if (invoice === undefined) return reply.code(404).send({ error: 'no such invoice' });
    return reply.type('application/octet-stream').send(invoice.acceptance.content);
  });
}
