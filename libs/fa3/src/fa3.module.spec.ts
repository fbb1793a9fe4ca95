import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { type InvoiceDocuments, PORTS } from '@latarnik/domain';
import { Container } from 'inversify';

import { fa3InvoiceJsonSchema, fa3Module } from './index.js';
import { aModel, clock, TODAY } from './testing/documents.js';

describe('fa3Module', () => {
  it('provides InvoiceDocuments once, with the clock of the container', () => {
    const container = new Container();
    container.bind(PORTS.clock).toConstantValue(clock);
    container.load(fa3Module());
    const documents = container.get<InvoiceDocuments>(PORTS.invoiceDocuments);
    expect(container.get(PORTS.invoiceDocuments)).toBe(documents);
    const built = documents.build(aModel());
    expect(built.ok && documents.read(built.value, TODAY).ok).toBe(true);
  });
});

describe('the JSON Schema of the model', () => {
  it('describes every field and refuses unknown ones', () => {
    const schema = fa3InvoiceJsonSchema();
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['number', 'issueDate', 'seller', 'buyer'],
      properties: {
        number: { type: 'string', description: "The seller's own number (P_2)", minLength: 1, maxLength: 256 },
        kind: { enum: ['VAT', 'KOR', 'ZAL', 'ROZ', 'UPR', 'KOR_ZAL', 'KOR_ROZ'] },
        lines: { type: 'array', maxItems: 10_000 },
      },
    });
  });
});
