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
import { ReviewsEnd1795132800027 } from './1795132800027-reviews-end.js';
import { CorrectionsReadAgain1795132800028 } from './1795132800028-corrections-read-again.js';
import { WaysOut1795132800029 } from './1795132800029-ways-out.js';
import { Unsendable1795132800030 } from './1795132800030-unsendable.js';
import { Access1795132800031 } from './1795132800031-access.js';
import { RequestBuckets1795132800032 } from './1795132800032-request-buckets.js';
import { EventFeed1795132800033 } from './1795132800033-event-feed.js';
import { Webhooks1795132800034 } from './1795132800034-webhooks.js';
import { Handovers1795132800036 } from './1795132800036-handovers.js';
import { Emails1795132800037 } from './1795132800037-emails.js';
import { AuditSeals1795132800040 } from './1795132800040-audit-seals.js';
import { DatabaseSecurity1795132800041 } from './1795132800041-database-security.js';
import { RequestAnswers1795132800042 } from './1795132800042-request-answers.js';
import { AttemptsByHash1795132800045 } from './1795132800045-attempts-by-hash.js';

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
  ReviewsEnd1795132800027,
  CorrectionsReadAgain1795132800028,
  WaysOut1795132800029,
  Unsendable1795132800030,
  Access1795132800031,
  RequestBuckets1795132800032,
  EventFeed1795132800033,
  Webhooks1795132800034,
  Handovers1795132800036,
  Emails1795132800037,
  AuditSeals1795132800040,
  DatabaseSecurity1795132800041,
  RequestAnswers1795132800042,
  AttemptsByHash1795132800045,
];
