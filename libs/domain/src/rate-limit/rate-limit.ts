import { ENDPOINT_GROUPS, type EndpointGroup, type LimitGroup } from './endpoint-groups.js';

/** Most calls in any second, minute and hour, all at once; absent where nothing is published. */
export interface RateLimit {
  readonly perSecond: number;
  readonly perMinute?: number;
  readonly perHour?: number;
}

/** The limits of one context, by KSeF's own groups. */
export type RateLimits = Readonly<Record<LimitGroup, Required<RateLimit>>>;

const limit = (perSecond: number, perMinute: number, perHour: number): Required<RateLimit> => ({
  perSecond,
  perMinute,
  perHour,
});

/**
 * The published values. They hold in a context until KSeF's own answer for it was read. Sessions may be closed twice as
 * often as this since 2026-09-23 (ksef-docs limity-api.md of 2026-09-14), which no answer of GET /rate-limits tells: the
 * lower values of the contract are kept to, since no session is closed that was not opened.
 */
export const PUBLISHED_RATE_LIMITS: {
  readonly value: RateLimits;
  readonly since: string;
  readonly source: string;
} = {
  value: {
    onlineSession: limit(10, 30, 120),
    batchSession: limit(10, 20, 60),
    invoiceSend: limit(10, 30, 180),
    invoiceStatus: limit(30, 120, 1200),
    sessionList: limit(5, 10, 60),
    sessionInvoiceList: limit(10, 20, 200),
    sessionMisc: limit(10, 120, 1200),
    invoiceMetadata: limit(8, 16, 20),
    invoiceExport: limit(8, 16, 20),
    invoiceExportStatus: limit(10, 60, 600),
    invoiceDownload: limit(8, 16, 64),
    other: limit(10, 30, 120),
  },
  since: '2025-11-22',
  source: 'ksef-docs limity/limity-api.md; OpenAPI 2.6 x-rate-limits',
};

const UNLIMITED = limit(1_000_000, 1_000_000, 1_000_000);
/** For a simulator that counts nothing. */
export const NO_RATE_LIMITS: RateLimits = {
  onlineSession: UNLIMITED,
  batchSession: UNLIMITED,
  invoiceSend: UNLIMITED,
  invoiceStatus: UNLIMITED,
  sessionList: UNLIMITED,
  sessionInvoiceList: UNLIMITED,
  sessionMisc: UNLIMITED,
  invoiceMetadata: UNLIMITED,
  invoiceExport: UNLIMITED,
  invoiceExportStatus: UNLIMITED,
  invoiceDownload: UNLIMITED,
  other: UNLIMITED,
};

/** Endpoints without a context: per address, and per second only (OpenAPI 2.6 x-rate-limits). */
export const PUBLIC_RATE_LIMIT: RateLimit = { perSecond: 60 };

/** The limit that calls of this kind are counted against. */
export function limitOf(group: EndpointGroup, limits: RateLimits = PUBLISHED_RATE_LIMITS.value): RateLimit {
  const name = ENDPOINT_GROUPS[group];
  return name === 'public' ? PUBLIC_RATE_LIMIT : limits[name];
}
