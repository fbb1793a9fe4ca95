/** Groups of limits as KSeF names them (OpenAPI `EffectiveApiRateLimits`, the answer to GET /rate-limits). */
export const LIMIT_GROUPS = [
  'onlineSession',
  'batchSession',
  'invoiceSend',
  'invoiceStatus',
  'sessionList',
  'sessionInvoiceList',
  'sessionMisc',
  'invoiceMetadata',
  'invoiceExport',
  'invoiceExportStatus',
  'invoiceDownload',
  'other',
] as const;
export type LimitGroup = (typeof LIMIT_GROUPS)[number];

/**
 * What KSeF counts for itself, and the group whose limit holds: one row of the published table each, and of its last row
 * ("own counter each") every endpoint (domain rules 8.1; ADR 0016). `public` is everything without a context: counted
 * by the address that the calls come from.
 */
export const ENDPOINT_GROUPS = {
  'batch-open': 'batchSession',
  'batch-close': 'batchSession',
  'online-open': 'onlineSession',
  'online-send': 'invoiceSend',
  'online-close': 'onlineSession',
  'invoice-status': 'invoiceStatus',
  'session-list': 'sessionList',
  'session-invoices': 'sessionInvoiceList',
  'session-other': 'sessionMisc',
  'invoice-query': 'invoiceMetadata',
  'invoice-export': 'invoiceExport',
  'invoice-export-status': 'invoiceExportStatus',
  'invoice-download': 'invoiceDownload',
  'certificate-limits': 'other',
  'certificate-enrolment-data': 'other',
  'certificate-enrolment': 'other',
  'certificate-enrolment-status': 'other',
  'certificate-retrieve': 'other',
  'certificate-query': 'other',
  'certificate-revoke': 'other',
  'rate-limits': 'other',
  'context-limits': 'other',
  'subject-limits': 'other',
  other: 'other',
  public: 'public',
} as const satisfies Readonly<Record<string, LimitGroup | 'public'>>;
export type EndpointGroup = keyof typeof ENDPOINT_GROUPS;
