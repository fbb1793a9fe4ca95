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
import { KsefCalls1795132800012 } from './1795132800012-ksef-calls.js';
import { BatchParts1795132800013 } from './1795132800013-batch-parts.js';
import { TechnicalCorrections1795132800014 } from './1795132800014-technical-corrections.js';
import { InteractiveSessions1795132800015 } from './1795132800015-interactive-sessions.js';
import { Tracking1795132800016 } from './1795132800016-tracking.js';
import { DrillCourse1795132800017 } from './1795132800017-drill-course.js';
import { Sending1795132800018 } from './1795132800018-sending.js';
import { SecondAttempts1795132800026 } from './1795132800026-second-attempts.js';

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
  KsefCalls1795132800012,
  BatchParts1795132800013,
  TechnicalCorrections1795132800014,
  InteractiveSessions1795132800015,
  Tracking1795132800016,
  DrillCourse1795132800017,
  Sending1795132800018,
  SecondAttempts1795132800026,
];
