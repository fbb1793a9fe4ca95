import type { InvoiceId, TenantId, UpoSignature } from '@latarnik/domain';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { prepared, type Transaction } from '../database/transactions.js';
import { InvoiceDocumentRecord, InvoiceEvidenceRecord, InvoiceUpoRecord } from './invoice-artefacts.record.js';

/** What is kept beside an invoice, byte for byte, and written once. */
export class InvoiceArtefacts {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** @throws DatabaseError when it has evidence already: an invoice is sealed once */
  async addEvidence(id: InvoiceId, xades: Uint8Array): Promise<void> {
    await this.transaction.sql(ADD_EVIDENCE, [this.tenant, id, xades]);
  }

  /** Safe to repeat: the first one stays. */
  async addUpo(id: InvoiceId, upo: Uint8Array, signature?: UpoSignature): Promise<void> {
    await this.transaction.manager
      .createQueryBuilder()
      .insert()
      .into(InvoiceUpoRecord)
      .values({ tenantId: this.tenant, invoiceId: id, upo, signature: signature ?? null })
      .orIgnore()
      .updateEntity(false)
      .execute();
  }

  async document(id: InvoiceId): Promise<Uint8Array | undefined> {
    return (await this.find(InvoiceDocumentRecord, id))?.bytes;
  }

  async evidence(id: InvoiceId): Promise<Uint8Array | undefined> {
    return (await this.find(InvoiceEvidenceRecord, id))?.xades;
  }

  async upo(id: InvoiceId): Promise<Uint8Array | undefined> {
    return (await this.find(InvoiceUpoRecord, id))?.upo;
  }

  private find<R extends ObjectLiteral>(record: EntityTarget<R>, id: InvoiceId): Promise<R | null> {
    return this.transaction.manager
      .createQueryBuilder(record, 'artefact')
      .where('artefact.tenantId = :tenant AND artefact.invoiceId = :id', { tenant: this.tenant, id })
      .getOne();
  }
}

const ADD_EVIDENCE = prepared('INSERT INTO invoice_evidence (tenant_id, invoice_id, xades) VALUES ($1, $2, $3)');
