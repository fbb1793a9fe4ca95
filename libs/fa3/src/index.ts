// FA(3) documents behind the port InvoiceDocuments. Start at fa3-invoice-documents.ts.
export { fa3InvoiceJsonSchema } from './build/json-schema.js';
export type { Fa3InvoiceModel } from './build/model/invoice.js';
export { fa3Module } from './fa3.module.js';
