import { type Clock, type InvoiceDocuments, PORTS } from '@latarnik/domain';
import { ContainerModule, type ServiceIdentifier } from 'inversify';

import { Fa3InvoiceDocuments } from './fa3-invoice-documents.js';
import { fa3Schema } from './schema/fa3-schema.js';

const INVOICE_DOCUMENTS: ServiceIdentifier<InvoiceDocuments> = PORTS.invoiceDocuments;
const CLOCK: ServiceIdentifier<Clock> = PORTS.clock;

/**
 * Provides InvoiceDocuments. Requires Clock (for DataWytworzeniaFa of built documents).
 * The first `get` checks the schema files against their pinned sums and compiles them; it throws when they differ.
 */
export const fa3Module = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(INVOICE_DOCUMENTS)
      .toResolvedValue((clock: Clock) => new Fa3InvoiceDocuments(fa3Schema(), clock), [CLOCK])
      .inSingletonScope();
  });
