import { createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ImportedCertificate, ImportRefusal, KeyFile, Result } from '@latarnik/domain';
import type { KeyFileReader } from '../key-file/capped-key-file-reader.js';
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
import { IN_PROCESS_READER, pemFile, pkcs12File } from '../testing/key-files.js';
import { pkcs12Of } from '../testing/pkcs12.js';
import { SealedCertificateImporter } from './sealed-certificate-importer.js';

const ID = randomUUID();

const importPem = (certificatePem: string, keyPem: string): Promise<Result<ImportedCertificate, ImportRefusal>> =>
  new SealedCertificateImporter(aSecretBox(), IN_PROCESS_READER).read(
    { tenant: TENANT, certificateId: ID },
    pemFile(certificatePem, keyPem),
  );

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
  it.each([
    ['both usages', DIGITAL_SIGNATURE | NON_REPUDIATION, ['digitalSignature', 'nonRepudiation']],
    ['neither usage', KEY_ENCIPHERMENT, ['keyEncipherment']],
  ])('a certificate with %s, saying which it has', async (_what, usage, keyUsage) => {
    const made = await makeCertificate({ kind: 'ec-p256', usage });

    expect(await refusalOf(made.certificatePem, made.keyPem)).toEqual({ code: 'PURPOSE_UNKNOWN', keyUsage });
  });

  it('a certificate that says nothing of its usage, or says it twice', async () => {
    const silent = await makeCertificate({ kind: 'ec-p256' });
    const twice = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, secondUsage: DIGITAL_SIGNATURE });

    for (const { certificatePem, keyPem } of [silent, twice]) {
      expect(await refusalOf(certificatePem, keyPem)).toMatchObject({
        code: expect.stringMatching(/^(PURPOSE_UNKNOWN|FILE_UNREADABLE)$/),
      });
    }
  });

  it('a serial number longer than 16 digits, named as people see it elsewhere', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, serial: '0101F20A5D352AE590' });

    expect(await refusalOf(made.certificatePem, made.keyPem)).toEqual({
      code: 'SERIAL_NOT_KSEF',
      serialDecimal: '18586930007551698320',
    });
  });

  it('a file that its reader refuses, with the words of the reader', async () => {
    const { certificatePem } = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });

    expect(await refusalOf(certificatePem, '')).toEqual({ code: 'KEY_MISSING' });
  });
});

describe('the secret bytes of a file', () => {
  const secretsOf = (file: KeyFile): readonly Uint8Array[] =>
    file.kind === 'pem' ? [file.key, file.password!] : [file.bytes, file.password];

  it('are zero afterwards, taken or refused, and so is the key that was read', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const pkcs8 = createPrivateKey(made.keyPem).export({ format: 'der', type: 'pkcs8' });
    const p12 = pkcs12Of({ certificates: [made.der], keys: [pkcs8], password: 'hasło' });
    const files = [
      pemFile(made.certificatePem, made.keyPem, 'unused'),
      pemFile('', made.keyPem, 'unused'),
      pkcs12File(p12, 'hasło'),
      pkcs12File(p12, 'wrong'),
    ];
    const handedOut: Uint8Array[] = [];
    const reader: KeyFileReader = {
      read: async (file) => {
        const pair = await IN_PROCESS_READER.read(file);
        if (pair.ok) handedOut.push(pair.value.pkcs8);
        return pair;
      },
    };
    for (const file of files) {
      const importer = new SealedCertificateImporter(aSecretBox(), reader);
      await importer.read({ tenant: TENANT, certificateId: ID }, file);
      for (const secret of secretsOf(file)) expect(secret.every((byte) => byte === 0)).toBe(true);
    }
    expect(handedOut.map((key) => [key.length > 100, key.every((byte) => byte === 0)])).toEqual([
      [true, true],
      [true, true],
    ]);
  });
});
