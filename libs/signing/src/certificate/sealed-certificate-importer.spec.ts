import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ImportedCertificate, ImportRefusal, Result } from '@latarnik/domain';
import {
  DIGITAL_SIGNATURE,
  KEY_ENCIPHERMENT,
  KEY_KINDS,
  makeCertificate,
  NON_REPUDIATION,
  TENANT,
} from '../testing/certificates.js';
import { itWithOpenssl, ScratchFolder } from '../testing/commands.js';
import { aSecretBox } from '../testing/imported.js';
import { SealedCertificateImporter } from './sealed-certificate-importer.js';

const ID = randomUUID();

const importPem = (certificatePem: string, keyPem: string): Promise<Result<ImportedCertificate, ImportRefusal>> =>
  new SealedCertificateImporter(aSecretBox()).fromPem({ tenant: TENANT, certificateId: ID }, certificatePem, keyPem);

const refusalOf = async (certificatePem: string, keyPem: string): Promise<ImportRefusal | undefined> => {
  const outcome = await importPem(certificatePem, keyPem);
  return outcome.ok ? undefined : outcome.error;
};

describe('a certificate that can be imported', () => {
  it.each(KEY_KINDS)('gives its facts and a sealed key (%s)', async (kind) => {
    const made = await makeCertificate({ kind, usage: NON_REPUDIATION });
    const outcome = await importPem(made.certificatePem, made.keyPem);
    if (!outcome.ok) throw new Error(outcome.error.code);
    const { sealedKey, der, notBefore, notAfter, ...facts } = outcome.value;

    expect(facts).toEqual({
      purpose: 'offline',
      serial: '01F20A5D352AE590',
      keyAlgorithm: kind === 'rsa-2048' ? 'rsa' : 'ec-p256',
      subject: 'CN=Pieczęć,organizationIdentifier=VATPL-5265877635,O=Zakład „Żółta Łódź” sp. z o.o.,C=PL',
      subjectNip: '5265877635',
    });
    expect(der).toEqual(made.der);
    expect([notBefore.toString(), notAfter.toString()]).toEqual(['2026-01-01T00:00:00Z', '2036-01-01T00:00:00Z']);
    const pkcs8 = await aSecretBox().open(sealedKey, `${TENANT}|${ID}|offline|1`);
    const opened = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
    expect(opened.equals(createPrivateKey(made.keyPem))).toBe(true);
  });

  it('is of type Authentication when its key usage is digital signature', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: DIGITAL_SIGNATURE });

    expect(await importPem(made.certificatePem, made.keyPem)).toMatchObject({
      ok: true,
      value: { purpose: 'authentication' },
    });
  });

  it.each([
    ['00A1B2C3D4E5F607', '00A1B2C3D4E5F607'],
    ['F1B2C3D4E5F60708', 'F1B2C3D4E5F60708'],
    ['0000000000000042', '0000000000000042'],
  ])('keeps the zeros in front of serial number %s', async (serial, expected) => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, serial });

    expect(await importPem(made.certificatePem, made.keyPem)).toMatchObject({ ok: true, value: { serial: expected } });
  });

  it.each([
    ['has no organization identifier', [{ CN: ['Jan Kowalski'] }, { '2.5.4.5': ['PNOPL-44051401458'] }]],
    ['has one of another country', [{ '2.5.4.97': ['VATDE-5265877635'] }]],
    ['has a number with a wrong check digit', [{ '2.5.4.97': ['VATPL-5265877636'] }]],
  ])('has no NIP when the subject %s', async (_what, subject) => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: DIGITAL_SIGNATURE, subject });
    const outcome = await importPem(made.certificatePem, made.keyPem);

    expect(outcome.ok && 'subjectNip' in outcome.value).toBe(false);
    expect(outcome.ok).toBe(true);
  });

  it.each([
    ['ec-p256', 'sec1', '-----BEGIN EC PRIVATE KEY-----'],
    ['rsa-2048', 'pkcs1', '-----BEGIN RSA PRIVATE KEY-----'],
  ] as const)('comes with a key of %s as %s too', async (kind, type, firstLine) => {
    const made = await makeCertificate({ kind, usage: NON_REPUDIATION });
    const keyPem = String(createPrivateKey(made.keyPem).export({ format: 'pem', type }));

    expect(keyPem).toContain(firstLine);
    expect(await importPem(made.certificatePem, keyPem)).toMatchObject({ ok: true });
  });

  itWithOpenssl()('was made by the OpenSSL command line', async () => {
    using folder = new ScratchFolder();
    const made = folder.run(
      ...([
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-utf8',
      ] as const),
      ...['-keyout', 'key.pem', '-out', 'certificate.pem', '-days', '30', '-set_serial', '0x01F20A5D352AE590'],
      ...['-subj', '/C=PL/O=Łódź sp. z o.o./organizationIdentifier=VATPL-5265877635/CN=Pieczęć'],
      ...['-addext', 'keyUsage=critical,nonRepudiation'],
    );
    expect(made).toMatchObject({ ok: true });
    folder.run('openssl', 'ecparam', '-name', 'prime256v1', '-out', 'parameters.pem');
    folder.run('openssl', 'ec', '-in', 'key.pem', '-out', 'sec1.pem');
    const read = (name: string): string => readFileSync(`${folder.path}/${name}`, 'utf8');

    for (const keyPem of [read('key.pem'), read('sec1.pem'), read('parameters.pem') + read('sec1.pem')]) {
      expect(await importPem(read('certificate.pem'), keyPem)).toMatchObject({
        ok: true,
        value: {
          purpose: 'offline',
          serial: '01F20A5D352AE590',
          subjectNip: '5265877635',
          subject: 'CN=Pieczęć,organizationIdentifier=VATPL-5265877635,O=Łódź sp. z o.o.,C=PL',
        },
      });
    }
  });
});

describe('what is refused', () => {
  it('a certificate that is not one', async () => {
    const { keyPem, certificatePem } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const broken = certificatePem.replace(/^(-----BEGIN CERTIFICATE-----\n.{20})..../, '$1AAAA');

    for (const pem of [
      '',
      'MIIB',
      keyPem,
      broken,
      certificatePem + certificatePem,
      `${' '.repeat(70_000)}${certificatePem}`,
    ]) {
      expect(await refusalOf(pem, keyPem)).toMatchObject({ code: 'CERTIFICATE_UNREADABLE' });
    }
  });

  it('bytes behind the certificate, which its signature does not cover', async () => {
    const { keyPem, der } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const longer = Buffer.concat([der, Buffer.from('and more')]).toString('base64');

    expect(await refusalOf(`-----BEGIN CERTIFICATE-----\n${longer}\n-----END CERTIFICATE-----`, keyPem)).toMatchObject({
      code: 'CERTIFICATE_UNREADABLE',
    });
  });

  it('a key that is missing, damaged, doubled or encrypted', async () => {
    const { certificatePem, keyPem } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const key = createPrivateKey(keyPem);
    const encrypted = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem' } as const;
    const pems = [
      '',
      certificatePem,
      keyPem + keyPem,
      keyPem.replace(/\n.{8}/, '\nAAAAAAAA'),
      String(key.export({ ...encrypted, type: 'pkcs8' })),
      String(key.export({ ...encrypted, type: 'sec1' })),
    ];

    for (const pem of pems) expect(await refusalOf(certificatePem, pem)).toMatchObject({ code: 'KEY_UNREADABLE' });
  });

  it('a key that is too short, too long, or on another curve', async () => {
    const { certificatePem } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const keys = [
      generateKeyPairSync('rsa', { modulusLength: 1024 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    ].map(({ privateKey }) => String(privateKey.export({ format: 'pem', type: 'pkcs8' })));

    for (const keyPem of keys) {
      expect(await refusalOf(certificatePem, keyPem)).toMatchObject({ code: 'KEY_NOT_SUPPORTED' });
    }
  });

  it('the key of another certificate', async () => {
    const one = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const other = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });

    expect(await refusalOf(one.certificatePem, other.keyPem)).toEqual({ code: 'KEY_DOES_NOT_MATCH' });
  });

  it('a key file that claims the public key of the certificate but holds another private key', async () => {
    const { certificatePem, keyPem } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const point = createPublicKey(keyPem).export({ format: 'jwk' });
    const { d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const forged = sec1({ d: String(d), x: String(point.x), y: String(point.y) });

    expect((await refusalOf(certificatePem, forged))?.code).toMatch(/^KEY_(DOES_NOT_MATCH|UNREADABLE)$/);
  });

  it.each([
    ['both usages', DIGITAL_SIGNATURE | NON_REPUDIATION],
    ['neither usage', KEY_ENCIPHERMENT],
  ])('a certificate with %s', async (_what, usage) => {
    const made = await makeCertificate({ kind: 'ec-p256', usage });

    expect(await refusalOf(made.certificatePem, made.keyPem)).toMatchObject({ code: 'PURPOSE_UNKNOWN' });
  });

  it('a certificate that says nothing of its usage', async () => {
    const made = await makeCertificate({ kind: 'ec-p256' });

    expect(await refusalOf(made.certificatePem, made.keyPem)).toMatchObject({ code: 'PURPOSE_UNKNOWN' });
  });

  it('a certificate that says its usage twice', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, secondUsage: DIGITAL_SIGNATURE });

    expect((await importPem(made.certificatePem, made.keyPem)).ok).toBe(false);
  });

  it('a serial number longer than 16 digits', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, serial: '0101F20A5D352AE590' });

    expect(await refusalOf(made.certificatePem, made.keyPem)).toMatchObject({ code: 'SERIAL_NOT_KSEF' });
  });
});

/** SEC1 (RFC 5915) put together by hand: no library writes a private key with a public key that is not its own. */
function sec1({ d, x, y }: { readonly d: string; readonly x: string; readonly y: string }): string {
  const bytes = (base64Url: string): Buffer => Buffer.from(base64Url, 'base64url');
  const der = Buffer.concat([
    Buffer.from('30770201010420', 'hex'),
    bytes(d),
    Buffer.from('a00a06082a8648ce3d030107a14403420004', 'hex'),
    bytes(x),
    bytes(y),
  ]);
  return `-----BEGIN EC PRIVATE KEY-----\n${der.toString('base64')}\n-----END EC PRIVATE KEY-----\n`;
}
