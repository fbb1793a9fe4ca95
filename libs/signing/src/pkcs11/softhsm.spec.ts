import { createHash, createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  PORTS,
  SignerUnavailableError,
  Temporal,
  type AuthenticationCertificate,
  type Certificate,
  type Clock,
  type LoginSigner,
  type OfflineCertificate,
  type OfflineSigner,
  type TokenCertificateImporter,
  type TokenKeyUse,
  type UnsignedKodII,
} from '@latarnik/domain';
import { Container } from 'inversify';
import { verifySignature } from '../key/key-signature.js';
import { readCertificate } from '../certificate/certificate-facts.js';
import { signingModule } from '../signing.module.js';
import {
  contextOf,
  DIGITAL_SIGNATURE,
  KEY_KINDS,
  makeCertificate,
  NON_REPUDIATION,
  OTHER_TENANT,
  TENANT,
  type MadeCertificate,
} from '../testing/certificates.js';
import { KEK } from '../testing/imported.js';
import { keysOf } from '../testing/key-rings.js';
import { everyText, shows } from '../testing/leaks.js';
import { PIN, SoftHsm, TOKEN, whyNoSoftHsm } from '../testing/softhsm.js';
import { signedByXmlCrypto } from '../testing/xml-crypto.js';
import { asText } from '../testing/xml.js';
import { Pkcs11Token } from './pkcs11-token.js';

const why = whyNoSoftHsm();
if (why !== undefined) console.warn(`no SoftHSM, so the PKCS#11 signer is not tested here: ${why}`);
const describeWithToken = why === undefined ? describe : describe.skip;

const CONTEXT = contextOf('Nip', '5265877635');
const LINK = 'qr-test.ksef.mf.gov.pl/certificate/Nip/1' as UnsignedKodII;
const REQUEST = { challenge: '20250625-CR-20F5EE4000-DA48AE4124-46', context: CONTEXT };
const CLOCK: Clock = { now: () => Temporal.Instant.from('2026-11-20T08:00:00Z') };
const SUBJECT = {
  fileName: 'invoice.xml',
  hash: new Uint8Array(32) as never,
  signingTime: Temporal.Instant.from('2026-11-20T08:00:00Z'),
};

const notNoted = (): Promise<void> => Promise.resolve();

describeWithToken('keys in a token (SoftHSM)', () => {
  let hsm: SoftHsm;
  let keys = 0;
  const containers: Container[] = [];
  beforeAll(() => {
    hsm = new SoftHsm();
  });
  afterAll(() => {
    hsm[Symbol.dispose]();
  });

  const containerWith = (options: Partial<SoftHsm['options']> = {}): Container => {
    const container = new Container();
    container.load(signingModule({ keyEncryptionKeys: keysOf(1, [1, KEK]), pkcs11: { ...hsm.options, ...options } }));
    container.rebind(PORTS.clock).toConstantValue(CLOCK);
    containers.push(container);
    return container;
  };

  /** A certificate whose key is in the token, imported. */
  async function inToken<C extends Certificate>(
    container: Container,
    made: MadeCertificate,
    reference?: string,
  ): Promise<C> {
    keys += 1;
    const name = reference ?? hsm.importKey(made.keyPem, `key-${keys}`, `0${keys}`);
    const imported = await container
      .get<TokenCertificateImporter>(PORTS.tokenCertificateImporter)
      .read(
        { tenant: TENANT, certificateId: `c-${keys}` },
        { kind: 'pkcs11', certificate: made.der, reference: name },
        notNoted,
      );
    if (!imported.ok) throw new Error(JSON.stringify(imported.error));
    return { ...imported.value, id: `c-${keys}`, context: CONTEXT } as unknown as C;
  }

  it.each(KEY_KINDS)('sign KOD II and evidence (%s), which verify with the certificate', async (kind) => {
    const container = containerWith();
    const made = await makeCertificate({ kind, usage: NON_REPUDIATION });
    const certificate = await inToken<OfflineCertificate>(container, made);
    const signer = container.get<OfflineSigner>(PORTS.offlineSigner);
    const kodII = await signer.signKodII(TENANT, certificate, LINK);
    const evidence = asText(await signer.signEvidence(TENANT, certificate, SUBJECT));

    const { publicKey } = readCertificate(made.der);
    expect(certificate).toMatchObject({ purpose: 'offline', keyAlgorithm: kind === 'rsa-2048' ? 'rsa' : 'ec-p256' });
    expect(kodII).toHaveLength(kind === 'rsa-2048' ? 256 : 64);
    expect(verifySignature(publicKey, 'kod-ii', Buffer.from(LINK), kodII)).toBe(true);
    const signedInfo = /<ds:SignedInfo .*<\/ds:SignedInfo>/s.exec(evidence)?.[0] ?? '';
    const value = Buffer.from(/<ds:SignatureValue>(.*?)<\/ds:SignatureValue>/.exec(evidence)?.[1] ?? '', 'base64');
    expect(verifySignature(publicKey, 'xml-signature', Buffer.from(signedInfo), value)).toBe(true);
    expect(shows(everyText([certificate, signer, container]), Buffer.from(PIN.repeat(2)))).toBe(false);
  });

  it.each(KEY_KINDS)('sign logins (%s), which xml-crypto verifies', async (kind) => {
    const container = containerWith();
    const made = await makeCertificate({ kind, usage: DIGITAL_SIGNATURE });
    const certificate = await inToken<AuthenticationCertificate>(container, made);
    const login = container.get<LoginSigner>(PORTS.loginSigner);
    const xml = asText(await login.signAuthTokenRequest(TENANT, certificate, REQUEST));
    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';

    expect(signedByXmlCrypto(xml, signature, made.certificatePem)).toHaveLength(2);
  });

  it('rest as a sealed reference: without the key itself, and bound to the tenant', async () => {
    const container = containerWith();
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const certificate = await inToken<OfflineCertificate>(container, made);
    const signer = container.get<OfflineSigner>(PORTS.offlineSigner);
    const { d = '' } = createPrivateKey(made.keyPem).export({ format: 'jwk' });

    expect(certificate.sealedKey.length).toBeLessThan(180);
    expect(shows(everyText(certificate), Buffer.from(d, 'base64url'))).toBe(false);
    await expect(signer.signKodII(OTHER_TENANT, certificate, LINK)).rejects.toThrow(SignerUnavailableError);
  });

  it('are found by id as well, and by the token that the reference names', async () => {
    const container = containerWith({ tokenLabel: 'another token' });
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    hsm.importKey(made.keyPem, 'by-id', 'a1b2');
    const certificate = await inToken<OfflineCertificate>(container, made, `pkcs11:token=${TOKEN};id=%a1%B2`);

    const signature = await container.get<OfflineSigner>(PORTS.offlineSigner).signKodII(TENANT, certificate, LINK);
    expect(verifySignature(readCertificate(made.der).publicKey, 'kod-ii', Buffer.from(LINK), signature)).toBe(true);
  });

  it('are not imported when the token has no such key, several, or another certificate’s', async () => {
    const importer = containerWith().get<TokenCertificateImporter>(PORTS.tokenCertificateImporter);
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const other = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    hsm.importKey(made.keyPem, 'twice', 'c1');
    hsm.importKey(other.keyPem, 'twice', 'c2');
    const uses: TokenKeyUse[] = [];
    const read = (certificate: Uint8Array, reference: string) =>
      importer.read({ tenant: TENANT, certificateId: 'c' }, { kind: 'pkcs11', certificate, reference }, (use) => {
        uses.push(use);
        return Promise.resolve();
      });

    expect(await read(made.der, 'pkcs11:object=nothing')).toEqual({
      ok: false,
      error: { code: 'TOKEN_KEY_NOT_FOUND', found: 0 },
    });
    expect(await read(made.der, 'pkcs11:object=twice')).toEqual({
      ok: false,
      error: { code: 'TOKEN_KEY_NOT_FOUND', found: 2 },
    });
    expect(await read(other.der, 'pkcs11:object=twice;id=%c1')).toEqual({
      ok: false,
      error: { code: 'KEY_DOES_NOT_MATCH' },
    });
    // Only there it signed: with the key of the one, for the certificate of the other.
    const { ksefSerial: serial } = readCertificate(other.der);
    expect(uses).toEqual([{ serial, fingerprint: createHash('sha256').update(other.der).digest('hex') }]);
    expect(await read(new Uint8Array(3), 'pkcs11:object=twice;id=%c1')).toEqual({
      ok: false,
      error: { code: 'CERTIFICATE_UNREADABLE' },
    });
    expect(await read(made.der, 'pkcs11:id=%c1?pin-value=1')).toMatchObject({ error: { code: 'REFERENCE_INVALID' } });
  });

  it('are another certificate’s too when they are of another type, however often that is tried', async () => {
    const importer = containerWith().get<TokenCertificateImporter>(PORTS.tokenCertificateImporter);
    const rsa = await makeCertificate({ kind: 'rsa-2048', usage: NON_REPUDIATION });
    const ec = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    hsm.importKey(rsa.keyPem, 'an RSA key', 'e1');
    hsm.importKey(ec.keyPem, 'an EC key', 'e2');
    const read = (certificate: Uint8Array, object: string) =>
      importer.read(
        { tenant: TENANT, certificateId: 'c' },
        { kind: 'pkcs11', certificate, reference: `pkcs11:object=${encodeURIComponent(object)}` },
        notNoted,
      );

    for (let at = 0; at < 4; at += 1) {
      expect(await read(rsa.der, 'an EC key')).toEqual({ ok: false, error: { code: 'KEY_DOES_NOT_MATCH' } });
      expect(await read(ec.der, 'an RSA key')).toEqual({ ok: false, error: { code: 'KEY_DOES_NOT_MATCH' } });
    }
    expect((await read(rsa.der, 'an RSA key')).ok).toBe(true);
  });

  it('cannot be used with a wrong PIN, which is tried once and again only when its file changes', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    hsm.importKey(made.keyPem, 'pin', 'd1');
    const token = new Pkcs11Token(hsm.options);
    const key = token.keyFor({ object: 'pin' }, 'ec-p256');
    const failure = async (): Promise<unknown> => key.sign('kod-ii', Buffer.from('x')).catch((error: unknown) => error);
    hsm.writePin('WRONG-PIN-4242');
    const first = await failure();
    const second = await failure();
    hsm.writePin(`${PIN}\n`);
    const signature = await key.sign('kod-ii', Buffer.from('x'));
    token.close();

    expect(first).toBeInstanceOf(SignerUnavailableError);
    expect(first).toMatchObject({ trouble: 'token', message: expect.stringContaining('CKR_PIN_INCORRECT') });
    expect(everyText([first, second])).not.toMatch(/WRONG-PIN|CANARY/);
    expect(verifySignature(readCertificate(made.der).publicKey, 'kod-ii', Buffer.from('x'), signature)).toBe(true);
  });

  it('learn of a new PIN even when it is written while the old one is being refused', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    hsm.importKey(made.keyPem, 'pin-race', 'd2');
    hsm.writePin('WRONG-PIN-4243');
    const token = new Pkcs11Token(hsm.options);
    const key = token.keyFor({ object: 'pin-race' }, 'ec-p256');
    const both = [1, 2].map((): Promise<unknown> =>
      key.sign('kod-ii', Buffer.from('x')).catch((error: unknown) => error),
    );
    const first = await Promise.race(both);
    hsm.writePin(`${PIN}\n`);
    const signature = await key.sign('kod-ii', Buffer.from('x'));
    token.close();

    for (const failure of [first, ...(await Promise.all(both))]) {
      expect(failure).toMatchObject({ message: expect.stringContaining('CKR_PIN_INCORRECT') });
    }
    expect(signature).toHaveLength(64);
  });

  it('cannot be used while the module, the token or the PIN file is missing: plain words, no fallback', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const certificate = await inToken<OfflineCertificate>(containerWith(), made);
    const failing = async (options: Partial<SoftHsm['options']>): Promise<unknown> =>
      containerWith(options)
        .get<OfflineSigner>(PORTS.offlineSigner)
        .signKodII(TENANT, certificate, LINK)
        .catch((error: unknown) => error);

    for (const [options, words] of [
      [{ modulePath: '/nowhere/module.so' }, 'the PKCS#11 module /nowhere/module.so cannot be loaded'],
      [{ environment: { SOFTHSM2_CONF: '/nowhere/softhsm2.conf' } }, 'the token cannot be used'],
      [{ pinFile: '/nowhere/pin' }, 'the PIN file /nowhere/pin cannot be read'],
    ] as const) {
      const failure = await failing(options);
      expect(failure).toBeInstanceOf(SignerUnavailableError);
      expect(failure).toMatchObject({ trouble: 'token', message: expect.stringContaining(words) });
    }
  });
});
