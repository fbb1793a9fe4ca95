import type { JobQueue, SystemStores, TenantId, TenantStores, UnitOfWork } from '@latarnik/domain';
import { TypeormAuditTrail } from '../audit/typeorm-audit-trail.js';
import { TypeormBatchRepository } from '../batch/typeorm-batch-repository.js';
import { TypeormCertificateRepository } from '../certificate/typeorm-certificate-repository.js';
import type { Transaction, Transactions } from '../database/transactions.js';
import { TypeormIdempotencyRecords } from '../invoice/typeorm-idempotency-records.js';
import { TypeormInvoiceRepository } from '../invoice/typeorm-invoice-repository.js';
import { TypeormBulletinArchive } from '../outage/typeorm-bulletin-archive.js';
import { TypeormConnectionLog } from '../outage/typeorm-connection-log.js';
import { TypeormTenantContexts } from '../tenant/typeorm-tenant-contexts.js';
import { dueBatches, systemTenants } from './system-queries.js';

export class TypeormUnitOfWork implements UnitOfWork {
  constructor(
    private readonly transactions: Transactions,
    private readonly jobsOf: (transaction: Transaction) => JobQueue,
  ) {}

  inTenant<T>(tenant: TenantId, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.transactions.run(tenant, (transaction) => work(this.tenantStores(transaction, tenant)));
  }

  inSystem<T>(work: (stores: SystemStores) => Promise<T>): Promise<T> {
    return this.transactions.run(undefined, (transaction) => work(this.systemStores(transaction)));
  }

  private tenantStores(transaction: Transaction, tenant: TenantId): TenantStores {
    return {
      invoices: new TypeormInvoiceRepository(transaction, tenant),
      batches: new TypeormBatchRepository(transaction, tenant),
      idempotency: new TypeormIdempotencyRecords(transaction, tenant),
      certificates: new TypeormCertificateRepository(transaction, tenant),
      contexts: new TypeormTenantContexts(transaction, tenant),
      audit: new TypeormAuditTrail(transaction, tenant),
      ...this.sharedStores(transaction),
    };
  }

  private systemStores(transaction: Transaction): SystemStores {
    return {
      ...this.sharedStores(transaction),
      tenants: systemTenants(transaction),
      dueBatches: (limit) => dueBatches(transaction, limit),
    };
  }

  private sharedStores(transaction: Transaction) {
    return {
      bulletins: new TypeormBulletinArchive(transaction),
      connection: new TypeormConnectionLog(transaction),
      jobs: this.jobsOf(transaction),
    };
  }
}
