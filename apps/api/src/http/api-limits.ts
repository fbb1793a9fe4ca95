/** What one API process takes at once, and from one request. */
export interface ApiLimits {
  /** Requests between their headers and their answer. */
  readonly mostRequests: number;
  /** Bytes of the bodies of those requests. */
  readonly mostBodyBytes: number;
  readonly mostConnections: number;
  /** Bulk requests, each with a body of at most so many bytes on disk. */
  readonly bulk: { readonly mostBodies: number; readonly mostBytesEach: number };
}

export const DEFAULT_API_LIMITS: ApiLimits = {
  mostRequests: 200,
  mostBodyBytes: 128_000_000,
  mostConnections: 2000,
  bulk: { mostBodies: 2, mostBytesEach: 2_000_000_000 },
};

/** Headers of a request, with its first line. */
export const MOST_HEADER_BYTES = 16_384;
/** From the first byte of a request to the end of its headers. */
export const HEADERS_WITHIN_MS = 10_000;
/** From its headers to the end of its body; a bulk request has `BULK_WITHIN_MS`. */
export const BODY_WITHIN_MS = 30_000;
export const BULK_WITHIN_MS = 4 * 3_600_000;
/** A connection that asks for nothing. */
export const KEEP_ALIVE_MS = 60_000;
/** How often slow headers are looked for. */
const LOOK_EVERY_MS = 2000;

/** Options of Node's HTTP server. */
export const SERVER_OPTIONS = {
  maxHeaderSize: MOST_HEADER_BYTES,
  headersTimeout: HEADERS_WITHIN_MS,
  connectionsCheckingInterval: LOOK_EVERY_MS,
  // Bytes of a request are read strictly: what two readers may understand differently is refused (smuggling).
  insecureHTTPParser: false,
} as const;

const INVOICE_BYTES = 4_000_000;
const JSON_BYTES = 262_144;

/** Bytes of a body, by route; a bulk request is bounded by its spool. */
const BODY_BYTES: Readonly<Record<string, number>> = {
  // FA(3) has 1,000,000 bytes, 3,000,000 with an attachment (KSeF limits); as JSON somewhat more.
  '/v1/invoices': INVOICE_BYTES,
  '/v1/invoices/:id/technical-correction': INVOICE_BYTES,
  // The ids of a full batch: 10,000 of 39 bytes.
  '/v1/batches': 524_288,
};

export const bodyLimitOf = (route: string): number => BODY_BYTES[route] ?? JSON_BYTES;
