import { createHash, randomBytes } from 'node:crypto';
import {
  AddContext,
  CreateApiKey,
  CreateTenant,
  DecideApproval,
  PORTS,
  ProposeApproval,
  RemoveContext,
  RevokeApiKey,
  type ApprovalPolicy,
  type CarryOut,
  type ChangeDeadlinePolicy,
  type Clock,
  type IdSource,
  type KeyMaker,
  type RetireCertificate,
  type RevokeCertificate,
  type TenantDirectory,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Container } from 'inversify';

/** Who may call, and in whose name. */
export interface AccessUseCases {
  readonly createApiKey: CreateApiKey;
  readonly revokeApiKey: RevokeApiKey;
  readonly addContext: AddContext;
  readonly removeContext: RemoveContext;
  readonly createTenant: CreateTenant;
  readonly proposeApproval: ProposeApproval;
  readonly decideApproval: DecideApproval;
  /** Whether what a second person has to let happen is asked for first. */
  readonly approvalPolicy: ApprovalPolicy;
}

/** What a second person may let happen. */
export interface GuardedUseCases {
  readonly changeDeadlinePolicy: ChangeDeadlinePolicy;
  readonly retireCertificate: RetireCertificate;
  readonly revokeCertificate: RevokeCertificate;
}

export function buildAccess(
  container: Container,
  guarded: GuardedUseCases,
  approvalPolicy: ApprovalPolicy,
): AccessUseCases {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const clock = container.get<Clock>(PORTS.clock);
  const ids = container.get<IdSource>(PORTS.idSource);
  const maker = container.get<KeyMaker>(PORTS.keyMaker);
  return {
    createApiKey: new CreateApiKey(unitOfWork, clock, ids, maker),
    revokeApiKey: new RevokeApiKey(unitOfWork, clock),
    addContext: new AddContext(unitOfWork, clock, ids),
    removeContext: new RemoveContext(unitOfWork, clock),
    createTenant: new CreateTenant(container.get<TenantDirectory>(PORTS.tenantDirectory), clock, ids, maker),
    proposeApproval: new ProposeApproval(unitOfWork, clock, ids),
    decideApproval: new DecideApproval(unitOfWork, clock, carryOut(guarded)),
    approvalPolicy,
  };
}

const carryOut =
  ({ changeDeadlinePolicy, retireCertificate, revokeCertificate }: GuardedUseCases): CarryOut =>
  (by, action) => {
    switch (action.kind) {
      case 'deadline-policy':
        return changeDeadlinePolicy.execute(by.tenant, by.actor, action);
      case 'certificate-retirement':
        return retireCertificate.execute({ ...by, certificateId: action.certificateId });
      case 'certificate-revocation':
        return revokeCertificate.execute({ ...by, ...action });
    }
  };

const SECRET_BYTES = 32;

/** 256 random bits behind a prefix that secret scanners know a key by; SHA-256 is enough for so many (reliability S1). */
export const randomKeyMaker: KeyMaker = {
  make(id) {
    const token = `ltk_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
    return { token, sha256: createHash('sha256').update(token, 'utf8').digest('base64') };
  },
};
