import {
  AuditEvidence,
  CodeEvidence,
  DeadlineEvidence,
  DeliveryEvidence,
  DocumentEvidence,
  ExportEvidence,
  OutageEvidence,
  PORTS,
  ReadableEvidence,
  type Clock,
  type CodeImages,
  type DocumentElements,
  type DocumentRenderer,
  type EvidenceArchive,
  type EvidenceProvider,
  type Hasher,
  type Jurisdiction,
  type ReadInvoices,
  type ReadUpo,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** What is handed to an auditor. */
export interface EvidenceUseCases {
  readonly exportEvidence: ExportEvidence;
}

/** Files of our own come first, then those of whatever is bound as `PORTS.evidenceProviders` (docs/extending.md). */
export function buildEvidence(
  container: Container,
  jurisdiction: Jurisdiction,
  reads: { readonly invoices: ReadInvoices; readonly upo: ReadUpo },
): EvidenceUseCases {
  const ports = {
    unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
    hasher: container.get<Hasher>(PORTS.hasher),
    clock: container.get<Clock>(PORTS.clock),
    archive: container.get<EvidenceArchive>(PORTS.evidenceArchive),
    environment: jurisdiction.environment,
  };
  const further = container.isBound(PORTS.evidenceProviders)
    ? container.getAll<EvidenceProvider>(PORTS.evidenceProviders)
    : [];
  const providers = [
    new DocumentEvidence(),
    new CodeEvidence(container.get<CodeImages>(PORTS.codeImages)),
    new OutageEvidence(jurisdiction),
    new DeadlineEvidence(jurisdiction),
    new DeliveryEvidence(),
    new AuditEvidence(),
    new ReadableEvidence({
      elements: container.get<DocumentElements>(PORTS.documentElements),
      renderer: container.get<DocumentRenderer>(PORTS.documentRenderer),
      hasher: ports.hasher,
    }),
    ...further,
  ];
  return { exportEvidence: new ExportEvidence(ports, reads, providers) };
}
