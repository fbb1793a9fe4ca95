import {
  AdvanceBatch,
  BatchSteps,
  CheckAvailability,
  ImportCertificate,
  IssueInvoice,
  OpenSessionStep,
  PackStep,
  PlanBatches,
  polishBusinessDays,
  PORTS,
  PostOnline,
  ReadSession,
  RecalculateDeadlines,
  ReconcileStep,
  SealOffline,
  TrackInteractive,
  TrackSessionStep,
  UploadStep,
  WatchOutages,
  type BatchPackager,
  type BatchSessions,
  type CertificateImporter,
  type Clock,
  type Hasher,
  type Heartbeat,
  type IdSource,
  type InteractiveSessions,
  type InvoiceDocuments,
  type KsefProbe,
  type Latarnia,
  type OfflineSigner,
  type SessionReader,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';
import type { Configuration } from './configuration.js';

/** What the applications do; each one a class of the domain, given its ports. */
export interface UseCases {
  readonly issueInvoice: IssueInvoice;
  readonly planBatches: PlanBatches;
  readonly advanceBatch: AdvanceBatch;
  readonly trackInteractive: TrackInteractive;
  readonly readSession: ReadSession;
  readonly watchOutages: WatchOutages;
  readonly recalculateDeadlines: RecalculateDeadlines;
  readonly checkAvailability: CheckAvailability;
  readonly importCertificate: ImportCertificate;
}

/** Builds the use cases from the ports that the container binds at this moment, extensions included. */
export function buildUseCases(container: Container, configuration: Configuration): UseCases {
  const ports = readPorts(container);
  const { unitOfWork, clock, ids, reader } = ports;
  const calendar = polishBusinessDays({ saturdayIsBusinessDay: configuration.saturdayIsBusinessDay });
  const { environment, batchLingerSeconds } = configuration;
  const sealOffline = new SealOffline({ ...ports, calendar, environment, batchLingerSeconds });
  const postOnline = new PostOnline({ ...ports, environment }, sealOffline);
  return {
    issueInvoice: new IssueInvoice({ ...ports, calendar }, sealOffline, postOnline),
    planBatches: new PlanBatches(unitOfWork, clock, ids),
    advanceBatch: buildAdvanceBatch(ports, configuration.processName),
    trackInteractive: new TrackInteractive(ports, sealOffline),
    readSession: new ReadSession(unitOfWork, reader),
    watchOutages: new WatchOutages(unitOfWork, ports.latarnia, ports.probe, clock),
    recalculateDeadlines: new RecalculateDeadlines(unitOfWork, calendar, clock),
    checkAvailability: new CheckAvailability(unitOfWork, clock),
    importCertificate: new ImportCertificate(unitOfWork, ports.importer, clock, ids),
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
    sessions: container.get<InteractiveSessions>(PORTS.interactiveSessions),
    batchSessions: container.get<BatchSessions>(PORTS.batchSessions),
    reader: container.get<SessionReader>(PORTS.sessionReader),
    packager: container.get<BatchPackager>(PORTS.batchPackager),
    latarnia: container.get<Latarnia>(PORTS.latarnia),
    probe: container.get<KsefProbe>(PORTS.ksefProbe),
    heartbeat: container.get<Heartbeat>(PORTS.heartbeat),
  };
}

function buildAdvanceBatch(ports: Ports, name: string): AdvanceBatch {
  const { unitOfWork, clock, packager, batchSessions, reader, heartbeat } = ports;
  const steps = new BatchSteps(unitOfWork, clock, packager);
  return new AdvanceBatch(
    unitOfWork,
    { name, heartbeat },
    {
      pack: new PackStep(steps, packager),
      open: new OpenSessionStep(steps, batchSessions),
      upload: new UploadStep(steps, packager, batchSessions),
      track: new TrackSessionStep(steps, batchSessions, reader),
      reconcile: new ReconcileStep(steps, reader),
    },
  );
}
