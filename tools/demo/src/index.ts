// The demo is a process (main.ts); its parts serve the end-to-end tests too.
export { ApiClient } from './api-client.js';
export { runDemo } from './demo.js';
export type { InvoiceView } from './api-client.js';
export { balanceBooks } from './books.js';
export { exampleInvoices } from './example-invoices.js';
export type { ExampleInvoice } from './example-invoices.js';
