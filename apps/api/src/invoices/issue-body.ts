import { fa3InvoiceJsonSchema } from '@latarnik/composition';

/** The two bodies that `POST /v1/invoices` takes, for the API description: Nest knows one schema for all types only. */
export const ISSUE_BODY = {
  required: true,
  content: {
    'application/xml': { schema: { type: 'string', description: 'FA(3) in UTF-8 without BOM, kept byte for byte' } },
    'application/json': { schema: fa3InvoiceJsonSchema() },
  },
};
