import {
  ChangeSendingRule,
  HoldHopelessBatches,
  LookUpSession,
  PlanBatches,
  PORTS,
  ReadForecast,
  ReadSession,
  ResumeBatch,
  SendNow,
  SendWhenDue,
  type Clock,
  type ContextLimitsSource,
  type IdSource,
  type Jurisdiction,
  type SessionReader,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** What decides when invoices are sent, and tells how long it takes. */
export interface SendingUseCases {
  readonly planBatches: PlanBatches;
  readonly sendNow: SendNow;
  readonly sendWhenDue: SendWhenDue;
  readonly changeSendingRule: ChangeSendingRule;
  readonly readForecast: ReadForecast;
  readonly holdHopelessBatches: HoldHopelessBatches;
  readonly resumeBatch: ResumeBatch;
  readonly lookUpSession: LookUpSession;
}

/** @param lingerSeconds how long the oldest waiting invoice waits for others to share its batch */
export function buildSending(container: Container, jurisdiction: Jurisdiction, lingerSeconds: number): SendingUseCases {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const clock = container.get<Clock>(PORTS.clock);
  const limits = container.get<ContextLimitsSource>(PORTS.contextLimits);
  const reader = container.get<SessionReader>(PORTS.sessionReader);
  const ids = container.get<IdSource>(PORTS.idSource);
  const planBatches = new PlanBatches(unitOfWork, clock, ids, jurisdiction, limits);
  return {
    planBatches,
    sendNow: new SendNow(unitOfWork, clock, planBatches),
    sendWhenDue: new SendWhenDue(unitOfWork, clock, planBatches, jurisdiction, lingerSeconds),
    changeSendingRule: new ChangeSendingRule(unitOfWork, clock),
    readForecast: new ReadForecast(unitOfWork, clock, jurisdiction, lingerSeconds, limits),
    holdHopelessBatches: new HoldHopelessBatches(unitOfWork, clock),
    resumeBatch: new ResumeBatch(unitOfWork, clock),
    lookUpSession: new LookUpSession(unitOfWork, new ReadSession(unitOfWork, reader), clock),
  };
}
