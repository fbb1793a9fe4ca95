import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { planInto, type BatchId, type IssuedInvoice, type TenantId, type UnitOfWork } from '@latarnik/domain';
import { required } from '../database/required.js';
import { anIssuedInvoice, aPlannedBatch, bytesOf, dueOn, type Sample, type SampleOptions } from './samples.js';
import { compareTemporalByValue } from './temporal-equality.js';
import { TestDatabase } from './test-database.js';

/** What the tests of one file stand on: a database for all of them, and a new tenant for each. */
export class Stage {
  private started: TestDatabase | null = null;
  private current: TenantId | null = null;

  private constructor() {
    compareTemporalByValue();
    beforeAll(async () => {
      this.started = await TestDatabase.start({ queue: false });
    });
    beforeEach(async () => {
      this.current = await this.database.aTenant();
    });
    afterAll(() => this.started?.stop());
  }

  static forThisFile(): Stage {
    return new Stage();
  }

  get database(): TestDatabase {
    return required(this.started, 'test database');
  }

  /** Of the test that runs now. */
  get tenant(): TenantId {
    return required(this.current, 'tenant of this test');
  }

  /** For tests of many runs: each run has a tenant of its own, which becomes the present one. */
  async freshTenant(): Promise<TenantId> {
    this.current = await this.database.aTenant();
    return this.current;
  }

  readonly inTenant: UnitOfWork['inTenant'] = (tenant, work) => this.database.unitOfWork.inTenant(tenant, work);

  /** Stores an invoice as the issuing use case does: bytes and evidence in one transaction. */
  async issued(options: SampleOptions = {}, due?: string, owner = this.tenant): Promise<Sample<IssuedInvoice>> {
    const sample = anIssuedInvoice(options);
    await this.inTenant(owner, async ({ invoices }) => {
      expect(await invoices.add(sample.invoice, sample.bytes)).toEqual({ ok: true, value: undefined });
      await invoices.addEvidence(sample.invoice.id, bytesOf('<ds:Signature/>'));
      if (due !== undefined) await invoices.saveTerm(sample.invoice.id, { deadline: dueOn(due) });
    });
    return sample;
  }

  /** Plans invoices into a new batch. */
  async planned(samples: readonly Sample<IssuedInvoice>[]): Promise<BatchId> {
    const batch = aPlannedBatch(samples.length);
    await this.inTenant(this.tenant, async ({ batches, invoices }) => {
      await batches.add(batch);
      await invoices.saveAll(samples.map(({ invoice }) => planInto(invoice, batch.id)));
    });
    return batch.id;
  }
}
