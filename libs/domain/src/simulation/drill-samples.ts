import type { Invoice, InvoiceId } from '../invoice/invoice.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import { checksOf, notThere, type DrillSample, type DrillStandard } from './drill-checks.js';
import { drillOutage } from './drill-outage.js';
import { isSettled, ksefNumberOf, type DrillEvidence } from './drill-report.js';
import type { DrillIn } from './drill.js';
import type { UpoEntries } from './upo-entries.port.js';

/** What became of the samples of a drill. */
export class DrillSamples {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jurisdiction: Jurisdiction,
    private readonly ports: { readonly verifier: CodeVerifier; readonly upos: UpoEntries },
  ) {}

  /** Whether KSeF, or we, have said the last word on every one. */
  async isDrained(tenant: TenantId, drill: DrillIn<'draining'>): Promise<boolean> {
    const ids = samplesOf(drill);
    const found = await this.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.findAll(ids));
    return found.every(({ invoice }) => isSettled(invoice));
  }

  /**
   * Has those that still wait sent as soon as they may be, so that no search for work is waited for. A batch still waits for
   * others to share it for as long as it is told to.
   */
  async haveSent(tenant: TenantId, drill: DrillIn<'draining'>): Promise<void> {
    const ids = samplesOf(drill);
    await this.unitOfWork.inTenant(tenant, async ({ invoices, jobs }) => {
      const waits = (await invoices.findAll(ids)).some(({ invoice }) => invoice.state === 'issued');
      if (waits) await jobs.enqueue({ kind: 'plan-batches', tenant });
    });
  }

  /** Every sample with its checks. */
  async gather(tenant: TenantId, drill: DrillIn<'draining'>): Promise<ReadonlyMap<InvoiceId, DrillEvidence>> {
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const ids = samplesOf(drill);
      const samples = await samplesIn(stores, ids);
      const standard = await this.standard(stores, drill, [...samples.values()]);
      return new Map(
        ids.map((id): [InvoiceId, DrillEvidence] => {
          const sample = samples.get(id);
          if (sample === undefined) return [id, { checks: [notThere] }];
          return [id, { invoice: sample.invoice, checks: checksOf(sample, standard) }];
        }),
      );
    });
  }

  private async standard(
    { legal, certificates }: TenantStores,
    drill: DrillIn<'draining'>,
    samples: readonly DrillSample[],
  ): Promise<DrillStandard> {
    const numbers = samples.flatMap(({ invoice }) => ksefNumberOf(invoice) ?? []);
    return {
      environment: this.jurisdiction.environment,
      situation: situationOf(await legal.read(), this.jurisdiction),
      outage: drillOutage(drill),
      certificates: await certificates.all(),
      ...this.ports,
      isShared: (number) => numbers.filter((other) => other === number).length > 1,
    };
  }
}

const samplesOf = ({ contexts }: DrillIn<'draining'>): readonly InvoiceId[] =>
  contexts.flatMap(({ issued }) => issued.map(({ invoiceId }) => invoiceId));

async function samplesIn(
  { invoices, tracking }: TenantStores,
  ids: readonly InvoiceId[],
): Promise<ReadonlyMap<Invoice['id'], DrillSample>> {
  const samples = new Map<InvoiceId, DrillSample>();
  for (const { invoice, term } of await invoices.findAll(ids)) {
    const proof = await tracking.upos.proofOf(invoice.id);
    samples.set(invoice.id, {
      invoice,
      ...(term === undefined ? {} : { term }),
      ...(proof === undefined ? {} : { upo: proof.bytes }),
    });
  }
  return samples;
}
