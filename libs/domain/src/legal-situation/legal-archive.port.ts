import type { HousePolicyDecision } from '../deadline/house-policy.js';
import type { PolicyChange } from '../deadline/policy-change.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { TotalFailureConfirmation } from '../outage/total-failure-confirmation.js';

/** What a tenant's modes and deadlines follow from, beside the invoices: everything ever read, entered and decided. */
export interface LegalRecords {
  /** The Ministry's messages, which are the same for all tenants, and the notices this tenant's people entered. */
  readonly bulletins: readonly AvailabilityBulletin[];
  readonly confirmations: readonly TotalFailureConfirmation[];
  readonly policyChanges: readonly PolicyChange[];
  readonly housePolicyDecisions: readonly HousePolicyDecision[];
}

/** The legal records of one tenant; append-only. What a notice of one tenant says is nothing to another. */
export interface LegalArchive {
  read(): Promise<LegalRecords>;
  /** Idempotent by id and version. @returns false when that version is stored already, and changes nothing */
  addNotice(notice: AvailabilityBulletin): Promise<boolean>;
  addConfirmation(confirmation: TotalFailureConfirmation): Promise<void>;
  addPolicyChange(change: PolicyChange): Promise<void>;
  addHousePolicyDecision(decision: HousePolicyDecision): Promise<void>;
}
