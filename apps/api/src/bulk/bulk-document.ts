import type { IssueRequest } from '@latarnik/domain';
import { z } from 'zod';
import { KEY_FORM } from '../http/idempotency-key.js';
import { problem, ProblemError } from '../http/problem.js';
import { parseJson, parseWith } from '../http/request-body.js';
import { IssueOptions } from '../invoices/issue-options.js';
import type { ArchivedFile } from './archive-entries.js';
import type { Line } from './ndjson-lines.js';

/** Options of one invoice: those of the request, unless its own line has others. */
export type Options = z.infer<typeof IssueOptions>;

/** One thing to issue. */
export interface BulkDocument {
  readonly document: IssueRequest['document'];
  /** The bytes that the fingerprint is made of. */
  readonly asSent: Uint8Array;
  readonly options: Options;
  /** The line's own; else the key of the request with `keyPart` makes one. */
  readonly ownKey?: string;
}

/** Where it stands in the request, and what stands there, or why nothing can be made of it. */
export interface BulkItem {
  readonly place: { readonly line: number } | { readonly line: number; readonly entry: string };
  readonly keyPart: string;
  /** @throws ProblemError */
  read(): BulkDocument;
}

export const WrappedLine = z
  .strictObject({
    xml: z.base64().optional().describe('FA(3) in UTF-8, Base64: kept byte for byte'),
    invoice: z.record(z.string(), z.unknown()).optional().describe('the JSON model of an invoice'),
    idempotencyKey: z.string().regex(KEY_FORM).optional().describe('when left out: made of the key of the request'),
    mode: IssueOptions.shape.mode.unwrap().optional(),
    context: IssueOptions.shape.context,
    seller: IssueOptions.shape.seller,
    correction: IssueOptions.shape.correction,
  })
  .refine(({ xml, invoice }) => (xml === undefined) !== (invoice === undefined), 'has both xml and invoice');

/** A line of NDJSON: the JSON model of an invoice, or an object with `xml` or `invoice` and options beside it. */
export function fromLine({ number, bytes }: Line, options: Options): BulkItem {
  return {
    place: { line: number },
    keyPart: String(number),
    read: () => {
      if (bytes === undefined) {
        throw new ProblemError(
          problem(413, 'BODY_TOO_LARGE', 'The line is too long', 'No invoice is as long as that.'),
        );
      }
      const value = parseJson(bytes);
      return isWrapped(value) ? unwrapped(value, options) : plain(value, bytes, options);
    },
  };
}

const isWrapped = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('xml' in value || 'invoice' in value);

const plain = (model: unknown, asSent: Uint8Array, options: Options): BulkDocument => ({
  document: { kind: 'json', model },
  asSent,
  options,
});

function unwrapped(value: unknown, defaults: Options): BulkDocument {
  const { xml, invoice, idempotencyKey, ...own } = parseWith(WrappedLine, value, 'line');
  const options: Options = {
    mode: own.mode ?? defaults.mode,
    context: own.context ?? defaults.context,
    seller: own.seller ?? defaults.seller,
    correction: own.correction ?? defaults.correction,
  };
  const key = idempotencyKey === undefined ? {} : { ownKey: idempotencyKey };
  if (xml === undefined) return { ...plain(invoice, Buffer.from(JSON.stringify(invoice)), options), ...key };
  const bytes = new Uint8Array(Buffer.from(xml, 'base64'));
  return { document: { kind: 'xml', bytes }, asSent: bytes, options, ...key };
}

/** A file of an archive is FA(3), byte for byte. */
export function fromFile({ number, name, keyPart, content }: ArchivedFile, options: Options): BulkItem {
  return {
    place: { line: number, entry: name },
    keyPart,
    read: () => {
      if ('problem' in content) throw content.problem;
      return { document: { kind: 'xml', bytes: content.bytes }, asSent: content.bytes, options };
    },
  };
}
