import {
  AdvanceEnrolment,
  AuditedLoginSigner,
  AuditedOfflineSigner,
  PORTS,
  RevokeCertificate,
  StartEnrolment,
  SyncCertificates,
  TendCertificates,
  WarnOfExpiry,
  type CertificateReader,
  type CertificateRequests,
  type Clock,
  type IdSource,
  type KsefCertificates,
  type LoginSigner,
  type OfflineSigner,
  type UnitOfWork,
} from '@latarnik/domain';
import { ContainerModule, type Container } from 'inversify';

/** The life of certificates with KSeF. */
export interface CertificateUseCases {
  readonly startEnrolment: StartEnrolment;
  readonly revokeCertificate: RevokeCertificate;
  readonly syncCertificates: SyncCertificates;
  /** For a worker: enrolments, revocations and looks at KSeF's list that are due. */
  readonly tendCertificates: TendCertificates;
  readonly warnOfExpiry: WarnOfExpiry;
}

export function buildCertificates(container: Container): CertificateUseCases {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const clock = container.get<Clock>(PORTS.clock);
  const ids = container.get<IdSource>(PORTS.idSource);
  const ksef = container.get<KsefCertificates>(PORTS.ksefCertificates);
  const requests = container.get<CertificateRequests>(PORTS.certificateRequests);
  const reader = container.get<CertificateReader>(PORTS.certificateReader);
  const advance = new AdvanceEnrolment(unitOfWork, ksef, reader, clock);
  const revokeCertificate = new RevokeCertificate(unitOfWork, ksef, clock);
  const syncCertificates = new SyncCertificates(unitOfWork, ksef, clock);
  return {
    startEnrolment: new StartEnrolment(unitOfWork, ksef, requests, clock, ids),
    revokeCertificate,
    syncCertificates,
    tendCertificates: new TendCertificates(unitOfWork, advance, revokeCertificate, syncCertificates, clock),
    warnOfExpiry: new WarnOfExpiry(unitOfWork, clock),
  };
}

/** Every use of a key leaves an audit row, whichever adapter or extension signs. */
export const auditedSigners = new ContainerModule(({ onActivation }) => {
  onActivation<LoginSigner>(
    PORTS.loginSigner,
    (context, signer) =>
      new AuditedLoginSigner(signer, context.get<UnitOfWork>(PORTS.unitOfWork), context.get<Clock>(PORTS.clock)),
  );
  onActivation<OfflineSigner>(
    PORTS.offlineSigner,
    (context, signer) =>
      new AuditedOfflineSigner(signer, context.get<UnitOfWork>(PORTS.unitOfWork), context.get<Clock>(PORTS.clock)),
  );
});
