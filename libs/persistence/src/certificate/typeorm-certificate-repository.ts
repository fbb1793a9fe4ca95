import type {
  AuthenticationCertificate,
  Certificate,
  CertificateId,
  CertificateRepository,
  ContextIdentifier,
  Instant,
  OfflineCertificate,
  TenantId,
} from '@latarnik/domain';
import { IsNull, type SelectQueryBuilder } from 'typeorm';
import type { Transaction } from '../database/transactions.js';
import { toCertificate, toRecord } from './certificate.mapper.js';
import { CertificateRecord } from './certificate.record.js';

export class TypeormCertificateRepository implements CertificateRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(certificate: Certificate): Promise<void> {
    await this.transaction.manager.insert(CertificateRecord, toRecord(this.tenant, certificate));
  }

  async offlineFor(context: ContextIdentifier): Promise<readonly OfflineCertificate[]> {
    return (await this.of(context)).filter((certificate) => certificate.purpose === 'offline');
  }

  async authenticationFor(context: ContextIdentifier): Promise<readonly AuthenticationCertificate[]> {
    return (await this.of(context)).filter((certificate) => certificate.purpose === 'authentication');
  }

  async all(): Promise<readonly Certificate[]> {
    return (await this.select().getMany()).map(toCertificate);
  }

  async retire(
    id: CertificateId,
    at: Instant,
  ): Promise<{ readonly certificate: Certificate; readonly isNew: boolean } | undefined> {
    const mine = { tenantId: this.tenant, id };
    const { affected } = await this.transaction.manager.update(
      CertificateRecord,
      { ...mine, retiredAt: IsNull() },
      { retiredAt: at },
    );
    const record = await this.transaction.manager.findOneBy(CertificateRecord, mine);
    return record === null ? undefined : { certificate: toCertificate(record), isNew: affected === 1 };
  }

  private async of({ type, value }: ContextIdentifier): Promise<readonly Certificate[]> {
    const records = await this.select()
      .andWhere('certificate.contextType = :type AND certificate.contextValue = :value', { type, value })
      .getMany();
    return records.map(toCertificate);
  }

  private select(): SelectQueryBuilder<CertificateRecord> {
    return this.transaction.manager
      .createQueryBuilder(CertificateRecord, 'certificate')
      .where('certificate.tenantId = :tenant', { tenant: this.tenant })
      .orderBy('certificate.id');
  }
}
