import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import {
  PORTS,
  SignerUnavailableError,
  Temporal,
  type AuditEntry,
  type AuthenticationCertificate,
  type Clock,
  type ContextIdentifier,
  type LoginSigner,
  type OfflineCertificate,
  type OfflineSigner,
  type TenantId,
  type TenantStores,
  type UnitOfWork,
  type UnsignedKodII,
} from '@latarnik/domain';
import { Container, ContainerModule } from 'inversify';
import { loadModules } from './load-modules.js';

const TENANT = '0c1a8f8e-6f0b-4a76-9a5e-5b8f1c2d3e4f' as TenantId;
const CONTEXT: ContextIdentifier = { type: 'Nip', value: '5265877635' } as ContextIdentifier;
const CERTIFICATE = { id: 'a-certificate', serial: '01F20A5D352AE590', context: CONTEXT };

const signing: LoginSigner = { signAuthTokenRequest: () => Promise.resolve(Buffer.from('extension')) };
const broken: OfflineSigner = {
  signKodII: () => Promise.reject(new SignerUnavailableError('the token is gone', { trouble: 'token' })),
  signEvidence: () => Promise.reject(new SignerUnavailableError('the token is gone', { trouble: 'token' })),
};

function unitOfWorkKeeping(entries: AuditEntry[]): UnitOfWork {
  const audit = {
    append: (more: readonly AuditEntry[]) => {
      entries.push(...more);
      return Promise.resolve();
    },
  };
  return {
    inTenant: (_tenant: TenantId, work: (stores: TenantStores) => Promise<unknown>) =>
      work({ audit } as unknown as TenantStores),
  } as unknown as UnitOfWork;
}

const clock: Clock = { now: () => Temporal.Instant.from('2026-11-20T10:00:00Z') };

it('a signer that an extension rebinds leaves its audit rows like any other', async () => {
  const entries: AuditEntry[] = [];
  const own = new ContainerModule(({ bind }) => {
    bind(PORTS.loginSigner).toConstantValue({});
    bind(PORTS.offlineSigner).toConstantValue({});
    bind(PORTS.unitOfWork).toConstantValue(unitOfWorkKeeping(entries));
    bind(PORTS.clock).toConstantValue(clock);
  });
  const extension = new ContainerModule(({ rebind }) => {
    rebind(PORTS.loginSigner).toConstantValue(signing);
    rebind(PORTS.offlineSigner).toConstantValue(broken);
  });
  const container = new Container();

  loadModules(container, [own], [extension]);
  const logins = container.get<LoginSigner>(PORTS.loginSigner);
  const invoices = container.get<OfflineSigner>(PORTS.offlineSigner);
  const request = { challenge: 'a challenge', context: CONTEXT };
  const signed = await logins.signAuthTokenRequest(TENANT, CERTIFICATE as AuthenticationCertificate, request);
  const failing = invoices.signKodII(TENANT, CERTIFICATE as OfflineCertificate, 'unsigned' as UnsignedKodII);

  expect(String(signed)).toBe('extension');
  await expect(failing).rejects.toThrow('the token is gone');
  expect(entries.map(({ action }) => action)).toEqual(['certificate.login-signed', 'certificate.key-unavailable']);
});
