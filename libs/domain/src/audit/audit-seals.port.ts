import type { TenantId } from '../tenant/tenant.js';

/** The newest block of a tenant's chain. */
export interface AuditCheckpoint {
  readonly tenant: TenantId;
  /** From 1, without gaps. */
  readonly block: number;
  /** SHA-256 of the block, hex. It stands for every entry up to there. */
  readonly sha256: string;
}

/** Seals audit entries in blocks that are chained for each tenant, so that a later change is found (reliability S27). */
export interface AuditSeals {
  tenantsUnsealed(): Promise<readonly TenantId[]>;
  /**
   * Makes one block of entries that were committed and are in none yet, the oldest first.
   * @returns how many; 0 also while another worker seals that tenant
   */
  seal(tenant: TenantId, most: number): Promise<number>;
  /** Of every tenant that has a chain. */
  checkpoints(): Promise<readonly AuditCheckpoint[]>;
}
