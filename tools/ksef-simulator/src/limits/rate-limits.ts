import { type Endpoint, LIMIT_GROUPS, type LimitGroup } from './endpoints.js';

/** Most requests in any one second, minute and hour; undefined where nothing is published. */
export interface Limit {
  readonly perSecond: number;
  readonly perMinute?: number | undefined;
  readonly perHour?: number | undefined;
}

export type FullLimit = Required<{ readonly [K in keyof Limit]: number }>;
export type RateLimits = Readonly<Record<LimitGroup, FullLimit>>;

const perTime = (perSecond: number, perMinute: number, perHour: number): FullLimit => ({
  perSecond,
  perMinute,
  perHour,
});

/** The published values (OpenAPI 2.6, `x-rate-limits` of every operation; the example of GET /rate-limits). */
export const PUBLISHED_LIMITS: RateLimits = {
  onlineSession: perTime(10, 30, 120),
  batchSession: perTime(10, 20, 60),
  invoiceSend: perTime(10, 30, 180),
  invoiceStatus: perTime(30, 120, 1200),
  sessionList: perTime(5, 10, 60),
  sessionInvoiceList: perTime(10, 20, 200),
  sessionMisc: perTime(10, 120, 1200),
  invoiceMetadata: perTime(8, 16, 20),
  invoiceExport: perTime(8, 16, 20),
  invoiceExportStatus: perTime(10, 60, 600),
  invoiceDownload: perTime(8, 16, 64),
  other: perTime(10, 30, 120),
};

/** Public endpoints: per address, and per second only. */
export const PUBLIC_LIMIT: Limit = { perSecond: 60 };

/** Whole groups share one counter; in the others each endpoint counts for itself (domain-rules 8.1, one row each). */
const SHARED_COUNTERS: ReadonlySet<Endpoint['limit']> = new Set(['sessionInvoiceList', 'sessionMisc', 'public']);

/** The counter of an endpoint, to be told apart by context and address. */
export function counterOf({ limit, name }: Endpoint): string {
  return SHARED_COUNTERS.has(limit) ? limit : name;
}

/** Which limits hold where: the published ones, or what test data changed for a context. */
export class RateLimitBook {
  readonly #overrides = new Map<string, RateLimits>();

  /** @param enforced whether limits count in contexts that changed nothing */
  constructor(private readonly enforced: () => boolean) {}

  /** What GET /rate-limits answers. */
  effective(context: string): RateLimits {
    return this.#overrides.get(context) ?? PUBLISHED_LIMITS;
  }

  /** The limit to count a request against; undefined when none counts. */
  enforcedFor(endpoint: Endpoint, context: string | undefined): Limit | undefined {
    const { limit } = endpoint;
    if (limit === 'none') return undefined;
    if (limit === 'public') return this.enforced() ? PUBLIC_LIMIT : undefined;
    if (context === undefined) return undefined;
    return this.#overrides.get(context)?.[limit] ?? (this.enforced() ? PUBLISHED_LIMITS[limit] : undefined);
  }

  /** A changed limit counts from now on, even where limits are otherwise off. */
  change(context: string, limits: RateLimits): void {
    this.#overrides.set(
      context,
      Object.fromEntries(LIMIT_GROUPS.map((group) => [group, limits[group]])) as Record<LimitGroup, FullLimit>,
    );
  }

  restore(context: string): void {
    this.#overrides.delete(context);
  }
}
