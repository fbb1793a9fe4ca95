import { fa3InvoiceJsonSchema } from '@latarnik/composition';
import { z } from 'zod';
import { answerSchema, bodySchema } from '../http/open-api-schema.js';
import { InvoiceView } from '../invoices/invoice.view.js';
import { WrappedLine } from './bulk-document.js';

/** A line of NDJSON, and a ZIP archive. */
export const BULK_BODY = {
  required: true,
  content: {
    'application/x-ndjson': {
      schema: {
        description: 'a line: the JSON model of an invoice, or an object that carries one or FA(3) in Base64',
        anyOf: [fa3InvoiceJsonSchema(), bodySchema(WrappedLine)],
      },
    },
    'application/zip': {
      schema: { type: 'string', description: 'FA(3) files called *.xml, without folders; Store or Deflate' },
    },
  },
};

const Problem = z.looseObject({ type: z.string(), code: z.string(), title: z.string(), detail: z.string() });
const place = { line: z.int().describe('1-based'), entry: z.string().optional().describe('name of the file') };

/** What each line of the answer is. */
export const BulkLine = z.union([
  z.object({ ...place, status: z.literal(201), replayed: z.boolean(), invoice: InvoiceView }),
  z.object({ ...place, status: z.int(), problem: Problem, retryAfter: z.number().optional().describe('seconds') }),
  z.object({
    summary: z
      .object({
        lines: z.int(),
        issued: z.int(),
        replayed: z.int(),
        refused: z.int(),
        complete: z.boolean().describe('whether every line of the request was answered'),
      })
      .describe('the last line'),
    problem: Problem.optional().describe('why it is not complete'),
  }),
]);

export const BULK_ANSWER = { 'application/x-ndjson': { schema: answerSchema(BulkLine) } };
