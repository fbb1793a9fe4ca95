// The public face of the domain, by concept. Start at invoice/issue-invoice.ts.
export { done, failed, unknown } from './shared/attempt.js';
export type { Attempt } from './shared/attempt.js';
export { fromBase64, toBase64, toBase64Url } from './shared/base64.js';
export type { Brand } from './shared/brand.js';
export type { Clock } from './shared/clock.port.js';
export type { Heartbeat } from './shared/heartbeat.port.js';
export type { IdSource } from './shared/id-source.port.js';
export { Temporal } from './shared/instant.js';
export type { Instant, PlainDate } from './shared/instant.js';
export type { Job, JobQueue } from './shared/job-queue.port.js';
export type { JobSource, StopSignal } from './shared/job-source.port.js';
export { PORTS } from './shared/port-tokens.js';
export { err, ok } from './shared/result.js';
export type { Result } from './shared/result.js';
export type { SystemStores, TenantStores, UnitOfWork } from './shared/unit-of-work.port.js';
export { addBusinessDays, calendarOfVersion, polishBusinessDays } from './calendar/business-day-calendar.js';
export type { BusinessDayCalendar, CalendarOptions } from './calendar/business-day-calendar.js';
export { easterSunday } from './calendar/easter.js';
export {
  POLISH_HOLIDAYS,
  POLISH_HOLIDAYS_VERSION,
  polishHolidayOn,
  polishHolidaysOf,
} from './calendar/polish-holidays.js';
export type { HolidayRule } from './calendar/polish-holidays.js';
export { WARSAW, endOfWarsawDay, isBefore, startOfWarsawDay, warsawDay, warsawText } from './calendar/warsaw-time.js';
export { CONTEXT_TYPES, contextLabel, parseContextIdentifier, sameContext } from './party/context-identifier.js';
export type { ContextIdentifier, ContextType, ContextValue, InvalidContext } from './party/context-identifier.js';
export { parseNip } from './party/nip.js';
export type { InvalidNip, Nip } from './party/nip.js';
export type { ApiKeys, TenantContexts, TenantDirectory } from './tenant/tenant-contexts.port.js';
export type { TenantContext, TenantId } from './tenant/tenant.js';
export { crc8 } from './ksef-number/crc8.js';
export { parseKsefNumber } from './ksef-number/ksef-number.js';
export type { InvalidKsefNumber, KsefNumber } from './ksef-number/ksef-number.js';
export type { CodeImages } from './verification-code/code-images.port.js';
export { KOD_II_LABEL, kodILabel } from './verification-code/code-label.js';
export { KSEF_ENVIRONMENTS, VERIFICATION_HOSTS } from './verification-code/environment.js';
export type { KsefEnvironment } from './verification-code/environment.js';
export { kodI } from './verification-code/kod-i.js';
export type { KodI, KodIInput } from './verification-code/kod-i.js';
export { kodII, unsignedKodII } from './verification-code/kod-ii.js';
export type { KodII, KodIIInput, UnsignedKodII } from './verification-code/kod-ii.js';
export type {
  CertificateImporter,
  ImportRefusal,
  ImportedCertificate,
} from './certificate/certificate-importer.port.js';
export type { CertificateRepository } from './certificate/certificate-repository.port.js';
export { parseCertificateSerial, usableAt, usableFor } from './certificate/certificate.js';
export type {
  AuthenticationCertificate,
  Certificate,
  CertificateId,
  CertificateSerial,
  OfflineCertificate,
  SealedKey,
} from './certificate/certificate.js';
export { ImportCertificate } from './certificate/import-certificate.js';
export type { CertificateImport, ImportCertificateRefusal } from './certificate/import-certificate.js';
export type { LoginCertificates } from './certificate/login-certificates.port.js';
export type { LoginSigner } from './certificate/login-signer.port.js';
export { SignerUnavailableError } from './certificate/offline-signer.port.js';
export type { EvidenceSubject, OfflineSigner } from './certificate/offline-signer.port.js';
export { SecretBoxError } from './certificate/secret-box.port.js';
export type { SecretBox } from './certificate/secret-box.port.js';
export type { AvailabilityBulletin, BulletinCategory, BulletinType } from './outage/availability-bulletin.js';
export type { BulletinArchive } from './outage/bulletin-archive.port.js';
export type { Connection, ConnectionLog } from './outage/connection.js';
export { LatarniaUnreachableError } from './outage/latarnia.port.js';
export type { KsefProbe, Latarnia, LatarniaState } from './outage/latarnia.port.js';
export { covers, outagesFrom } from './outage/outage.js';
export type { BulletinVersion, Outage, OutageCategory } from './outage/outage.js';
export { WatchOutages } from './outage/watch-outages.js';
export type { OutageWatch } from './outage/watch-outages.js';
export { countFromFailure, standingAtIssue } from './deadline/at-issue.js';
export type { AtIssue } from './deadline/at-issue.js';
export { classifyAtIssue } from './deadline/classify-at-issue.js';
export type { Circumstances } from './deadline/classify-at-issue.js';
export { deadlineAsOf, lawOf } from './deadline/deadline-as-of.js';
export {
  DEADLINE_POLICIES,
  DEADLINE_RULES_VERSION,
  DEFAULT_RULES,
  POLICY_NAMES,
  changedPolicies,
  isPolicyName,
  readingsOf,
  rulesWith,
} from './deadline/deadline-rules.js';
export type { ChangedPolicies, DeadlineRules, PolicyName, Reading } from './deadline/deadline-rules.js';
export { deadlineFor, outagesTelling } from './deadline/deadline.js';
export type { Deadline, DeadlineInputs, DeadlineSubject, DerivedDeadline, OfflineRegime } from './deadline/deadline.js';
export { announcedMoment, mayComeLate, mayTellTheIssue, messagesFor } from './deadline/messages.js';
export { otherReadings } from './deadline/other-readings.js';
export type { OtherReading } from './deadline/other-readings.js';
export { changePolicy, rulesAsOf } from './deadline/policy-change.js';
export type { PolicyChange, PolicyRefusal, PolicyRequest } from './deadline/policy-change.js';
export { RecalculateDeadlines, describeDeadline, statutoryDeadline } from './deadline/recalculate-deadlines.js';
export { deadlineIfSentLater, deadlineOfSent, invoicingDate, ksefMarking } from './deadline/sending-time.js';
export type { Sending, SentInvoice } from './deadline/sending-time.js';
export { evidenceOf, withStep } from './deadline/standing.js';
export type { Due, Standing } from './deadline/standing.js';
export {
  emergencyDue,
  isAfterDay,
  laterDay,
  lawUnder,
  offline24Due,
  unavailabilityDue,
} from './deadline/statutory-clocks.js';
export type { Law } from './deadline/statutory-clocks.js';
export { afterMessage, messagesWhileWaiting } from './deadline/while-waiting.js';
export type { Finding } from './invoice/finding.js';
export type { Hasher } from './invoice/hasher.port.js';
export type { IdempotencyClaim, IdempotencyRecord, IdempotencyRecords } from './invoice/idempotency.port.js';
export type { InvoiceDocuments } from './invoice/invoice-documents.port.js';
export { FA3, INVOICE_KINDS } from './invoice/invoice-facts.js';
export type {
  BuyerIdentifier,
  DecimalText,
  FormCode,
  InvoiceFacts,
  InvoiceKind,
  InvoiceNumber,
} from './invoice/invoice-facts.js';
export {
  hashToBase64,
  hashToBase64Url,
  invoiceHashFromBase64,
  invoiceHashFromBytes,
  sameHash,
} from './invoice/invoice-hash.js';
export type { InvoiceHash } from './invoice/invoice-hash.js';
export type {
  InvoiceFilter,
  InvoiceRepository,
  NumberTaken,
  StoredInvoice,
} from './invoice/invoice-repository.port.js';
export {
  abandon,
  accept,
  beginPosting,
  block,
  complete,
  enterSession,
  flagConflict,
  issueOffline,
  locate,
  planInto,
  refuseOnline,
  reject,
  retryLater,
  returnToQueue,
  sendToReview,
} from './invoice/invoice-transitions.js';
export { DISPLAY_STATUS, INVOICE_TRANSITIONS } from './invoice/invoice.js';
export type {
  Acceptance,
  AcceptedInvoice,
  CompleteInvoice,
  Delivery,
  DisplayStatus,
  InSessionInvoice,
  Invoice,
  InvoiceId,
  InvoiceState,
  Issue,
  IssuedInvoice,
  KsefRefusal,
  NotIssuedInvoice,
  OfflineIssue,
  OnlineIssue,
  PlannedInvoice,
  ReceivedInvoice,
  RefusedInvoice,
  ReviewInvoice,
} from './invoice/invoice.js';
export { IssueInvoice } from './invoice/issue-invoice.js';
export type {
  Candidate,
  IssueRefusal,
  IssueRequest,
  Issued,
  NoOfflineCertificate,
  RequestedMode,
} from './invoice/issue-invoice.js';
export { ISSUING_MODES } from './invoice/issuing-mode.js';
export type { IssuingMode, ModeEvidence, OfflineMode } from './invoice/issuing-mode.js';
export { INVOICE_REACTIONS, reactionTo } from './invoice/ksef-invoice-status.js';
export type { InvoiceReaction, InvoiceStatusCode } from './invoice/ksef-invoice-status.js';
export { PostOnline } from './invoice/post-online.js';
export { IdempotencyRaceError, SealOffline } from './invoice/seal-offline.js';
export type { Seal } from './invoice/seal-offline.js';
export { selectContext } from './invoice/select-context.js';
export type { ContextRefusal } from './invoice/select-context.js';
export { whyNotOnline } from './invoice/why-not-online.js';
export { completeWithUpo, fetchUpo } from './session/fetch-upo.js';
export type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from './session/interactive-session.port.js';
export { KsefLoginError, KsefThrottledError, KsefUnreachableError } from './session/ksef-access.js';
export type { KsefAccess } from './session/ksef-access.js';
export { ReadSession } from './session/read-session.js';
export type { SessionView } from './session/read-session.js';
export { MOST_DELIVERY_ATTEMPTS, reconcileInvoice, resend } from './session/reconcile-invoice.js';
export type { HashOfOriginal } from './session/reconcile-invoice.js';
export { sessionInvoices } from './session/session-invoices.js';
export type {
  SessionInvoice,
  SessionInvoicePage,
  SessionReader,
  SessionStatus,
  UpoDocument,
  UpoEntry,
} from './session/session-reader.port.js';
export type { InvoiceReference, SessionReference, UpoReference } from './session/session-reference.js';
export { TrackInteractive } from './session/track-interactive.js';
export { AdvanceBatch, LEASE_SECONDS, hasEnded } from './batch/advance-batch.js';
export type { AdvanceOutcome, HeldBatch, StepOutcome } from './batch/advance-batch.js';
export { BATCH_LIMITS, UPLOAD_WINDOW_PER_PART } from './batch/batch-limits.js';
export { PackageCorruptError } from './batch/batch-packager.port.js';
export type { BatchPackager, PackageEntry } from './batch/batch-packager.port.js';
export { ConcurrentUpdateError, StaleLeaseError } from './batch/batch-repository.port.js';
export type { BatchLease, BatchRepository, DueBatch } from './batch/batch-repository.port.js';
export type { BatchSessions, OpenRefusal, OpenedSession, UploadRefusal } from './batch/batch-session.port.js';
export { BatchSteps } from './batch/batch-steps.js';
export {
  BATCH_TRANSITIONS,
  beginClosing,
  beginOpening,
  closed,
  die,
  finished,
  missingParts,
  openAgain,
  opened,
  packed,
  partUploaded,
  processed,
  repack,
} from './batch/batch.js';
export type {
  Batch,
  BatchId,
  BatchState,
  ClosingBatch,
  DeadBatch,
  DoneBatch,
  OpenBatch,
  OpeningBatch,
  PackedBatch,
  Part,
  PartOrdinal,
  PlannedBatch,
  ProcessingBatch,
  ReconcilingBatch,
  SealedPackage,
  UploadTarget,
} from './batch/batch.js';
export { OpenSessionStep } from './batch/open-session-step.js';
export { PackStep } from './batch/pack-step.js';
export { PlanBatches } from './batch/plan-batches.js';
export type { NamedPlan, PassedOver, SendingHeld } from './batch/plan-batches.js';
export { ReconcileStep } from './batch/reconcile-step.js';
export { TrackSessionStep, sessionFailed } from './batch/track-session-step.js';
export { UploadStep } from './batch/upload-step.js';
export type { AuditEntry, AuditTrail } from './audit/audit-trail.port.js';
export {
  CONNECTION_MAX_AGE_SECONDS,
  isReachable,
  maySend,
  modeNow,
  offlineModeNow,
  reliableOutages,
} from './availability/availability.js';
export type { ModeDecision, OfflineDecision } from './availability/availability.js';
export { CheckAvailability } from './availability/check-availability.js';
export type { Availability } from './availability/check-availability.js';
