import {
  AdvanceDrill,
  CODE_VERIFIER,
  DrillOutages,
  DrillSamples,
  EndDowntime,
  OUTAGE_SWITCH,
  StartDowntime,
  StartDrill,
  UPO_ENTRIES,
  type CheckAvailability,
  type Clock,
  type CodeVerifier,
  type EnterNotice,
  type IdSource,
  type IssueInvoice,
  type Jurisdiction,
  type OutageSwitch,
  type UnitOfWork,
  type UpoEntries,
} from '@latarnik/domain';
import type { Container } from 'inversify';

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
  container: Container,
): SimulationUseCases {
  const { unitOfWork, clock, ids } = ports;
  const outageSwitch = container.isBound(OUTAGE_SWITCH) ? container.get<OutageSwitch>(OUTAGE_SWITCH) : undefined;
  const outages = new DrillOutages(ports, enterNotice, outageSwitch);
  const samples = new DrillSamples(unitOfWork, jurisdiction, {
    verifier: container.get<CodeVerifier>(CODE_VERIFIER),
    upos: container.get<UpoEntries>(UPO_ENTRIES),
  });
  return {
    startDowntime: new StartDowntime(unitOfWork, enterNotice, clock, jurisdiction),
    endDowntime: new EndDowntime(unitOfWork, enterNotice, clock),
    startDrill: new StartDrill(unitOfWork, clock, ids, jurisdiction),
    advanceDrill: new AdvanceDrill(ports, outages, issueInvoice, checkAvailability, samples, jurisdiction),
  };
}
