import { Tenants1795132800001 } from './1795132800001-tenants.js';
import { Batches1795132800002 } from './1795132800002-batches.js';
import { Invoices1795132800003 } from './1795132800003-invoices.js';
import { InvoiceRules1795132800004 } from './1795132800004-invoice-rules.js';
import { AuditAndOutages1795132800005 } from './1795132800005-audit-and-outages.js';
import { DeliveryRetries1795132800006 } from './1795132800006-delivery-retries.js';
import { DeadlineEngine1795132800007 } from './1795132800007-deadline-engine.js';
import { Connection1795132800008 } from './1795132800008-connection.js';
import { RetiredCertificates1795132800009 } from './1795132800009-retired-certificates.js';
import { Enrolments1795132800010 } from './1795132800010-enrolments.js';
import { Drills1795132800011 } from './1795132800011-drills.js';

/** In the order they run. A migration that was released is never edited. */
export const MIGRATIONS = [
  Tenants1795132800001,
  Batches1795132800002,
  Invoices1795132800003,
  InvoiceRules1795132800004,
  AuditAndOutages1795132800005,
  DeliveryRetries1795132800006,
  DeadlineEngine1795132800007,
  Connection1795132800008,
  RetiredCertificates1795132800009,
  Enrolments1795132800010,
  Drills1795132800011,
];
