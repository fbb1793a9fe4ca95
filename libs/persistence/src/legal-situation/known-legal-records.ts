import type { LegalRecords, TenantId } from '@latarnik/domain';

/** Tenants whose records a process keeps; the one read longest ago makes room. */
const MOST_TENANTS = 1000;

/**
 * Legal records that this process has read, so that an issue does not read years of messages again. Each is good for the
 * size (rows of each kind) that it was read at.
 */
export class KnownLegalRecords {
  readonly #known = new Map<TenantId, { readonly size: string; readonly records: LegalRecords }>();

  find(tenant: TenantId, size: string): LegalRecords | undefined {
    const known = this.#known.get(tenant);
    return known?.size === size ? known.records : undefined;
  }

  keep(tenant: TenantId, size: string, records: LegalRecords): void {
    this.#known.delete(tenant);
    this.#known.set(tenant, { size, records });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_TENANTS && oldest !== undefined) this.#known.delete(oldest);
  }
}
