import {
  CorrectionSteps,
  CorrectTechnically,
  DecideTechnicalCorrection,
  PORTS,
  ProposeTechnicalCorrection,
  ResolveLineage,
  SendTechnicalCorrections,
  TrackTechnicalCorrections,
  LiftStopOfIssuing,
  WarnOfMassRejection,
  type Clock,
  type CorrectionApprovalPolicy,
  type DocumentComparison,
  type Hasher,
  type Heartbeat,
  type IdSource,
  type InteractiveSessions,
  type InvoiceDocuments,
  type Jurisdiction,
  type SessionReader,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** Technical corrections (korekty techniczne): proposed, decided, sent and tracked. */
export interface CorrectionUseCases {
  readonly proposeTechnicalCorrection: ProposeTechnicalCorrection;
  readonly decideTechnicalCorrection: DecideTechnicalCorrection;
  /** For a worker: sends what is approved and finds out what became of what was sent. */
  readonly correctTechnically: CorrectTechnically;
  readonly warnOfMassRejection: WarnOfMassRejection;
  readonly liftStopOfIssuing: LiftStopOfIssuing;
}

export function buildCorrections(
  container: Container,
  jurisdiction: Jurisdiction,
  policy: CorrectionApprovalPolicy,
): CorrectionUseCases {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const clock = container.get<Clock>(PORTS.clock);
  const sessions = container.get<InteractiveSessions>(PORTS.interactiveSessions);
  const reader = container.get<SessionReader>(PORTS.sessionReader);
  const documents = container.get<InvoiceDocuments>(PORTS.invoiceDocuments);
  const comparison = container.get<DocumentComparison>(PORTS.documentComparison);
  const hasher = container.get<Hasher>(PORTS.hasher);
  const ids = container.get<IdSource>(PORTS.idSource);
  const steps = new CorrectionSteps(unitOfWork, clock, container.get<Heartbeat>(PORTS.heartbeat));
  return {
    proposeTechnicalCorrection: new ProposeTechnicalCorrection(
      { unitOfWork, documents, comparison, hasher, clock, ids },
      policy,
    ),
    decideTechnicalCorrection: new DecideTechnicalCorrection(unitOfWork, clock, reader),
    correctTechnically: new CorrectTechnically(
      new SendTechnicalCorrections(steps, sessions, jurisdiction),
      new TrackTechnicalCorrections(steps, { sessions, reader }, new ResolveLineage(steps, reader)),
    ),
    warnOfMassRejection: new WarnOfMassRejection(unitOfWork, clock),
    liftStopOfIssuing: new LiftStopOfIssuing(unitOfWork, clock),
  };
}
