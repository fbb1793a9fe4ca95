import {
  AdvanceBatch,
  AllowSecondDelivery,
  alertStages,
  BatchSteps,
  ChangeDeadlinePolicy,
  CheckAvailability,
  ConfirmTotalFailure,
  DecideHousePolicies,
  EnterNotice,
  ExplainDeadline,
  ImportCertificate,
  ImportTokenCertificate,
  IssueInvoice,
  OpenSessionStep,
  PackStep,
  polishBusinessDays,
  ReadInvoices,
  PORTS,
  RefreshKsefLimits,
  RaiseAlerts,
  ReadDeadlines,
  ReadSession,
  ReadUpo,
  RecalculateDeadlines,
  ReconcileStep,
  RetireCertificate,
  RetryConnection,
  SealOffline,
  SettleDispute,
  Temporal,
  TrackSessionStep,
  UploadStep,
  WatchBatch,
  WatchOutages,
  type Authorization,
  type BatchPackager,
  type BatchSessions,
  type CertificateImporter,
  type Clock,
  type Hasher,
  type Heartbeat,
  type IdSource,
  type InteractiveSessions,
  type InvoiceDocuments,
  type Jurisdiction,
  type KsefLimitsBook,
  type KsefLimitsReader,
  type KsefProbe,
  type KsefTraffic,
  type Latarnia,
  type NeutralAddresses,
  type OfflineSigner,
  type Stopwatch,
  type RotateKeys,
  type TokenCertificateImporter,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';
import { buildAccess, type AccessUseCases } from './access-use-cases.js';
import { buildCertificates, type CertificateUseCases } from './certificate-use-cases.js';
import type { Configuration } from './configuration.js';
import { buildCorrections, type CorrectionUseCases } from './correction-use-cases.js';
import { buildEvents, type EventUseCases } from './event-use-cases.js';
import { buildEvidence, type EvidenceUseCases } from './evidence-use-cases.js';
import { buildHandover, type HandoverUseCases } from './handover-use-cases.js';
import { buildOnline, type OnlineUseCases } from './online-use-cases.js';
import { buildSending, type SendingUseCases } from './sending-use-cases.js';
import { rotateKeysOf } from './signing.js';
import { verifiedReader } from './upo-trust.js';
import { buildSimulation, type SimulationUseCases } from './simulation-use-cases.js';
import { buildVisualization, type VisualizationUseCases } from './visualization-use-cases.js';

/** What the applications do; each one a class of the domain, given its ports. */
export interface UseCases
  extends
    VisualizationUseCases,
    AccessUseCases,
    CertificateUseCases,
    HandoverUseCases,
    EventUseCases,
    EvidenceUseCases,
    SimulationUseCases,
    OnlineUseCases,
    SendingUseCases,
    CorrectionUseCases {
  readonly issueInvoice: IssueInvoice;
  readonly advanceBatch: AdvanceBatch;
  readonly readSession: ReadSession;
  readonly readUpo: ReadUpo;
  readonly allowSecondDelivery: AllowSecondDelivery;
  readonly settleDispute: SettleDispute;
  readonly readInvoices: ReadInvoices;
  readonly watchOutages: WatchOutages;
  readonly recalculateDeadlines: RecalculateDeadlines;
  readonly checkAvailability: CheckAvailability;
  readonly retryConnection: RetryConnection;
  readonly importCertificate: ImportCertificate;
  readonly importTokenCertificate: ImportTokenCertificate;
  readonly retireCertificate: RetireCertificate;
  readonly rotateKeys: RotateKeys;
  readonly refreshKsefLimits: RefreshKsefLimits;
  readonly enterNotice: EnterNotice;
  readonly confirmTotalFailure: ConfirmTotalFailure;
  readonly changeDeadlinePolicy: ChangeDeadlinePolicy;
  readonly decideHousePolicies: DecideHousePolicies;
  readonly explainDeadline: ExplainDeadline;
  readonly readDeadlines: ReadDeadlines;
  readonly raiseAlerts: RaiseAlerts;
  /** For those who read the legal records themselves. */
  readonly jurisdiction: Jurisdiction;
}

/** Builds the use cases from the ports that the container binds at this moment, extensions included. */
export function buildUseCases(container: Container, configuration: Configuration): UseCases {
  const ports = readPorts(container);
  const { unitOfWork, clock, ids, reader } = ports;
  const calendar = polishBusinessDays({
    saturdayIsBusinessDay: configuration.saturdayIsBusinessDay,
    oneOffHolidays: configuration.oneOffHolidays.map((day) => Temporal.PlainDate.from(day)),
  });
  const { environment, batchLingerSeconds } = configuration;
  const jurisdiction: Jurisdiction = { calendar, environment };
  const sealOffline = new SealOffline({ ...ports, environment, batchLingerSeconds });
  const { postOnline, ...online } = buildOnline(ports, jurisdiction, sealOffline, configuration);
  const watchOutages = new WatchOutages(unitOfWork, ports, clock);
  const legal = buildLegal(ports, jurisdiction, configuration.alertHours);
  const issueInvoice = new IssueInvoice({ ...ports, jurisdiction }, sealOffline, postOnline);
  const checkAvailability = new CheckAvailability(unitOfWork, clock, jurisdiction);
  const readInvoices = new ReadInvoices(unitOfWork, jurisdiction);
  const readUpo = new ReadUpo(unitOfWork, reader);
  const certificates = buildCertificates(container);
  const retireCertificate = new RetireCertificate(unitOfWork, clock);
  return {
    issueInvoice,
    ...buildSending(container, jurisdiction, batchLingerSeconds),
    advanceBatch: buildAdvanceBatch(ports, configuration.processName),
    ...online,
    readSession: new ReadSession(unitOfWork, reader),
    readUpo,
    allowSecondDelivery: new AllowSecondDelivery(unitOfWork, clock, ids),
    settleDispute: new SettleDispute(unitOfWork, clock),
    readInvoices,
    ...buildEvidence(container, jurisdiction, { invoices: readInvoices, upo: readUpo }),
    ...buildVisualization(container, jurisdiction, { invoices: readInvoices, upo: readUpo }),
    ...buildHandover(container, jurisdiction, configuration.processName),
    watchOutages,
    retryConnection: new RetryConnection(unitOfWork, ports.authorization, watchOutages, clock),
    recalculateDeadlines: new RecalculateDeadlines(unitOfWork, jurisdiction, clock),
    checkAvailability,
    importCertificate: new ImportCertificate(unitOfWork, ports.importer, clock, ids),
    importTokenCertificate: new ImportTokenCertificate(unitOfWork, ports.tokenImporter, clock, ids),
    rotateKeys: rotateKeysOf(container),
    refreshKsefLimits: new RefreshKsefLimits(
      unitOfWork,
      container.get<KsefLimitsBook>(PORTS.ksefLimitsBook),
      container.get<KsefLimitsReader>(PORTS.ksefLimits),
    ),
    retireCertificate,
    ...buildAccess(container, { ...legal, ...certificates, retireCertificate }, configuration.approvals),
    ...buildEvents(container, configuration),
    ...certificates,
    ...buildCorrections(container, jurisdiction, configuration.correctionApproval),
    ...legal,
    ...buildSimulation(ports, jurisdiction, { ...legal, issueInvoice, checkAvailability }, container),
  };
}

/** What deals with announcements, readings of the law and deadlines. */
function buildLegal({ unitOfWork, clock }: Ports, jurisdiction: Jurisdiction, alertHours: readonly number[]) {
  return {
    enterNotice: new EnterNotice(unitOfWork, clock, jurisdiction.environment),
    confirmTotalFailure: new ConfirmTotalFailure(unitOfWork, clock, jurisdiction.environment),
    changeDeadlinePolicy: new ChangeDeadlinePolicy(unitOfWork, clock),
    decideHousePolicies: new DecideHousePolicies(unitOfWork, clock),
    explainDeadline: new ExplainDeadline(unitOfWork, jurisdiction),
    readDeadlines: new ReadDeadlines(unitOfWork, clock, alertHours),
    raiseAlerts: new RaiseAlerts(unitOfWork, clock, alertStages(alertHours)),
    jurisdiction,
  };
}

type Ports = ReturnType<typeof readPorts>;

function readPorts(container: Container) {
  return {
    unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
    documents: container.get<InvoiceDocuments>(PORTS.invoiceDocuments),
    hasher: container.get<Hasher>(PORTS.hasher),
    clock: container.get<Clock>(PORTS.clock),
    ids: container.get<IdSource>(PORTS.idSource),
    signer: container.get<OfflineSigner>(PORTS.offlineSigner),
    importer: container.get<CertificateImporter>(PORTS.certificateImporter),
    tokenImporter: container.get<TokenCertificateImporter>(PORTS.tokenCertificateImporter),
    sessions: container.get<InteractiveSessions>(PORTS.interactiveSessions),
    batchSessions: container.get<BatchSessions>(PORTS.batchSessions),
    reader: verifiedReader(container),
    packager: container.get<BatchPackager>(PORTS.batchPackager),
    latarnia: container.get<Latarnia>(PORTS.latarnia),
    probe: container.get<KsefProbe>(PORTS.ksefProbe),
    traffic: container.get<KsefTraffic>(PORTS.ksefTraffic),
    neutral: container.get<NeutralAddresses>(PORTS.neutralAddresses),
    authorization: container.get<Authorization>(PORTS.authorization),
    heartbeat: container.get<Heartbeat>(PORTS.heartbeat),
    stopwatch: container.get<Stopwatch>(PORTS.stopwatch),
  };
}

function buildAdvanceBatch(ports: Ports, name: string): AdvanceBatch {
  const { unitOfWork, clock, packager, batchSessions, reader, heartbeat, ids } = ports;
  const steps = new BatchSteps(unitOfWork, clock, packager, ids);
  return new AdvanceBatch(
    unitOfWork,
    { name, heartbeat },
    {
      pack: new PackStep(steps, packager),
      open: new OpenSessionStep(steps, batchSessions, reader),
      upload: new UploadStep(steps, packager, batchSessions),
      track: new TrackSessionStep(steps, batchSessions, reader),
      reconcile: new ReconcileStep(steps, reader),
      watch: new WatchBatch(steps),
    },
  );
}
