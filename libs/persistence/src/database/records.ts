import { BatchRecord } from '../batch/batch.record.js';
import { CertificateRecord } from '../certificate/certificate.record.js';
import { DeadlineValueRecord, InvoiceTermRecord } from '../deadline/term.record.js';
import { IdempotencyKeyRecord } from '../invoice/idempotency-key.record.js';
import { InvoiceDocumentRecord, InvoiceEvidenceRecord, InvoiceUpoRecord } from '../invoice/invoice-artefacts.record.js';
import { InvoiceRecord } from '../invoice/invoice.record.js';
import { AuditEntryRecord } from '../audit/audit-entry.record.js';
import { BulletinRecord } from '../outage/bulletin.record.js';
import { ConnectionRecord } from '../outage/connection.record.js';
import { TenantContextRecord, TenantRecord } from '../tenant/tenant.record.js';

/** Every table that TypeORM reads or writes. */
export const RECORDS = [
  TenantRecord,
  TenantContextRecord,
  CertificateRecord,
  InvoiceRecord,
  DeadlineValueRecord,
  InvoiceTermRecord,
  InvoiceDocumentRecord,
  InvoiceEvidenceRecord,
  InvoiceUpoRecord,
  IdempotencyKeyRecord,
  BatchRecord,
  AuditEntryRecord,
  BulletinRecord,
  ConnectionRecord,
];
