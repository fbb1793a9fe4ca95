import type { TenantId } from '../tenant/tenant.js';

/**
 * That deadlines are to be derived anew is stored in the transaction of the change that makes it so (reliability B9). A
 * request stands for some minutes after it was done, and is then done again once a minute at most: what was issued at
 * that very moment, by the knowledge before it, is found by a further run.
 */
export interface RecalculationRequests {
  /** @param cause for the audit trail, such as `K/2026/AWR/01 version 2` */
  request(cause: string): Promise<void>;
}

/** What there is to do: the causes, oldest first, and a mark to give to `done`. */
export interface PendingRecalculation {
  readonly causes: readonly string[];
  readonly upTo: number;
}

/** The requests that concern one tenant, and the lease of the one run that derives its deadlines at a time. */
export interface TenantRecalculations extends RecalculationRequests {
  /** `undefined` when nothing is to be done. */
  pending(): Promise<PendingRecalculation | undefined>;
  /** Number of the newest request that concerns the tenant, done or not: it rises with everything that terms follow from. */
  newest(): Promise<number>;
  /**
   * Takes the lease; it ends by itself some time after it was last renewed.
   * @returns the name of the run that holds it from now on; `undefined` while another run does
   */
  claim(): Promise<string | undefined>;
  /**
   * Renews the lease; until this transaction ends nobody else can take it.
   * @returns false when it is another run's
   */
  renew(run: string): Promise<boolean>;
  /** Gives the lease back and notes what was done. Of a run that lost its lease nothing is noted. */
  done(run: string, upTo?: number): Promise<void>;
  /** Gives the lease back; what was pending still is. */
  release(run: string): Promise<void>;
}

/** Requests that concern all tenants. */
export interface SystemRecalculations extends RecalculationRequests {
  /** Those that have something to be done and whose lease is free. */
  tenantsPending(): Promise<readonly TenantId[]>;
}
