import {
  err,
  ok,
  type AuthenticationCertificate,
  type Certificate,
  type CertificateAlreadyImported,
  type CertificateId,
  type CertificateRepository,
  type ContextIdentifier,
  type Instant,
  type OfflineCertificate,
  type Result,
  type TenantId,
} from '@latarnik/domain';
import { IsNull, type SelectQueryBuilder } from 'typeorm';
import { selectRecords } from '../database/rows.js';
import type { Transaction } from '../database/transactions.js';
import { toCertificate, toRecord } from './certificate.mapper.js';
import { CertificateRecord } from './certificate.record.js';

/** The twin may be retired between the two looks at it. */
const ADD_ATTEMPTS = 2;

export class TypeormCertificateRepository implements CertificateRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(certificate: Certificate): Promise<void> {
    await this.transaction.manager.insert(CertificateRecord, toRecord(this.tenant, certificate));
  }

  /** Waits for another transaction that adds the same serial number now, and answers by what became of it. */
  async addUnlessInUse(certificate: Certificate): Promise<Result<void, CertificateAlreadyImported>> {
    for (let attempt = 1; attempt <= ADD_ATTEMPTS; attempt += 1) {
      if (await this.inserted(certificate)) return ok(undefined);
      const twin = await this.transaction.manager.findOneBy(CertificateRecord, {
        ...{ tenantId: this.tenant, serial: certificate.serial, retiredAt: IsNull() },
      });
      if (twin !== null) return err({ code: 'CERTIFICATE_ALREADY_IMPORTED', certificateId: twin.id });
    }
    throw new Error(`certificate ${certificate.id} was neither added, nor is there another in its place`);
  }

  async offlineFor(context: ContextIdentifier): Promise<readonly OfflineCertificate[]> {
    return (await this.of(context)).filter((certificate) => certificate.purpose === 'offline');
  }

  async authenticationFor(context: ContextIdentifier): Promise<readonly AuthenticationCertificate[]> {
    return (await this.of(context)).filter((certificate) => certificate.purpose === 'authentication');
  }

  async all(): Promise<readonly Certificate[]> {
    return (await selectRecords(this.transaction, CertificateRecord, OF_TENANT, [this.tenant])).map(toCertificate);
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

  private async inserted(certificate: Certificate): Promise<boolean> {
    const inserted = await this.transaction.manager
      .createQueryBuilder()
      .insert()
      .into(CertificateRecord)
      .values(toRecord(this.tenant, certificate))
      .orIgnore()
      .returning(['id'])
      .updateEntity(false)
      .execute();
    return (inserted.raw as readonly unknown[]).length > 0;
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

/** $1 tenant. */
const OF_TENANT = 'WHERE tenant_id = $1 ORDER BY id';
