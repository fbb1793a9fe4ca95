import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  PORTS,
  SecretBoxError,
  SignerUnavailableError,
  Temporal,
  type CertificateImporter,
  type Clock,
  type Hasher,
  type IdSource,
  type LoginSigner,
  type OfflineCertificate,
  type OfflineSigner,
  type SealedBoxes,
  type SecretBox,
  type StoredBox,
  type UnsignedKodII,
} from '@latarnik/domain';
import { Container, type ContainerModule } from 'inversify';
import { LocalKeyEncryptionKeys, readKeyRing, signingModule } from './index.js';
import {
  contextOf,
  KEY_KINDS,
  makeCertificate,
  NON_REPUDIATION,
  OTHER_TENANT,
  TENANT,
} from './testing/certificates.js';
import { ScratchFolder } from './testing/commands.js';
import { authenticationCertificate, KEK, offlineCertificate } from './testing/imported.js';
import { pemFile } from './testing/key-files.js';
import { boxWith, keysOf } from './testing/key-rings.js';
import { everyText, shows } from './testing/leaks.js';
import { asText, textAt } from './testing/xml.js';

const KEYS = keysOf(1, [1, KEK]);
const LINK = 'qr-test.ksef.mf.gov.pl/certificate/Nip/1' as UnsignedKodII;
const REQUEST = { challenge: '20250625-CR-20F5EE4000-DA48AE4124-46', context: contextOf('Nip', '5265877635') };

const containerWith = (module: ContainerModule): Container => {
  const container = new Container();
  container.load(module);
  return container;
};

describe('signingModule', () => {
  it('binds its ports, each once', () => {
    const container = containerWith(signingModule({ keyEncryptionKeys: KEYS }));
    const { hasher, idSource, clock, secretBox, certificateImporter, offlineSigner, loginSigner } = PORTS;

    for (const port of [hasher, idSource, clock, secretBox, certificateImporter, offlineSigner, loginSigner]) {
      expect(container.get(port)).toBe(container.get(port));
    }
    expect(container.get<Hasher>(hasher).hash(new Uint8Array(0))).toHaveLength(32);
    expect(container.get<IdSource>(idSource).next()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('imports, seals and signs from end to end', async () => {
    using folder = new ScratchFolder();
    folder.write('7', KEK.toString('base64'));
    const keyEncryptionKeys = new LocalKeyEncryptionKeys(() => readKeyRing({ kind: 'directory', path: folder.path }));
    const container = containerWith(signingModule({ keyEncryptionKeys }));
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const imported = await container
      .get<CertificateImporter>(PORTS.certificateImporter)
      .read({ tenant: TENANT, certificateId: 'c-1' }, pemFile(made.certificatePem, made.keyPem));
    if (!imported.ok) throw new Error(imported.error.code);
    const certificate = {
      ...imported.value,
      id: 'c-1',
      purpose: 'offline',
      context: REQUEST.context,
    } as OfflineCertificate;

    const signer = container.get<OfflineSigner>(PORTS.offlineSigner);
    expect(await signer.signKodII(TENANT, certificate, LINK)).toHaveLength(64);
    await expect(signer.signKodII(OTHER_TENANT, certificate, LINK)).rejects.toThrow(SignerUnavailableError);
  });

  it('works without a key-encryption key as far as none is needed', async () => {
    const container = containerWith(signingModule({}));
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });

    expect(container.get<IdSource>(PORTS.idSource).next()).toHaveLength(36);
    await expect(container.get<SecretBox>(PORTS.secretBox).seal(new Uint8Array(1), 'a')).rejects.toThrow(
      SecretBoxError,
    );
    await expect(
      container.get<OfflineSigner>(PORTS.offlineSigner).signKodII(TENANT, certificate, LINK),
    ).rejects.toThrow(SignerUnavailableError);
  });

  it.each([
    ['certificate', `${TENANT}|c-1|offline|1`],
    ['session-key', 'session|hash'],
    ['webhook-secret', `webhook/${TENANT}/c-1`],
  ] as const)('seals nothing with a wrong key where a %s is stored under its version', async (kind, label) => {
    const declared = { sha256: 'hash', initializationVector: new Uint8Array(16) };
    const stored = {
      ...{ kind, tenant: TENANT, id: 'c-1', purpose: 'offline', declared },
      box: await boxWith(2, [2, KEK]).seal(new Uint8Array(32), label),
    } as unknown as StoredBox;
    const asked: unknown[] = [];
    const boxes: Pick<SealedBoxes, 'newest'> = {
      newest: (...question) => {
        asked.push(question);
        return Promise.resolve(question[0] === kind && question[1] === 2 ? [stored] : []);
      },
    };
    const boxOf = (key: Uint8Array): SecretBox => {
      const keyEncryptionKeys = keysOf(2, [1, KEK], [2, key]);
      const sessionKeyLabel = ({ sha256 }: { readonly sha256: string }) => `session|${sha256}`;
      const container = containerWith(signingModule({ keyEncryptionKeys, sessionKeyLabel }));
      container.bind(PORTS.sealedBoxes).toConstantValue(boxes);
      return container.get<SecretBox>(PORTS.secretBox);
    };

    await expect(boxOf(Buffer.alloc(32, 9)).seal(new Uint8Array(1), 'a')).rejects.toThrow(
      'key-encryption key 2 is not the one',
    );
    const right = boxOf(KEK);
    expect(await right.open(await right.seal(new Uint8Array(1), 'a'), 'a')).toEqual(new Uint8Array(1));
    expect(asked).toContainEqual([kind, 2, 20]);
  });

  it('lets an extension rebind the secret box and the clock under its signers', async () => {
    const container = containerWith(signingModule({ keyEncryptionKeys: KEYS }));
    const clock: Clock = { now: () => Temporal.Instant.from('2030-02-03T04:05:06Z') };
    const closed: SecretBox = {
      seal: () => Promise.reject(new SecretBoxError('closed')),
      open: () => Promise.reject(new SecretBoxError('closed')),
    };
    container.rebind(PORTS.clock).toConstantValue(clock);
    const { certificate } = await authenticationCertificate({ kind: 'ec-p256' });
    const login = await container
      .get<LoginSigner>(PORTS.loginSigner)
      .signAuthTokenRequest(TENANT, certificate, REQUEST);
    container.rebind(PORTS.secretBox).toConstantValue(closed);
    const { certificate: offline } = await offlineCertificate({ kind: 'ec-p256' });

    expect(textAt(asText(login), '//xades:SigningTime')).toBe('2030-02-03T04:05:06Z');
    await expect(
      container.get<OfflineSigner>(PORTS.offlineSigner).signKodII(TENANT, offline, LINK),
    ).rejects.toMatchObject({ name: 'SignerUnavailableError', cause: new SecretBoxError('closed') });
  });
});

describe('no key shows', () => {
  it('(the search finds one in any form that Node prints)', () => {
    const secret = Uint8Array.from({ length: 40 }, (_none, at) => (at * 37 + 11) % 256);
    const buffer = Buffer.from(secret);

    for (const value of [secret, buffer, { deep: { buffer } }, buffer.toString('base64'), buffer.toString('hex')]) {
      expect(shows(everyText(value), secret)).toBe(true);
    }
    expect(shows(everyText(new Error('x', { cause: new Error(buffer.toString('hex')) })), secret)).toBe(true);
    expect(shows(everyText({ nothing: 'here' }), secret)).toBe(false);
  });

  it.each(KEY_KINDS)(
    'in the adapters after they signed, in what they return, or in their errors (%s)',
    async (kind) => {
      const container = containerWith(signingModule({ keyEncryptionKeys: KEYS }));
      const offline = await offlineCertificate({ kind });
      const login = await authenticationCertificate({ kind });
      const offlineSigner = container.get<OfflineSigner>(PORTS.offlineSigner);
      const loginSigner = container.get<LoginSigner>(PORTS.loginSigner);
      const importer = container.get<CertificateImporter>(PORTS.certificateImporter);
      const broken = offline.made.keyPem.replace(/.(?=-----END)/s, '');
      const truncated = offline.made.keyPem.replace(/\n.{64}\n/, '\n');
      const owner = { tenant: TENANT, certificateId: 'c' };
      const values: unknown[] = [
        container.get(PORTS.secretBox),
        offlineSigner,
        loginSigner,
        importer,
        offline.certificate,
        await offlineSigner.signKodII(TENANT, offline.certificate, LINK),
        await loginSigner.signAuthTokenRequest(TENANT, login.certificate, REQUEST),
        await importer.read(owner, pemFile(offline.made.certificatePem, offline.made.keyPem)),
        await importer.read(owner, pemFile(offline.made.certificatePem, login.made.keyPem)),
        await importer.read(owner, pemFile(offline.made.certificatePem, broken)),
        await importer.read(owner, pemFile(offline.made.certificatePem, truncated)),
        await importer.read(owner, pemFile(offline.made.keyPem, offline.made.keyPem)),
        await offlineSigner.signKodII(OTHER_TENANT, offline.certificate, LINK).catch((error: unknown) => error),
        await offlineSigner
          .signKodII(TENANT, { ...offline.certificate, der: login.made.der }, LINK)
          .catch((error: unknown) => error),
      ];

      const secrets = [KEK, ...[offline, login].flatMap(({ made }) => secretsOf(made.keyPem))];
      for (const secret of secrets) {
        for (const value of values) expect(shows(everyText(value), secret)).toBe(false);
        expect(shows(everyText([offlineSigner, loginSigner]), secret)).toBe(false);
      }
    },
  );
});

/** The private numbers of a key, without the public ones that a certificate shows too. */
function secretsOf(keyPem: string): readonly Buffer[] {
  const { d = '', p = '', q = '' } = createPrivateKey(keyPem).export({ format: 'jwk' });
  return [d, p, q].filter((number) => number !== '').map((number) => Buffer.from(number, 'base64url'));
}
