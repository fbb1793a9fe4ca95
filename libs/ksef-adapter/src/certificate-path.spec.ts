import { X509Certificate } from 'node:crypto';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  type AuthenticationCertificate,
  type CertificateSerial,
  type EnrolmentReference,
  type EnrolmentStatus,
  type KsefCertificates,
  KsefLoginError,
  type LoginSigner,
  parseCertificateName,
  PORTS,
  Temporal,
} from '@latarnik/domain';
import { type Simulator, startSimulator } from '@latarnik/ksef-simulator';
import { Container } from 'inversify';

import { ksefAdapterModule } from './ksef-adapter.module.js';
import { access, MemorySecretBox, unlimitedBudget } from './testing/fakes.js';
import { signingRequest } from './testing/signing-request.js';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.js';
import { xadesSigner } from './testing/xades-signer.js';

let folder: TemporaryFolder;
let simulator: Simulator;

beforeEach(async () => {
  folder = await temporaryFolder();
  simulator = await startSimulator({ processingDelayMs: 0 });
});
afterEach(async () => {
  await simulator.close();
  await folder.remove();
});

/** The adapter against the simulator, logging in with this signer. */
function certificatesWith(signer: LoginSigner): KsefCertificates {
  const container = new Container();
  container.bind(PORTS.clock).toConstantValue({ now: () => Temporal.Now.instant() });
  container.bind(PORTS.secretBox).toConstantValue(new MemorySecretBox());
  container.bind(PORTS.callBudget).toConstantValue(unlimitedBudget);
  container
    .bind(PORTS.loginCertificates)
    .toConstantValue({ find: () => Promise.resolve({ purpose: 'authentication' } as AuthenticationCertificate) });
  container.bind(PORTS.loginSigner).toConstantValue(signer);
  container.load(
    ksefAdapterModule({
      ksefUrl: simulator.ksefUrl,
      latarniaUrl: simulator.latarniaUrl,
      spoolDirectory: folder.path,
      loginPollMs: 5,
      callTimeoutMs: 10_000,
      log: () => undefined,
    }),
  );
  return container.get(PORTS.ksefCertificates);
}

async function loggedIn(): Promise<KsefCertificates> {
  const first = await simulator.issueCertificate({ type: 'Authentication', nip: access.context.value });
  return certificatesWith(xadesSigner(first.certificatePem, first.privateKeyPem));
}

async function outcomeOf(certificates: KsefCertificates, reference: EnrolmentReference): Promise<EnrolmentStatus> {
  for (let asked = 0; asked < 100_000; asked += 1) {
    const status = await certificates.enrolmentStatus(access, reference);
    if (status.state !== 'processing') return status;
  }
  throw new Error('no outcome');
}

/** Applies, waits and fetches. */
async function enrol(certificates: KsefCertificates, type: 'offline' | 'authentication') {
  const data = await certificates.enrolmentData(access);
  const name = parseCertificateName('Kasa nr 1');
  if (!data.ok || !name.ok) throw new Error('no data');
  const { csr, privateKeyPem } = await signingRequest(data.value);
  const attempt = await certificates.enrol(access, { name: name.value, type, csr });
  if (attempt.outcome !== 'done') throw new Error(JSON.stringify(attempt));
  const status = await outcomeOf(certificates, attempt.value.reference);
  if (status.state !== 'issued') throw new Error(JSON.stringify(status));
  const [retrieved] = await certificates.retrieve(access, [status.serial]);
  if (retrieved === undefined) throw new Error('no certificate');
  return { ...retrieved, certificatePem: new X509Certificate(retrieved.der).toString(), privateKeyPem };
}

it('enrols a certificate that logs in from then on, until it is revoked', async () => {
  const first = await loggedIn();
  expect(await first.limits(access)).toMatchObject({ canRequest: true, enrolments: { limit: 300, remaining: 300 } });

  const enrolled = await enrol(first, 'authentication');
  const second = certificatesWith(xadesSigner(enrolled.certificatePem, enrolled.privateKeyPem));

  const [newest] = await second.list(access);
  expect(newest).toMatchObject({ serial: enrolled.serial, name: 'Kasa nr 1', type: 'authentication', state: 'active' });
  expect(newest?.lastUsedAt).toBeInstanceOf(Temporal.Instant);
  expect(await second.limits(access)).toMatchObject({ enrolments: { remaining: 299 } });
  expect(await second.revoke(access, enrolled.serial, 'superseded')).toEqual({ outcome: 'done', value: undefined });
  const third = certificatesWith(xadesSigner(enrolled.certificatePem, enrolled.privateKeyPem));
  await expect(third.limits(access)).rejects.toThrow(KsefLoginError);
  expect(await first.revoke(access, enrolled.serial, 'superseded')).toMatchObject({
    outcome: 'failed',
    error: { code: 'CERTIFICATE_NOT_ACTIVE', ksefCode: 25009 },
  });
  expect((await first.list(access))[0]?.state).toMatch(/^(blocked|revoked)$/);
});

it('enrols an Offline certificate that cannot log in', async () => {
  const enrolled = await enrol(await loggedIn(), 'offline');

  expect(enrolled.type).toBe('offline');
  const other = certificatesWith(xadesSigner(enrolled.certificatePem, enrolled.privateKeyPem));
  await expect(other.limits(access)).rejects.toThrow('460');
});

it('names every refusal that KSeF gives', async () => {
  const certificates = await loggedIn();
  const name = parseCertificateName('Kasa nr 1');
  if (!name.ok) throw new Error('bad name');
  const { csr } = await signingRequest({ commonName: 'Ktoś inny', countryName: 'PL' });
  const apply = (bytes: Uint8Array) => certificates.enrol(access, { name: name.value, type: 'offline', csr: bytes });

  expect(await apply(csr)).toMatchObject({
    outcome: 'failed',
    error: { code: 'CSR_SUBJECT_DIFFERS', ksefCode: 25003 },
  });
  expect(await apply(csr.subarray(1))).toMatchObject({ outcome: 'failed', error: { code: 'CSR_UNREADABLE' } });
  const reference = '20261120-EH-0000000000-0000000000-00' as EnrolmentReference;
  expect(await certificates.enrolmentStatus(access, reference)).toEqual({ state: 'unknown-reference' });
  const nobodys = '0000000000000000' as CertificateSerial;
  expect(await certificates.retrieve(access, [nobodys])).toEqual([]);
  expect(await certificates.revoke(access, nobodys, 'unspecified')).toMatchObject({
    outcome: 'failed',
    error: { code: 'CERTIFICATE_UNKNOWN', ksefCode: 25008 },
  });
  simulator.state.enrolments.changeLimits({ type: 'Nip', value: access.context.value }, { enrolments: 0 });
  const data = await certificates.enrolmentData(access);
  if (!data.ok) throw new Error('no data');
  expect(await apply((await signingRequest(data.value)).csr)).toMatchObject({
    outcome: 'failed',
    error: { code: 'ENROLMENT_LIMIT_REACHED', ksefCode: 25006 },
  });
  expect(await certificates.limits(access)).toMatchObject({ canRequest: false });
});
