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
export type { BegunRequest, RequestAnswer, RequestAnswers } from './shared/request-answers.port.js';
export { err, ok } from './shared/result.js';
export type { Result } from './shared/result.js';
export type { Stopwatch } from './shared/stopwatch.port.js';
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
export { CreateTenant, FIRST_ADMIN } from './tenant/create-tenant.js';
export type { CreateTenantRequest, CreatedTenant, TenantRequestReused } from './tenant/create-tenant.js';
export { AddContext, MOST_CONTEXTS, RemoveContext } from './tenant/manage-contexts.js';
export type { AddContextRefusal, RemoveContextRefusal } from './tenant/manage-contexts.js';
export type {
  ApiKeys,
  FirstApiKey,
  TenantContexts,
  TenantDirectory,
  TenantSummary,
} from './tenant/tenant-contexts.port.js';
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
export type { TokenCertificateImporter, TokenKey, TokenKeyRefusal, TokenKeyUse } from './certificate/token-key.port.js';
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
  PlaceOfSupply,
} from './invoice/invoice-facts.js';
export {
  hashToBase64,
  hashToBase64Url,
  invoiceHashFromBase64,
  invoiceHashFromBytes,
  sameHash,
} from './invoice/invoice-hash.js';
export type { InvoiceHash } from './invoice/invoice-hash.js';
export { INVOICE_ORDERS } from './invoice/invoice-repository.port.js';
export type {
  AwaitingInvoice,
  AwaitingQuery,
  InvoiceFilter,
  InvoiceOrder,
  InvoiceRepository,
  NumberTaken,
  StoredInvoice,
} from './invoice/invoice-repository.port.js';
export {
  abandon,
  accept,
  acceptCorrected,
  acceptReviewed,
  beginCorrecting,
  beginPosting,
  block,
  blockUnsent,
  closeConflict,
  complete,
  deliverAgain,
  dropAttempt,
  enterSession,
  flagConflict,
  flagCorrectedConflict,
  giveUp,
  issueOffline,
  locate,
  planInto,
  readAgain,
  recognise,
  refuseOnline,
  refuseReviewed,
  reject,
  rejectCorrected,
  reportMissingUpo,
  retryLater,
  returnToQueue,
  sendToReview,
} from './invoice/invoice-transitions.js';
export { DISPLAY_STATUS, INVOICE_TRANSITIONS, deliveredHash } from './invoice/invoice.js';
export type {
  Acceptance,
  AcceptedInvoice,
  ClosedInvoice,
  CompleteInvoice,
  CorrectedFile,
  CorrectingInvoice,
  Delivery,
  DisplayStatus,
  EarlierAttempt,
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
  PreparedCodes,
  ReceivedInvoice,
  RefusedInvoice,
  ReviewInvoice,
  UnprovenInvoice,
  UnsendableInvoice,
} from './invoice/invoice.js';
export { IssueAfterAll } from './invoice/issue-after-all.js';
export { issuedEvent, postedEvent } from './invoice/issue-events.js';
export { IssueInvoice } from './invoice/issue-invoice.js';
export type { Candidate, IssueRefusal, IssueRequest, Issued, NoOfflineCertificate } from './invoice/issue-invoice.js';
export { ISSUING_MODES } from './invoice/issuing-mode.js';
export type { IssuingMode, ModeEvidence, OfflineMode, RequestedMode } from './invoice/issuing-mode.js';
export { INVOICE_REACTIONS, reactionTo } from './invoice/ksef-invoice-status.js';
export type { InvoiceReaction, InvoiceStatusCode } from './invoice/ksef-invoice-status.js';
export { lookAround } from './invoice/look-around.js';
export type { Surroundings } from './invoice/look-around.js';
export { offlineCodes } from './invoice/offline-codes.js';
export { PostOnline } from './invoice/post-online.js';
export type { OnlineSettings } from './invoice/post-online.js';
export { ReadInvoices } from './invoice/read-invoices.js';
export {
  REVIEW_DECISIONS,
  isLongAgo,
  mayHaveIt,
  settledEntry,
  stored,
  whereabouts,
  whyItMayHaveIt,
} from './invoice/review-settlement.js';
export type {
  ReviewDecision,
  SettleOutcome,
  SettlePorts,
  SettleReviewRefusal,
  SettleReviewRequest,
  TakeOutRefusal,
  UnderReview,
} from './invoice/review-settlement.js';
export { IdempotencyRaceError, SealOffline } from './invoice/seal-offline.js';
export type { OnlineAttempt, Seal, SealDecision } from './invoice/seal-offline.js';
export { selectContext } from './invoice/select-context.js';
export type { ContextRefusal } from './invoice/select-context.js';
export { SettleOfflineReview } from './invoice/settle-offline-review.js';
export { SettleOnlineReview } from './invoice/settle-online-review.js';
export { SettleReview } from './invoice/settle-review.js';
export { completionEvents, stateEventType, stateEvents } from './invoice/state-events.js';
export { isNearEndOfDay, msUntilDayHasBegun, whyNotOnline } from './invoice/why-not-online.js';
export { acceptanceIn } from './session/acceptance-in.js';
export type { Authorization, AuthorizationOutcome } from './session/authorization.port.js';
export { CloseSharedSessions, closeAtKsef } from './session/close-shared-sessions.js';
export { CollectProofs } from './session/collect-proofs.js';
export { completeWithUpo, fetchUpo } from './session/fetch-upo.js';
export { acceptedRow, findInKsef, findItsSession, sameNumberInKsef } from './session/find-in-ksef.js';
export type { Sought, SoughtFile, Whereabouts } from './session/find-in-ksef.js';
export { findUpo, findUpoElsewhere } from './session/find-upo.js';
export type { FoundUpo } from './session/find-upo.js';
export type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from './session/interactive-session.port.js';
export { KsefLoginError, KsefThrottledError, KsefUnreachableError, isNoAnswer } from './session/ksef-access.js';
export type { KsefAccess } from './session/ksef-access.js';
export { CALL_REACTIONS, HTTP_REACTIONS, reactionToCall } from './session/ksef-call-reactions.js';
export type { CallReaction } from './session/ksef-call-reactions.js';
export {
  BATCH_SESSION_REACTIONS,
  INTERACTIVE_SESSION_REACTIONS,
  reactionToBatchSession,
  reactionToInteractiveSession,
} from './session/ksef-session-status.js';
export type { SessionReaction } from './session/ksef-session-status.js';
export { FIRST_FINAL_CODE, lookUpByHash } from './session/look-up.js';
export type { LookUp } from './session/look-up.js';
export { ReadSession } from './session/read-session.js';
export type { SessionView } from './session/read-session.js';
export { ReadUpo } from './session/read-upo.js';
export {
  MOST_DELIVERY_ATTEMPTS,
  acceptWithNumber,
  judgeDuplicate,
  refusalOf,
  resend,
  settleByRow,
} from './session/reconcile-invoice.js';
export type { Original } from './session/reconcile-invoice.js';
export { resolveDuplicate, resolveDuplicates } from './session/resolve-duplicates.js';
export type { ResolvedDuplicate } from './session/resolve-duplicates.js';
export { ResolvePosting } from './session/resolve-posting.js';
export type { ResolvedPosting } from './session/resolve-posting.js';
export {
  MISSING_ROW_SECONDS,
  NO_ANSWER_SECONDS,
  SESSION_UNKNOWN,
  SESSION_WITHOUT_END,
  missingRow,
  noCertificate,
  notOnline,
  processingTooLong,
  upoAwaited,
  upoMissing,
} from './session/review-reasons.js';
export { SHARED_SESSION_TRANSITIONS } from './session/session-book.port.js';
export type {
  OpenedSharedSession,
  SessionBook,
  SharedSessionRecord,
  SharedSessionState,
} from './session/session-book.port.js';
export { sessionInvoices } from './session/session-invoices.js';
export { ContinuationLostError } from './session/session-reader.port.js';
export type {
  InvoiceInKsef,
  ListedSession,
  SessionInvoice,
  SessionInvoicePage,
  SessionReader,
  SessionStatus,
  UpoDocument,
  UpoEntry,
  UpoPage,
} from './session/session-reader.port.js';
export type { InvoiceReference, SessionReference, UpoReference } from './session/session-reference.js';
export {
  MOST_INVOICES_PER_SESSION,
  SharedSessions,
  mayHaveTakenIt,
  needsAnotherSession,
} from './session/shared-sessions.js';
export type { SharedSession, SharedSessionSettings } from './session/shared-sessions.js';
export { TrackInteractive } from './session/track-interactive.js';
export { upoMoments } from './session/upo-moments.js';
export type { UpoCheck, UpoSignature, UpoUnchecked, UpoVerifier } from './session/upo-verifier.port.js';
export { VerifiedSessionReader } from './session/verified-session-reader.js';
export type { RefusedUpo, UpoTrustPolicy } from './session/verified-session-reader.js';
export { AcceptByUpo, LIST_KEEPS_UP_TO } from './batch/accept-by-upo.js';
export { AdvanceBatch, LEASE_SECONDS, hasEnded } from './batch/advance-batch.js';
export type { AdvanceOutcome, HeldBatch, StepOutcome } from './batch/advance-batch.js';
export { MOST_HALVINGS, afterOpenRefusal, afterSessionFailure, codeOf } from './batch/after-session-failure.js';
export type { FailurePolicy } from './batch/after-session-failure.js';
export {
  ARCHIVE_ENTRY_BYTES,
  BATCH_LIMITS,
  SESSION_LOST_SECONDS,
  SESSION_STRANGE_SECONDS,
  UPLOAD_WINDOW_PER_PART,
  partsFor,
  pollGapSeconds,
} from './batch/batch-limits.js';
export { PackageCorruptError, PackageRoomError } from './batch/batch-packager.port.js';
export type { BatchPackager, PackageEntry } from './batch/batch-packager.port.js';
export {
  BATCH_PART_TRANSITIONS,
  beginSendingPart,
  partArrived,
  partRefused,
  partUnknown,
  pendingPart,
} from './batch/batch-part.js';
export type {
  BatchPart,
  BatchPartState,
  BatchParts,
  PendingPart,
  RefusedPart,
  SendingPart,
  UnknownPart,
  UploadedPart,
} from './batch/batch-part.js';
export { ConcurrentUpdateError, StaleLeaseError } from './batch/batch-repository.port.js';
export type { BatchFilter, BatchLease, BatchRepository, DueBatch } from './batch/batch-repository.port.js';
export { MOST_FAILED_RUNS, MOST_UNFINISHED_RUNS } from './batch/batch-runs.port.js';
export type { BatchRuns, BatchStanding } from './batch/batch-runs.port.js';
export type { BatchSessions, OpenRefusal, OpenedSession, UploadRefusal } from './batch/batch-session.port.js';
export { BatchSteps, backToQueue } from './batch/batch-steps.js';
export type { Undelivered } from './batch/batch-steps.js';
export {
  BATCH_TRANSITIONS,
  beginClosing,
  beginOpening,
  closed,
  die,
  disputed,
  finished,
  leftToKsef,
  listAgain,
  missingParts,
  needsNoWorker,
  openAgain,
  openLater,
  opened,
  packed,
  pageRead,
  partUploaded,
  processed,
  repack,
  sessionKnown,
  sessionUnknown,
  settled,
} from './batch/batch.js';
export type {
  Batch,
  BatchId,
  BatchState,
  ClosingBatch,
  DeadBatch,
  DisputedBatch,
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
  UnknownSession,
  UploadTarget,
} from './batch/batch.js';
export { HoldHopelessBatches, ResumeBatch } from './batch/hold-hopeless-batches.js';
export { LookForInvoices } from './batch/look-for-invoices.js';
export { nextStepOf } from './batch/next-step.js';
export type { NextStep, NextStepCode } from './batch/next-step.js';
export { OpenSessionStep } from './batch/open-session-step.js';
export { PackStep } from './batch/pack-step.js';
export { PlanBatches } from './batch/plan-batches.js';
export type { NamedPlan, PlanOrder, SendingHeld } from './batch/plan-batches.js';
export { readmit } from './batch/readmit.js';
export type { PassedOver } from './batch/readmit.js';
export { ReconcileStep, sessionFailed } from './batch/reconcile-step.js';
export type { Lineage, Reconciliation, SessionCounters } from './batch/reconciliation.js';
export { FAILURES_LOOKED_AT, restAfterFailures } from './batch/rest-after-failures.js';
export { AllowSecondDelivery } from './batch/second-delivery.js';
export type { SecondDeliveryRefusal } from './batch/second-delivery.js';
export { PATIENCE, countsDisagree, patienceIsOver, whatDisagrees } from './batch/session-counts.js';
export { SettleDispute } from './batch/settle-dispute.js';
export type { DisputeRefusal, SettledBatch } from './batch/settle-dispute.js';
export { TrackSessionStep, countersOf } from './batch/track-session-step.js';
export { UploadStep } from './batch/upload-step.js';
export { SECOND_DELIVERY_WITHIN_HOURS, WatchBatch, isNear, mayHaveSecondDelivery } from './batch/watch-batch.js';
export type { AuditCheckpoint, AuditSeals } from './audit/audit-seals.port.js';
export type { AuditEntry, AuditEntryForMany, AuditSubjectKind, AuditTrail } from './audit/audit-trail.port.js';
export type { ApiKeyBook, KeyMaker, NewApiKey } from './access/api-key-book.port.js';
export { LIVE_KEYS_PER_CLIENT, LONGEST_KEY_HOURS, checkApiKey, isLive } from './access/api-key.js';
export type { ApiKey, ApiKeyRefusal, ApiKeyRequest } from './access/api-key.js';
export { APPROVAL_TRANSITIONS } from './access/approval.js';
export type {
  Approval,
  ApprovalBook,
  ApprovalPolicy,
  ApprovalState,
  ApprovalVoice,
  GuardedAction,
} from './access/approval.js';
export { actorOfKey, holderOfKey, principalOfKey } from './access/authenticated-key.js';
export type { AuthenticatedKey } from './access/authenticated-key.js';
export { DecideApproval, ProposeApproval } from './access/decide-approval.js';
export type { ApprovalRefusal, CarryOut } from './access/decide-approval.js';
export { CreateApiKey, RevokeApiKey } from './access/manage-api-keys.js';
export type { CreateApiKeyRefusal, MadeApiKey } from './access/manage-api-keys.js';
export { PERMISSIONS } from './access/permission.js';
export type { Permission } from './access/permission.js';
export { decideAccess, holderOf } from './access/principal.js';
export type { AccessDecision, Principal } from './access/principal.js';
export type { RequestBudget, RequestLimit } from './access/request-budget.port.js';
export { ROLES, ROLE_PERMISSIONS, TENANT_PERMISSIONS, isRole, permissionsOf } from './access/role.js';
export type { Role, TenantPermission } from './access/role.js';
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
export { CorrectTechnically } from './correction/correct-technically.js';
export type { CorrectedTechnically } from './correction/correct-technically.js';
export { CORRECTION_GROUNDS, correctable } from './correction/correctable.js';
export type { CorrectableInvoice, CorrectionGround, CorrectionNotAllowed } from './correction/correctable.js';
export { CORRECTION_LEASE_SECONDS, CorrectionSteps, correctingInvoice } from './correction/correction-steps.js';
export { DecideTechnicalCorrection } from './correction/decide-technical-correction.js';
export type {
  CorrectionApproval,
  CorrectionDecision,
  DecisionRefusal,
} from './correction/decide-technical-correction.js';
export type { DocumentComparison } from './correction/document-comparison.port.js';
export { TECHNICAL_DIFFERENCES, contentDifferences } from './correction/field-comparison.js';
export type { FieldComparison, FieldDifference, TechnicalDifference } from './correction/field-comparison.js';
export { lineageOf, lineageWith } from './correction/lineage.js';
export type { CorrectionLineage, LineageFile } from './correction/lineage.js';
export type { LiftedStop, MassRejection, MassRejections } from './correction/mass-rejections.port.js';
export { POST_REACTIONS, reactionToPost } from './correction/post-reaction.js';
export type { PostReaction } from './correction/post-reaction.js';
export { ProposeTechnicalCorrection } from './correction/propose-technical-correction.js';
export type { ProposalRefusal, ProposalRequest, ProposedResult } from './correction/propose-technical-correction.js';
export { ProveTechnicalCorrections } from './correction/prove-technical-corrections.js';
export { ResolveLineage } from './correction/resolve-lineage.js';
export { SendTechnicalCorrections } from './correction/send-technical-corrections.js';
export { LiftStopOfIssuing, STOP_HOURS, stopOfIssuing } from './correction/stop-of-issuing.js';
export type { LiftRefusal, StopOfIssuing } from './correction/stop-of-issuing.js';
export type {
  CorrectionLease,
  CorrectionUnderWay,
  HeldCorrection,
  OpenCorrection,
  TechnicalCorrectionRepository,
} from './correction/technical-correction-repository.port.js';
export {
  acceptCorrection,
  approveCorrection,
  beginResolvingCorrection,
  beginSendingCorrection,
  completeCorrection,
  declineCorrection,
  holdCorrection,
  lookAgainForCorrection,
  readCorrectionAgain,
  referCorrection,
  refuseCorrection,
  resumeCorrection,
  retryCorrection,
  sendCorrectionAgain,
} from './correction/technical-correction-transitions.js';
export {
  LIVE_CORRECTION_STATES,
  TECHNICAL_CORRECTION_TRANSITIONS,
  isLiveCorrection,
} from './correction/technical-correction.js';
export type {
  AcceptedCorrection,
  ApprovedCorrection,
  CorrectionApprovalPolicy,
  CorrectionVoice,
  DeclinedCorrection,
  ProposedCorrection,
  RefusedCorrection,
  ResolvingCorrection,
  SendingCorrection,
  StuckCorrection,
  TechnicalCorrection,
  TechnicalCorrectionId,
  TechnicalCorrectionState,
} from './correction/technical-correction.js';
export { TrackTechnicalCorrections } from './correction/track-technical-corrections.js';
export { MASS_REJECTION_THRESHOLD, WarnOfMassRejection } from './correction/warn-of-mass-rejection.js';
export type { EventFeed, FeedBounds, FeedPage } from './event/event-feed.port.js';
export { EVENT_TYPES, MOST_FILTER_ENTRIES, isEventType, isFilterEntry, passes } from './event/event-types.js';
export type { EventFilter, EventType } from './event/event-types.js';
export type { Outbox, OutboxEvent } from './event/outbox.port.js';
export { PruneEvents } from './event/prune-events.js';
export { BEFORE_ALL_EVENTS, eventId, parseEventId, publicEvent } from './event/public-event.js';
export type { EventSequence, PublicEvent, SequencedEvent } from './event/public-event.js';
export { EVENTS_PER_READ, ReadEvents } from './event/read-events.js';
export type { ReadFrom, ReadFromRefusal } from './event/read-events.js';
export { AuditEvidence } from './evidence/audit-evidence.js';
export { CodeEvidence } from './evidence/code-evidence.js';
export { DeadlineEvidence, deadlineHistory } from './evidence/deadline-history.js';
export type { KnownTerm } from './evidence/deadline-history.js';
export { DeliveryEvidence } from './evidence/delivery-evidence.js';
export { DocumentEvidence, EVIDENCE_FILE_NAME, invoiceFileName } from './evidence/document-evidence.js';
export type { EvidenceArchive } from './evidence/evidence-archive.port.js';
export type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence/evidence-entry.js';
export { readme } from './evidence/evidence-readme.js';
export { jsonEntry, toHex, utf8 } from './evidence/evidence-text.js';
export { ExportEvidence } from './evidence/export-evidence.js';
export type { EvidencePackage } from './evidence/export-evidence.js';
export { OutageEvidence } from './evidence/outage-evidence.js';
export { TYPICAL_SPEED, measuredSpeed } from './forecast/delivery-speed.js';
export type { MeasuredSpeed } from './forecast/delivery-speed.js';
export { describeForecast } from './forecast/describe-forecast.js';
export { forecast } from './forecast/forecast.js';
export type { Forecast, ForecastInputs, LateInvoices } from './forecast/forecast.js';
export { ReadForecast } from './forecast/read-forecast.js';
export type { ContextForecast, TenantForecast } from './forecast/read-forecast.js';
export { buyerGroupOf } from './handover/buyer-group.js';
export type { BuyerGroup } from './handover/buyer-group.js';
export { ChangeEmailSettings } from './handover/change-email-settings.js';
export type { ContextUnknown } from './handover/change-email-settings.js';
export { circumstancesOf, offlineGoverning, standingOf } from './handover/circumstances.js';
export {
  DOCUMENT_DUE,
  changesDocuments,
  movedDocumentEvents,
  numberedDocumentEvents,
} from './handover/document-due.js';
export type { MovedDeadline } from './handover/document-due.js';
export { parseEmailAddress } from './handover/email-address.js';
export type { EmailAddress, InvalidEmailAddress } from './handover/email-address.js';
export type { ClaimedEmail, EmailBook, EmailEnd, EmailSettlement } from './handover/email-book.port.js';
export { buyerEmailOf, emailContent } from './handover/email-content.js';
export type { EmailContent } from './handover/email-content.js';
export { EmailRecords } from './handover/email-records.js';
export { goesByItself } from './handover/email-rule.js';
export type { EmailSettings, EmailSettingsBook } from './handover/email-settings.port.js';
export { EMAIL_TRANSITIONS, isOpenEmail } from './handover/email.js';
export type { Email, EmailFailure, EmailId, EmailState, PendingEmail, SentFile } from './handover/email.js';
export { requireGoodCodes } from './handover/good-codes.js';
export type { CodeChecks } from './handover/good-codes.js';
export type { BuyerOfInvoice, HandoverBook } from './handover/handover-book.port.js';
export { DOCUMENT_KINDS, documentFor, documentKind, notYetFor, receiptRuleFor } from './handover/handover-document.js';
export type {
  Dependence,
  DocumentKind,
  HandoverCircumstances,
  HandoverDecision,
  NotYet,
  NothingReason,
  ReceiptRule,
} from './handover/handover-document.js';
export { HANDOVER_CHANNELS, maskedRecipient } from './handover/handover.js';
export type { Handover, HandoverChannel, HandoverId } from './handover/handover.js';
export type { Mail, MailAttachment, MailOutcome, MailSender } from './handover/mail-sender.port.js';
export { placeOfSupplyIn } from './handover/place-of-supply.js';
export { PlanEmails } from './handover/plan-emails.js';
export { ReadDocuments, forHandover } from './handover/read-documents.js';
export type { DocumentsOfInvoice, InvoiceForHandover } from './handover/read-documents.js';
export { readableCopy } from './handover/readable-copy.js';
export { receivedAt } from './handover/received-at.js';
export { RecordHandover, handoverEntry } from './handover/record-handover.js';
export type { HandoverRefusal, HandoverRequest, RecordedHandover } from './handover/record-handover.js';
export { RenderCopy, readyCopy } from './handover/render-copy.js';
export type { NoCopy, ReadyCopy, RenderedCopy } from './handover/render-copy.js';
export { RequestEmail, addressInFile, pendingEmail, requestedEntry } from './handover/request-email.js';
export type { EmailRequest, EmailRequestRefusal } from './handover/request-email.js';
export { SendEmails } from './handover/send-emails.js';
export type { EmailSendingSettings, EmailTally } from './handover/send-emails.js';
export { EMAIL_DECISIONS, SettleEmail } from './handover/settle-email.js';
export type { EmailDecision, EmailSettlementRefusal, EmailSettlementRequest } from './handover/settle-email.js';
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
export { LONGEST_OWN_BLOCK_MS, blockAfter } from './rate-limit/block.js';
export type { Block } from './rate-limit/block.js';
export type { CallBudget, CallDecision, CallPermit, WantedCall } from './rate-limit/call-budget.port.js';
export {
  KSEF_MEGABYTE,
  PUBLISHED_CONTEXT_LIMITS,
  batchLimitsWithin,
  publishedContextLimits,
} from './rate-limit/context-limits.port.js';
export type { ContextLimits, ContextLimitsSource, SessionLimits } from './rate-limit/context-limits.port.js';
export { decideCall, decidingPlaces } from './rate-limit/decide-call.js';
export type { CounterState, Verdict } from './rate-limit/decide-call.js';
export { ENDPOINT_GROUPS, LIMIT_GROUPS } from './rate-limit/endpoint-groups.js';
export type { EndpointGroup, LimitGroup } from './rate-limit/endpoint-groups.js';
export { InProcessCallBudget } from './rate-limit/in-process-call-budget.js';
export type { KsefLimits, KsefLimitsBook, KsefLimitsReader, SubjectLimits } from './rate-limit/ksef-limits.port.js';
export { FOLLOWED_MS, POLL_SHARE, nextTurn, placesOfTurns } from './rate-limit/poll-pacing.js';
export type { Poll } from './rate-limit/poll-pacing.js';
export { NO_RATE_LIMITS, PUBLIC_RATE_LIMIT, PUBLISHED_RATE_LIMITS, limitOf } from './rate-limit/rate-limit.js';
export type { RateLimit, RateLimits } from './rate-limit/rate-limit.js';
export { LIMITS_LIFE_SECONDS, RefreshKsefLimits } from './rate-limit/refresh-ksef-limits.js';
export type { RefreshedLimits } from './rate-limit/refresh-ksef-limits.js';
export {
  CallHistory,
  HOUR_MS,
  LONGEST_WINDOW_MS,
  MINUTE_MS,
  NO_MARGIN,
  PERMIT_LIFE_MS,
  SAFETY_MARGIN_MS,
  SECOND_MS,
  earliestCall,
  windowsOf,
} from './rate-limit/sliding-windows.js';
export type { PermittedCalls, SafetyMargin, SlidingWindow } from './rate-limit/sliding-windows.js';
export { ChangeSendingRule } from './sending/change-sending-rule.js';
export {
  CORRECTIVE_KINDS,
  correctionHold,
  describeHold,
  holdAtIssue,
  isCorrective,
} from './sending/correction-hold.js';
export type { CorrectedInvoice, CorrectionHold } from './sending/correction-hold.js';
export { MOST_IN_HAND, inTurns, roomFor } from './sending/fair-order.js';
export { LookUpSession } from './sending/look-up-session.js';
export type { SessionLookUp } from './sending/look-up-session.js';
export { SendNow } from './sending/send-now.js';
export type { SendNowRequest, SentNow } from './sending/send-now.js';
export { FIRST_SESSION_INVOICES, SendWhenDue } from './sending/send-when-due.js';
export type {
  BacklogLine,
  HeldInvoices,
  LiveBatch,
  PastDelivery,
  SendingBook,
  SendingOrder,
  WaitingContext,
  WaitingTenant,
} from './sending/sending-book.port.js';
export { DEFAULT_SENDING_RULE, decideSendingRule, scheduledAt } from './sending/sending-rule.js';
export type { SendingRule, SendingRuleDecision, SendingRuleRefusal, SendingSchedule } from './sending/sending-rule.js';
export { CAUTIOUS_SPEED, latestSafeOpening, spread, turnOf } from './sending/sending-turn.js';
export type { DeliverySpeed, SendingTurn, Waiting } from './sending/sending-turn.js';
export { AdvanceDrill } from './simulation/advance-drill.js';
export { bannerNow, downtimeEndId, downtimeNoticeId, downtimesOf } from './simulation/downtime.js';
export type { Downtime } from './simulation/downtime.js';
export { DRILL_CHECKS, checksOf, notThere } from './simulation/drill-checks.js';
export type { DrillCheck, DrillCheckName, DrillSample, DrillStandard } from './simulation/drill-checks.js';
export { DrillOutages, drillEventId, drillOutage, drillOutageTitle } from './simulation/drill-outage.js';
export { isSettled, ksefNumberOf, reportOf } from './simulation/drill-report.js';
export type {
  DrillContextReport,
  DrillEvidence,
  DrillInvoice,
  DrillReport,
  DrillVerdict,
} from './simulation/drill-report.js';
export type { ClaimedDrill, DrillRepository } from './simulation/drill-repository.port.js';
export { DrillSamples } from './simulation/drill-samples.js';
export { DRILL_TRANSITIONS, isDrillUnderWay } from './simulation/drill.js';
export type {
  CertificateFinding,
  CheckedDrill,
  Drill,
  DrillContext,
  DrillId,
  DrillIn,
  DrillUnderWay,
  FailedDrill,
  OutageKind,
  SkippedDrill,
} from './simulation/drill.js';
export { OUTAGE_SWITCH, OutageSwitchError } from './simulation/outage-switch.port.js';
export type { OutageSwitch } from './simulation/outage-switch.port.js';
export { drillContexts } from './simulation/plan-drill.js';
export { sampleInvoice, sampleNumber, whyNoSample } from './simulation/sample-invoice.js';
export { MOST_INVOICES_PER_CONTEXT, StartDrill } from './simulation/start-drill.js';
export type { AskedDrill, DrillRefusal, DrillRequest } from './simulation/start-drill.js';
export { EndDowntime, StartDowntime, closingNotice, openingNotice } from './simulation/switch-downtime.js';
export type { DowntimeRefusal, DowntimeRequest, EndRefusal } from './simulation/switch-downtime.js';
export { UPO_ENTRIES } from './simulation/upo-entries.port.js';
export type { UpoEntries } from './simulation/upo-entries.port.js';
export type { BatchAlarm, BatchAlarmKind, BatchAlarms } from './tracking/batch-alarms.port.js';
export {
  CALL_ATTEMPT_TRANSITIONS,
  callDone,
  callFailed,
  callResolved,
  callUnknown,
} from './tracking/call-attempts.port.js';
export type {
  CallAttempt,
  CallAttemptState,
  CallAttempts,
  DoneCall,
  FailedCall,
  PendingCall,
  RecordedCall,
  ResolvedCall,
  UnknownCall,
} from './tracking/call-attempts.port.js';
export type { DeliveryTracking } from './tracking/delivery-tracking.port.js';
export {
  SECOND_DELIVERY_TRANSITIONS,
  approveSecondDelivery,
  proposeSecondDelivery,
  withdrawSecondDelivery,
} from './tracking/second-delivery.port.js';
export type {
  ApprovedSecondDelivery,
  Approver,
  ProposedSecondDelivery,
  SecondDeliveries,
  SecondDelivery,
  SecondDeliveryState,
  WithdrawnSecondDelivery,
} from './tracking/second-delivery.port.js';
export { compareRows, rowRank } from './tracking/session-rows.port.js';
export type { AnsweredInvoice, RowTally, SessionRow, SessionRows } from './tracking/session-rows.port.js';
export { UNCHECKED } from './tracking/upo-documents.port.js';
export type { ProvenInvoice, StoredProof, UpoDocuments } from './tracking/upo-documents.port.js';
export type { DocumentAttribute, DocumentElement } from './visualization/document-element.js';
export type { DocumentElements } from './visualization/document-elements.port.js';
export { DOCUMENT_LANGUAGES } from './visualization/document-renderer.port.js';
export type {
  DocumentForm,
  DocumentLanguage,
  DocumentRenderer,
  InvoiceStanding,
  LabelledCode,
  ReadableDocument,
  RendererBusy,
} from './visualization/document-renderer.port.js';
export { evidenceSummaryOf, signatureOf } from './visualization/evidence-summary-of.js';
export type { KnownOfInvoice } from './visualization/evidence-summary-of.js';
export type { EvidenceEvent, EvidenceFile, EvidenceSummary } from './visualization/evidence-summary.js';
export { ownCopy } from './visualization/own-copy.js';
export { readableDecimal } from './visualization/readable-decimal.js';
export { EvidenceNotReadableError, ReadableEvidence } from './visualization/readable-evidence.js';
export { RenderInvoice } from './visualization/render-invoice.js';
export type { NothingToRender, WantedDocument } from './visualization/render-invoice.js';
export { ChangeWebhook, LONGEST_OVERLAP_SECONDS } from './webhook/change-webhook.js';
export type { ReplayRefusal, WebhookNotFound, WebhookOrder } from './webhook/change-webhook.js';
export { DeliverEvents } from './webhook/deliver-events.js';
export type { DeliverySettings, DeliveryTally } from './webhook/deliver-events.js';
export { disableWebhook } from './webhook/disable-webhook.js';
export type { DueWebhook } from './webhook/due-webhook.js';
export { FanOutEvents } from './webhook/fan-out-events.js';
export { RegisterWebhook, unknownTypes } from './webhook/register-webhook.js';
export type { RegisterWebhookRefusal, RegisteredWebhook, WebhookRegistration } from './webhook/register-webhook.js';
export { restSeconds, retryDelaySeconds } from './webhook/retry-delay.js';
export type {
  ClaimedDelivery,
  DeliveryCounts,
  DeliveryFailure,
  DeliveryView,
  FailureStanding,
  WebhookDeliveries,
} from './webhook/webhook-deliveries.port.js';
export { webhookSecretLabel } from './webhook/webhook-repository.port.js';
export type { SealedWebhookSecret, WebhookRepository } from './webhook/webhook-repository.port.js';
export { webhookSecretText } from './webhook/webhook-secret.js';
export type {
  WebhookAnswer,
  WebhookMessage,
  WebhookSecretSource,
  WebhookSender,
  WebhookUrlRefusal,
} from './webhook/webhook-sender.port.js';
export {
  DELIVERY_TRANSITIONS,
  MOST_WEBHOOKS,
  WEBHOOK_TRANSITIONS,
  disable,
  enable,
  remove,
} from './webhook/webhook.js';
export type {
  DeletedWebhook,
  DeliveryState,
  DisabledWebhook,
  DisablingCause,
  EnabledWebhook,
  LiveWebhook,
  Webhook,
  WebhookId,
} from './webhook/webhook.js';
