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
export { fromBase64Url } from './verification-code/base64-url.js';
export { CodeNotGoodError, kodIFaults, kodIIFaults, kodIISignatureFaults } from './verification-code/code-faults.js';
export type { CodeFault, CodedInvoice } from './verification-code/code-faults.js';
export type { CodeImages } from './verification-code/code-images.port.js';
export { KOD_II_LABEL, kodILabel } from './verification-code/code-label.js';
export { CODE_VERIFIER } from './verification-code/code-verifier.port.js';
export type { CodeVerifier } from './verification-code/code-verifier.port.js';
export { KSEF_ENVIRONMENTS, VERIFICATION_HOSTS } from './verification-code/environment.js';
export type { KsefEnvironment } from './verification-code/environment.js';
export { kodI, parseKodI } from './verification-code/kod-i.js';
export type { KodI, KodIInput } from './verification-code/kod-i.js';
export { kodII, parseKodII, unsignedKodII } from './verification-code/kod-ii.js';
export type { KodII, KodIIInput, KodIIParts, UnsignedKodII } from './verification-code/kod-ii.js';
export { environmentOf, hashOfLink, malformed, partsOfLink } from './verification-code/verification-link.js';
export type { MalformedLink } from './verification-code/verification-link.js';
export type {
  CertificateImporter,
  ImportRefusal,
  ImportedCertificate,
  KeyFile,
  KeyFilePart,
  KeyFileRefusal,
} from './certificate/certificate-importer.port.js';
export { CertificateIntake } from './certificate/certificate-intake.js';
export type { IntakeOrder, IntakeRefusal, ReadCertificate } from './certificate/certificate-intake.js';
export type { CertificateAlreadyImported, CertificateRepository } from './certificate/certificate-repository.port.js';
export { loginCertificateAt, parseCertificateSerial, usableAt, usableFor } from './certificate/certificate.js';
export type {
  AuthenticationCertificate,
  Certificate,
  CertificateId,
  CertificateSerial,
  OfflineCertificate,
  SealedKey,
} from './certificate/certificate.js';
export { AdvanceEnrolment } from './certificate/enrolment/advance-enrolment.js';
export type {
  CertificateReader,
  CertificateRequest,
  CertificateRequests,
  IssuedCertificateFacts,
  KeyFingerprint,
} from './certificate/enrolment/certificate-requests.port.js';
export type {
  ClaimedEnrolment,
  EnrolmentRepository,
  EnrolmentStores,
  EnrolmentWork,
} from './certificate/enrolment/enrolment-repository.port.js';
export {
  ENROLMENT_TRANSITIONS,
  MOST_SENDINGS,
  beginSendingEnrolment,
  enrolmentCompleted,
  enrolmentIssued,
  enrolmentNotTaken,
  enrolmentReferenceLost,
  enrolmentRefused,
  enrolmentSubmitted,
  isUnderWay,
  resolveSendingEnrolment,
  sendEnrolmentAgain,
} from './certificate/enrolment/enrolment.js';
export type {
  CompletedEnrolment,
  Enrolment,
  EnrolmentRefusal,
  IssuedEnrolment,
  PreparedEnrolment,
  RefusedEnrolment,
  SendingEnrolment,
  SubmittedEnrolment,
} from './certificate/enrolment/enrolment.js';
export { StartEnrolment } from './certificate/enrolment/start-enrolment.js';
export type {
  EnrolmentOrder,
  StartEnrolmentRefusal,
  StartedEnrolment,
} from './certificate/enrolment/start-enrolment.js';
export { ImportCertificate } from './certificate/import-certificate.js';
export type { CertificateImport, ImportCertificateRefusal } from './certificate/import-certificate.js';
export { ImportTokenCertificate } from './certificate/import-token-certificate.js';
export type { ImportTokenCertificateRefusal, TokenCertificateImport } from './certificate/import-token-certificate.js';
export type { KeyEncryptionKeys, WrappedKey } from './certificate/key-encryption-keys.port.js';
export { parseCertificateName } from './certificate/ksef-certificates.port.js';
export type {
  CertificateCallRefusal,
  CertificateLimit,
  CertificateLimits,
  CertificateName,
  CertificateRefusal,
  CertificateRefusalCode,
  EnrolmentData,
  EnrolmentReceipt,
  EnrolmentReference,
  EnrolmentRequest,
  EnrolmentStatus,
  KsefCertificateEntry,
  KsefCertificateState,
  KsefCertificates,
  RetrievedCertificate,
  RevocationReason,
} from './certificate/ksef-certificates.port.js';
export { AuditedLoginSigner, AuditedOfflineSigner } from './certificate/lifecycle/audited-signers.js';
export type {
  CertificateLifecycle,
  UnsentInvoice,
  UnsentInvoices,
} from './certificate/lifecycle/certificate-lifecycle.port.js';
export {
  WARNING_DAYS,
  WARNING_STAGES,
  daysLeft,
  inUse,
  mayOutlive,
  warningsDue,
} from './certificate/lifecycle/certificate-warning.js';
export type { CertificateWarning, SignedDeadlines, WarningStage } from './certificate/lifecycle/certificate-warning.js';
export { tellOfMissedCertificate } from './certificate/lifecycle/missed-certificate.js';
export {
  endOf,
  isRevoked,
  isWithdrawn,
  isWithdrawnAtKsef,
  typeDiffers,
} from './certificate/lifecycle/remote-status.js';
export type { RemoteState, RemoteStatus } from './certificate/lifecycle/remote-status.js';
export { REVOCATION_TRANSITIONS } from './certificate/lifecycle/revocation.js';
export type {
  CarriedOutRevocation,
  RefusedRevocation,
  Revocation,
  RevocationIntent,
  SendingRevocation,
} from './certificate/lifecycle/revocation.js';
export { LISTED_INVOICES, RevokeCertificate } from './certificate/lifecycle/revoke-certificate.js';
export type {
  RevocationAnswer,
  RevocationOrder,
  RevokeCertificateRefusal,
  RevokedCertificate,
} from './certificate/lifecycle/revoke-certificate.js';
export { SyncCertificates } from './certificate/lifecycle/sync-certificates.js';
export type { SyncReport } from './certificate/lifecycle/sync-certificates.js';
export { TendCertificates } from './certificate/lifecycle/tend-certificates.js';
export type { Tended } from './certificate/lifecycle/tend-certificates.js';
export { WarnOfExpiry } from './certificate/lifecycle/warn-of-expiry.js';
export type { ExpiryStanding } from './certificate/lifecycle/warn-of-expiry.js';
export type { LoginCertificates } from './certificate/login-certificates.port.js';
export type { LoginSigner } from './certificate/login-signer.port.js';
export { SignerUnavailableError } from './certificate/offline-signer.port.js';
export type { EvidenceSubject, OfflineSigner, SignerTrouble } from './certificate/offline-signer.port.js';
export { RetireCertificate } from './certificate/retire-certificate.js';
export type { RetireCertificateRefusal } from './certificate/retire-certificate.js';
export { RotateKeys } from './certificate/rotate-keys.js';
export type { Rotation, RotationCount, RotationPace, RotationPorts } from './certificate/rotate-keys.js';
export type { BoxRewrapper, SealedBoxes, StoredBox } from './certificate/sealed-boxes.port.js';
export { SecretBoxError } from './certificate/secret-box.port.js';
export type { SecretBox } from './certificate/secret-box.port.js';
export type { TokenCertificateImporter, TokenKey, TokenKeyRefusal } from './certificate/token-key.port.js';
export type {
  AvailabilityBulletin,
  BulletinCategory,
  BulletinSource,
  BulletinType,
  EnteredBy,
} from './outage/availability-bulletin.js';
export type { BulletinArchive } from './outage/bulletin-archive.port.js';
export { ConfirmTotalFailure } from './outage/confirm-total-failure.js';
export type { ConfirmationRefusal, ConfirmedTotalFailure } from './outage/confirm-total-failure.js';
export { afterAuthorization, afterFailedCall, afterLook } from './outage/connection.js';
export type { Connection, ConnectionLog, Look, LookRecord } from './outage/connection.js';
export { EnterNotice, NOTICE_PREFIX } from './outage/enter-notice.js';
export type { EnteredNotice, NoticeFinding, NoticeRefusal, NoticeRequest } from './outage/enter-notice.js';
export type { KsefProbe, ProbeOutcome } from './outage/ksef-probe.port.js';
export { NO_TRAFFIC } from './outage/ksef-traffic.port.js';
export type { KsefTraffic, Traffic } from './outage/ksef-traffic.port.js';
export { LatarniaUnreachableError } from './outage/latarnia.port.js';
export type { Latarnia, LatarniaState } from './outage/latarnia.port.js';
export type { NeutralAddresses, NeutralAnswer } from './outage/neutral-addresses.port.js';
export { covers, outagesFrom, standingBulletins } from './outage/outage.js';
export type { BulletinVersion, Outage, OutageCategory } from './outage/outage.js';
export { isAllSilent, judgeReach, trafficVerdict } from './outage/reach.js';
export type { Evidence, NetworkState, Reach, TrafficVerdict } from './outage/reach.js';
export {
  CONNECTION_MAX_AGE_SECONDS,
  LOOKS_TO_CLOSE,
  LOOKS_TO_OPEN,
  SECONDS_BETWEEN_LOOKS,
  SENDING_GATE_TRANSITIONS,
  expireGate,
  firstGate,
  gateAfterAuthorization,
  gateAfterLook,
  isStale,
} from './outage/sending-gate.js';
export type { ClosedGate, OpenGate, SendingGate, Streak } from './outage/sending-gate.js';
export {
  confirmationsNeeded,
  mayBeSamePerson,
  reliableOutages,
  vouchersFor,
} from './outage/total-failure-confirmation.js';
export type { TotalFailureConfirmation } from './outage/total-failure-confirmation.js';
export { WatchOutages } from './outage/watch-outages.js';
export type { OutageWatch } from './outage/watch-outages.js';
export { countFromFailure, standingAtIssue } from './deadline/at-issue.js';
export type { AtIssue } from './deadline/at-issue.js';
export { classifyAtIssue } from './deadline/classify-at-issue.js';
export type { Circumstances } from './deadline/classify-at-issue.js';
export { ReadDeadlines } from './deadline/deadline-book.js';
export type { BookLine, DeadlineBook, DueDay } from './deadline/deadline-book.js';
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
export { deadlineFor, explanationOf, outagesTelling } from './deadline/deadline.js';
export type { Deadline, DeadlineInputs, DeadlineSubject, DerivedDeadline, OfflineRegime } from './deadline/deadline.js';
export { describeDeadline, stepsOf, subjectOf, termFor, termOf } from './deadline/due-term.js';
export type { DueTerm } from './deadline/due-term.js';
export { decideHousePolicies, housePoliciesOf, targetOf } from './deadline/house-policy.js';
export type { HousePolicy, HousePolicyDecision, HousePolicyRefusal, Target } from './deadline/house-policy.js';
export { lawOf } from './deadline/law-of.js';
export { announcedMoment, mayComeLate, mayTellTheIssue, messagesFor } from './deadline/messages.js';
export { otherReadings } from './deadline/other-readings.js';
export type { OtherReading } from './deadline/other-readings.js';
export { changePolicy, rulesFrom } from './deadline/policy-change.js';
export type { PolicyChange, PolicyRefusal, PolicyRequest } from './deadline/policy-change.js';
export { RecalculateDeadlines } from './deadline/recalculate-deadlines.js';
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
export { boundariesOf, intervalOf } from './deadline/waiting-group.js';
export type { GroupTerm, WaitingGroup } from './deadline/waiting-group.js';
export type { MovedTerm, WaitingTerms } from './deadline/waiting-terms.port.js';
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
export { ReadInvoices } from './invoice/read-invoices.js';
export { IdempotencyRaceError, SealOffline } from './invoice/seal-offline.js';
export type { Seal, SealDecision } from './invoice/seal-offline.js';
export { selectContext } from './invoice/select-context.js';
export type { ContextRefusal } from './invoice/select-context.js';
export { whyNotOnline } from './invoice/why-not-online.js';
export type { Authorization, AuthorizationOutcome } from './session/authorization.port.js';
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
  KeyForKsef,
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
export type { AuditEntry, AuditEntryForMany, AuditSubjectKind, AuditTrail } from './audit/audit-trail.port.js';
export type { Alert, AlertLog, RaisedAlert } from './alert/alert-log.port.js';
export { DEFAULT_ALERT_HOURS, alertStages, stageName } from './alert/alert-stage.js';
export type { AlertStage } from './alert/alert-stage.js';
export { RaiseAlerts } from './alert/raise-alerts.js';
export type { AlertCounts } from './alert/raise-alerts.js';
export { isReachable } from './availability/availability.js';
export { CheckAvailability } from './availability/check-availability.js';
export type { Availability } from './availability/check-availability.js';
export { readinessOf } from './availability/context-readiness.js';
export type { CertificateView, ContextReadiness, Readiness } from './availability/context-readiness.js';
export { explainMode, latarniaNow } from './availability/explain-mode.js';
export type { ModeFacts } from './availability/explain-mode.js';
export { MOST_CONTEXTS_TRIED, RETRY_SECONDS, RetryConnection } from './availability/retry-connection.js';
export type { ContextAuthorization } from './availability/retry-connection.js';
export { sendingNow } from './availability/sending-now.js';
export type { SendingDecision } from './availability/sending-now.js';
export type { Outbox, OutboxEvent } from './event/outbox.port.js';
export { ChangeDeadlinePolicy, DecideHousePolicies } from './legal-situation/decide-policies.js';
export type { DecideHousePoliciesRefusal } from './legal-situation/decide-policies.js';
export { ExplainDeadline } from './legal-situation/explain-deadline.js';
export type { ExplainedDeadline } from './legal-situation/explain-deadline.js';
export type { LegalArchive, LegalRecords } from './legal-situation/legal-archive.port.js';
export { situationAsOf, situationOf } from './legal-situation/legal-situation.js';
export type { Jurisdiction, LegalSituation } from './legal-situation/legal-situation.js';
export { WHY_ONLINE, modeNow, offlineModeNow, ownChoice } from './legal-situation/mode-now.js';
export type { ModeDecision, OfflineDecision } from './legal-situation/mode-now.js';
export type {
  PendingRecalculation,
  RecalculationRequests,
  SystemRecalculations,
  TenantRecalculations,
} from './legal-situation/recalculation-requests.port.js';
export { AdvanceDrill } from './simulation/advance-drill.js';
export { bannerNow, downtimeEndId, downtimeNoticeId, downtimesOf } from './simulation/downtime.js';
export type { Downtime } from './simulation/downtime.js';
export { closeDrillOutage, drillEventId, openDrillOutage } from './simulation/drill-outage.js';
export { isSettled, reportOf } from './simulation/drill-report.js';
export type {
  DrillContextReport,
  DrillEvidence,
  DrillInvoice,
  DrillReport,
  DrillVerdict,
} from './simulation/drill-report.js';
export type { DrillRepository } from './simulation/drill-repository.port.js';
export { isDrillUnderWay } from './simulation/drill.js';
export type {
  CertificateFinding,
  CheckedDrill,
  Drill,
  DrillContext,
  DrillId,
  DrillIn,
  DrillUnderWay,
  FailedDrill,
} from './simulation/drill.js';
export { drillContexts } from './simulation/plan-drill.js';
export { sampleInvoice, sampleNumber } from './simulation/sample-invoice.js';
export { MOST_INVOICES_PER_CONTEXT, StartDrill } from './simulation/start-drill.js';
export type { DrillRefusal, DrillRequest } from './simulation/start-drill.js';
export { EndDowntime, StartDowntime, closingNotice, openingNotice } from './simulation/switch-downtime.js';
export type { DowntimeRefusal, DowntimeRequest, EndRefusal } from './simulation/switch-downtime.js';
