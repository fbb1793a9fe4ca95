import type { HousePolicyDecision } from '../deadline/house-policy.js';
import type { PolicyChange } from '../deadline/policy-change.js';
import type { LegalArchive, LegalRecords } from '../legal-situation/legal-archive.port.js';
import type { SystemRecalculations, TenantRecalculations } from '../legal-situation/recalculation-requests.port.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import type { BulletinArchive } from '../outage/bulletin-archive.port.js';
import type { TotalFailureConfirmation } from '../outage/total-failure-confirmation.js';
import type { TenantId } from '../tenant/tenant.js';
import { TENANT } from './builders.js';

type Own = Omit<LegalRecords, 'bulletins'> & { readonly notices: readonly AvailabilityBulletin[] };

/** What one tenant's people entered and decided, beside the Ministry's messages. */
export class InMemoryLegal implements LegalArchive {
  #own: Own = { notices: [], confirmations: [], policyChanges: [], housePolicyDecisions: [] };

  constructor(private readonly messages: BulletinArchive) {}

  savepoint(): () => void {
    const own = this.#own;
    return () => (this.#own = own);
  }

  async read(): Promise<LegalRecords> {
    const { notices, ...decided } = this.#own;
    return { bulletins: [...(await this.messages.all()), ...notices], ...decided };
  }

  addNotice(notice: AvailabilityBulletin): Promise<boolean> {
    const { notices } = this.#own;
    if (notices.some(({ id, version }) => id === notice.id && version === notice.version))
      return Promise.resolve(false);
    this.#own = { ...this.#own, notices: [...notices, notice] };
    return Promise.resolve(true);
  }

  addConfirmation(confirmation: TotalFailureConfirmation): Promise<void> {
    this.#own = { ...this.#own, confirmations: [...this.#own.confirmations, confirmation] };
    return Promise.resolve();
  }

  addPolicyChange(change: PolicyChange): Promise<void> {
    this.#own = { ...this.#own, policyChanges: [...this.#own.policyChanges, change] };
    return Promise.resolve();
  }

  addHousePolicyDecision(decision: HousePolicyDecision): Promise<void> {
    this.#own = { ...this.#own, housePolicyDecisions: [...this.#own.housePolicyDecisions, decision] };
    return Promise.resolve();
  }
}

/** Requests of the one tenant and of all; a done one is gone at once. The lease ends when it is given back. */
export class InMemoryRecalculations implements TenantRecalculations, SystemRecalculations {
  causes: readonly string[] = [];
  /** The run that has the lease. */
  holder: string | undefined;
  #done = 0;
  #runs = 0;

  savepoint(): () => void {
    const { causes, holder } = this;
    const done = this.#done;
    return () => {
      this.causes = causes;
      this.holder = holder;
      this.#done = done;
    };
  }

  request(cause: string): Promise<void> {
    this.causes = [...this.causes, cause];
    return Promise.resolve();
  }

  pending() {
    const open = this.causes.slice(this.#done);
    return Promise.resolve(open.length === 0 ? undefined : { causes: open, upTo: this.causes.length });
  }

  newest(): Promise<number> {
    return Promise.resolve(this.causes.length);
  }

  claim(): Promise<string | undefined> {
    if (this.holder !== undefined) return Promise.resolve(undefined);
    this.holder = `run ${String((this.#runs += 1))}`;
    return Promise.resolve(this.holder);
  }

  renew(run: string): Promise<boolean> {
    return Promise.resolve(this.holder === run);
  }

  done(run: string, upTo = 0): Promise<void> {
    if (this.holder === run) this.#done = Math.max(this.#done, upTo);
    return this.release(run);
  }

  release(run: string): Promise<void> {
    if (this.holder === run) this.holder = undefined;
    return Promise.resolve();
  }

  tenantsPending(): Promise<readonly TenantId[]> {
    return Promise.resolve(this.holder === undefined && this.#done < this.causes.length ? [TENANT] : []);
  }
}
