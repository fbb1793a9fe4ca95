import type { Clock, Finding, InvoiceDocuments, InvoiceFacts, PlainDate, Result } from '@latarnik/domain';

import { buildDocument } from './build/build-document.js';
import { Lookups } from './read/lookups.js';
import { readDocument } from './read/read-document.js';
import type { Fa3Schema } from './schema/fa3-schema.js';

/** FA(3) 1-0E through libxml2 (reading) and xmlbuilder2 (writing). */
export class Fa3InvoiceDocuments implements InvoiceDocuments {
  readonly #lookups = new Lookups();

  constructor(
    private readonly schema: Fa3Schema,
    private readonly clock: Clock,
  ) {}

  build(model: unknown): Result<Uint8Array, readonly Finding[]> {
    return buildDocument(model, this.clock.now());
  }

  read(bytes: Uint8Array, today: PlainDate): Result<InvoiceFacts, readonly Finding[]> {
    return readDocument({ schema: this.schema, lookups: this.#lookups }, bytes, today);
  }
}
