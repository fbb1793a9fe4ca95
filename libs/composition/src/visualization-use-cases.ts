import {
  CODE_VERIFIER,
  PORTS,
  RenderInvoice,
  type CodeVerifier,
  type DocumentElements,
  type DocumentRenderer,
  type Hasher,
  type Jurisdiction,
  type ReadInvoices,
  type ReadUpo,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** What people read: invoices, UPOs, evidence. */
export interface VisualizationUseCases {
  readonly renderInvoice: RenderInvoice;
}

export function buildVisualization(
  container: Container,
  { environment }: Jurisdiction,
  reads: { readonly invoices: ReadInvoices; readonly upo: ReadUpo },
): VisualizationUseCases {
  const ports = {
    unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
    elements: container.get<DocumentElements>(PORTS.documentElements),
    renderer: container.get<DocumentRenderer>(PORTS.documentRenderer),
    verifier: container.get<CodeVerifier>(CODE_VERIFIER),
    hasher: container.get<Hasher>(PORTS.hasher),
    environment,
  };
  return { renderInvoice: new RenderInvoice(ports, reads) };
}
