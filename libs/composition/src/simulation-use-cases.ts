import {
  AdvanceDrill,
  EndDowntime,
  StartDowntime,
  StartDrill,
  type CheckAvailability,
  type Clock,
  type EnterNotice,
  type IdSource,
  type IssueInvoice,
  type Jurisdiction,
  type UnitOfWork,
} from '@latarnik/domain';

/** What rehearses an outage; none of it runs on production. */
export interface SimulationUseCases {
  readonly startDowntime: StartDowntime;
  readonly endDowntime: EndDowntime;
  readonly startDrill: StartDrill;
  readonly advanceDrill: AdvanceDrill;
}

export function buildSimulation(
  ports: { readonly unitOfWork: UnitOfWork; readonly clock: Clock; readonly ids: IdSource },
  jurisdiction: Jurisdiction,
  {
    enterNotice,
    issueInvoice,
    checkAvailability,
  }: {
    readonly enterNotice: EnterNotice;
    readonly issueInvoice: IssueInvoice;
    readonly checkAvailability: CheckAvailability;
  },
): SimulationUseCases {
  const { unitOfWork, clock, ids } = ports;
  return {
    startDowntime: new StartDowntime(unitOfWork, enterNotice, clock, jurisdiction),
    endDowntime: new EndDowntime(unitOfWork, enterNotice, clock),
    startDrill: new StartDrill(unitOfWork, clock, ids, jurisdiction),
    advanceDrill: new AdvanceDrill(ports, enterNotice, issueInvoice, checkAvailability, jurisdiction),
  };
}
