import { usableAt } from '../certificate/certificate.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import type { Clock } from '../shared/clock.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { InSessionInvoice, ReviewInvoice } from './invoice.js';
import type { Issued } from './issue-invoice.js';
import type { SealOffline } from './seal-offline.js';

/** Issues offline, some time later, what KSeF surely does not have after its online attempt. */
export class IssueAfterAll {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly clock: Clock;
      readonly jurisdiction: Jurisdiction;
    },
    private readonly sealOffline: SealOffline,
  ) {}

  /**
   * @param why the online attempt failed, in words for the evidence of the mode
   * @returns `undefined` when there is no usable certificate of type Offline, and no codes were prepared
   * @throws SignerUnavailableError, ConcurrentUpdateError: nothing was issued
   */
  async execute(
    by: { readonly tenant: TenantId; readonly actor: string },
    invoice: InSessionInvoice | ReviewInvoice,
    why: string,
  ): Promise<Issued | undefined> {
    const { unitOfWork, clock, jurisdiction } = this.ports;
    const { certificate, situation } = await unitOfWork.inTenant(by.tenant, async ({ certificates, legal }) => ({
      certificate: usableAt(await certificates.offlineFor(invoice.context), clock.now()),
      situation: situationOf(await legal.read(), jurisdiction),
    }));
    const seal = await this.sealOffline.insteadOfOnline(by.tenant, certificate, invoice, situation, why);
    if (seal === undefined) return undefined;
    return unitOfWork.inTenant(by.tenant, (stores) => this.sealOffline.fallBack(stores, by, situation, invoice, seal));
  }
}
