import {
  ChangeEmailSettings,
  CODE_VERIFIER,
  PlanEmails,
  PORTS,
  ReadDocuments,
  RecordHandover,
  RenderCopy,
  RequestEmail,
  SendEmails,
  SettleEmail,
  type Clock,
  type CodeVerifier,
  type DocumentElements,
  type DocumentRenderer,
  type Hasher,
  type IdSource,
  type Jurisdiction,
  type MailSender,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** What the buyer gets, and what becomes of it. */
export interface HandoverUseCases {
  readonly readDocuments: ReadDocuments;
  readonly renderCopy: RenderCopy;
  readonly recordHandover: RecordHandover;
  readonly changeEmailSettings: ChangeEmailSettings;
  readonly requestEmail: RequestEmail;
  readonly settleEmail: SettleEmail;
  /** Absent where no mail system is configured. */
  readonly emails?: { readonly plan: PlanEmails; readonly send: SendEmails };
}

export function buildHandover(
  container: Container,
  { environment }: Jurisdiction,
  processName: string,
): HandoverUseCases {
  const ports = {
    unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork),
    elements: container.get<DocumentElements>(PORTS.documentElements),
    renderer: container.get<DocumentRenderer>(PORTS.documentRenderer),
    verifier: container.get<CodeVerifier>(CODE_VERIFIER),
    hasher: container.get<Hasher>(PORTS.hasher),
    clock: container.get<Clock>(PORTS.clock),
    ids: container.get<IdSource>(PORTS.idSource),
  };
  const { unitOfWork, clock, ids } = ports;
  return {
    readDocuments: new ReadDocuments(unitOfWork, ports.elements),
    renderCopy: new RenderCopy({ ...ports, environment }),
    recordHandover: new RecordHandover(unitOfWork, clock, ids),
    changeEmailSettings: new ChangeEmailSettings(unitOfWork, clock),
    requestEmail: new RequestEmail(ports),
    settleEmail: new SettleEmail(unitOfWork, clock, ids),
    ...emailsOf(container, ports, { processName, environment, random: Math.random }),
  };
}

/** With SMTP, or with what an extension binds in its place. */
function emailsOf(
  container: Container,
  ports: Omit<ConstructorParameters<typeof SendEmails>[0], 'sender'>,
  settings: ConstructorParameters<typeof SendEmails>[1],
): Pick<HandoverUseCases, 'emails'> {
  if (!container.isBound(PORTS.mailSender)) return {};
  const sender = container.get<MailSender>(PORTS.mailSender);
  return { emails: { plan: new PlanEmails(ports), send: new SendEmails({ ...ports, sender }, settings) } };
}
