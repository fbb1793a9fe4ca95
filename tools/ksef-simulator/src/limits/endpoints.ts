/** Groups of endpoints: faults are switched on, and journalled, by group. */
export const ENDPOINT_GROUPS = [
  'login',
  'public-keys',
  'batch-open',
  'part-upload',
  'batch-close',
  'online-open',
  'online-send',
  'online-close',
  'session-list',
  'session-status',
  'session-invoices',
  'invoice-status',
  'upo',
  'storage-download',
  'invoice-query',
  'invoice-export',
  'invoice-download',
  'certificates',
  'tokens',
  'limits',
  'test-data',
  'verification',
  'latarnia',
] as const;
export type EndpointGroup = (typeof ENDPOINT_GROUPS)[number];

/** The groups of request limits that GET /rate-limits publishes (OpenAPI EffectiveApiRateLimits). */
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

/** What an endpoint is to faults and to request limits; `none` is storage and everything outside the API. */
export interface Endpoint {
  /** Method and path with its parameters named, e.g. `POST /v2/sessions/batch`. */
  readonly name: string;
  readonly group: EndpointGroup;
  readonly limit: LimitGroup | 'public' | 'none';
}

type Rule = readonly [pattern: RegExp, group: EndpointGroup, limit: Endpoint['limit']];

/** The first rule that fits decides. Limits: `grupa` in the description of every 429 in the OpenAPI document. */
const RULES: readonly Rule[] = [
  [/^\w+ \/v2\/auth\/sessions/, 'login', 'other'],
  [/^\w+ \/v2\/auth\//, 'login', 'public'],
  [/^\w+ \/v2\/security\//, 'public-keys', 'public'],
  [/^POST \/v2\/sessions\/batch$/, 'batch-open', 'batchSession'],
  [/^POST \/v2\/sessions\/batch\//, 'batch-close', 'batchSession'],
  [/^POST \/v2\/sessions\/online$/, 'online-open', 'onlineSession'],
  [/^POST \/v2\/sessions\/online\/.*\/invoices$/, 'online-send', 'invoiceSend'],
  [/^POST \/v2\/sessions\/online\/.*\/close$/, 'online-close', 'onlineSession'],
  [/^\w+ \/v2\/sessions$/, 'session-list', 'sessionList'],
  [/^\w+ \/v2\/sessions\/.*\/?upo(\/|$)/, 'upo', 'sessionMisc'],
  [/^\w+ \/v2\/sessions\/[^/]+\/invoices(\/failed)?$/, 'session-invoices', 'sessionInvoiceList'],
  [/^\w+ \/v2\/sessions\/[^/]+\/invoices\//, 'invoice-status', 'invoiceStatus'],
  [/^\w+ \/v2\/sessions\//, 'session-status', 'sessionMisc'],
  [/^\w+ \/v2\/invoices\/query\//, 'invoice-query', 'invoiceMetadata'],
  [/^POST \/v2\/invoices\/exports$/, 'invoice-export', 'invoiceExport'],
  [/^\w+ \/v2\/invoices\/exports\//, 'invoice-export', 'invoiceExportStatus'],
  [/^\w+ \/v2\/invoices\//, 'invoice-download', 'invoiceDownload'],
  [/^\w+ \/v2\/certificates/, 'certificates', 'other'],
  [/^\w+ \/v2\/tokens/, 'tokens', 'other'],
  [/^\w+ \/v2\/testdata\/(context|limits|rate-limits|certificates)/, 'test-data', 'other'],
  [/^\w+ \/v2\/testdata\//, 'test-data', 'public'],
  [/^\w+ \/v2\//, 'limits', 'other'],
  [/^PUT \/storage\//, 'part-upload', 'none'],
  [/^\w+ \/storage\//, 'storage-download', 'none'],
  [/^\w+ \/(status|messages)$/, 'latarnia', 'none'],
  [/^\w+ \//, 'verification', 'none'],
];

/** @param route the pattern of the path as registered, e.g. `/v2/sessions/:referenceNumber` */
export function endpointOf(method: string, route: string): Endpoint {
  const name = `${method === 'HEAD' ? 'GET' : method} ${route}`;
  const [, group, limit] = RULES.find(([pattern]) => pattern.test(name)) ?? [undefined, 'verification', 'none'];
  return { name, group, limit };
}
