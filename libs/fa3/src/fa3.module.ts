import {
  type Clock,
  type DocumentComparison,
  type DocumentElements,
  type InvoiceDocuments,
  PORTS,
} from '@latarnik/domain';
import { ContainerModule, type ServiceIdentifier } from 'inversify';

import { Fa3DocumentComparison } from './compare/fa3-document-comparison.js';
import { Fa3InvoiceDocuments } from './fa3-invoice-documents.js';
import { Fa3DocumentElements } from './read/fa3-document-elements.js';
import { fa3Schema } from './schema/fa3-schema.js';

const INVOICE_DOCUMENTS: ServiceIdentifier<InvoiceDocuments> = PORTS.invoiceDocuments;
const DOCUMENT_COMPARISON: ServiceIdentifier<DocumentComparison> = PORTS.documentComparison;
const DOCUMENT_ELEMENTS: ServiceIdentifier<DocumentElements> = PORTS.documentElements;
const CLOCK: ServiceIdentifier<Clock> = PORTS.clock;

/**
 * Provides InvoiceDocuments, DocumentComparison and DocumentElements. Requires Clock (for DataWytworzeniaFa of built documents).
 * The first `get` checks the schema files against their pinned sums and compiles them; it throws when they differ.
 */
export const fa3Module = (): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(INVOICE_DOCUMENTS)
      .toResolvedValue((clock: Clock) => new Fa3InvoiceDocuments(fa3Schema(), clock), [CLOCK])
      .inSingletonScope();
    bind(DOCUMENT_COMPARISON).toConstantValue(new Fa3DocumentComparison());
    bind(DOCUMENT_ELEMENTS).toConstantValue(new Fa3DocumentElements());
  });
