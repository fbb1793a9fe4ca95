import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  SecretBoxError,
  SignerUnavailableError,
  type Certificate,
  type CertificateId,
  type EnrolmentData,
  type SecretBox,
} from '@latarnik/domain';
import * as x509 from '@peculiar/x509';
import { SealedKeys } from '../key/sealed-keys.js';
import { DIGITAL_SIGNATURE, makeCertificate, TENANT } from '../testing/certificates.js';
import { aSecretBox } from '../testing/imported.js';
import { SealedCertificateRequests } from './sealed-certificate-requests.js';
import { x509CertificateReader } from './x509-certificate-reader.js';

const COMPANY: EnrolmentData = {
  commonName: 'Firma „Żółć” Certyfikat',
  countryName: 'PL',
  serialNumber: 'ABC123456789',
  uniqueIdentifier: 'd9d22724-4696-460c-9e5e-b9e3aafb0af3',
  organizationName: 'Firma Żółć, Sp. z o.o. + "Synowie"',
  organizationIdentifier: 'VATPL-7762811692',
};
const OWNER = { tenant: TENANT, certificateId: 'certificate-1' as CertificateId, purpose: 'authentication' } as const;

const create = (algorithm: Certificate['keyAlgorithm'], data = COMPANY, box: SecretBox = aSecretBox()) =>
  new SealedCertificateRequests(box).create(OWNER, data, algorithm);

describe.each(['ec-p256', 'rsa'] as const)('a request for a key of kind %s', (algorithm) => {
  it('is PKCS#10, signed with its own key, of the kind and size that KSeF takes', async () => {
    const { csr } = await create(algorithm);
    const request = new x509.Pkcs10CertificateRequest(csr);

    expect(await request.verify()).toBe(true);
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
      key: Buffer.from(request.publicKey.rawData),
      format: 'der',
      type: 'spki',
    });
    expect({ asymmetricKeyType, ...asymmetricKeyDetails }).toMatchObject(
      algorithm === 'ec-p256'
        ? { asymmetricKeyType: 'ec', namedCurve: 'prime256v1' }
        : { asymmetricKeyType: 'rsa', modulusLength: 2048 },
    );
    expect(request.extensions).toEqual([]);
  });

  it('is for a key that its sealed key opens to, once there is a certificate', async () => {
    const { csr, keyFingerprint, sealedKey } = await create(algorithm);
    const made = await certify(csr);
    const facts = x509CertificateReader.read(made.der);

    expect(facts).toMatchObject({ keyFingerprint, purpose: 'authentication', serial: '01F20A5D352AE590' });
    const certificate = {
      ...{ id: OWNER.certificateId, purpose: 'authentication', der: made.der, sealedKey, keyAlgorithm: algorithm },
    } as Certificate;
    const { privateKey } = await new SealedKeys(aSecretBox()).open(TENANT, certificate);
    expect((await privateKey.sign('xml-signature', Buffer.from('x'))).length).toBeGreaterThan(60);
    await expect(
      new SealedKeys(aSecretBox()).open(TENANT, { ...certificate, id: 'certificate-2' as CertificateId }),
    ).rejects.toThrow(SignerUnavailableError);
  });
});

describe('the subject of a request', () => {
  it('has exactly the attributes given, in the order of KSeF’s answer, in the string types of X.520', async () => {
    const { csr } = await create('ec-p256');
    expect(new x509.Pkcs10CertificateRequest(csr).subjectName.toJSON()).toEqual([
      { CN: ['Firma „Żółć” Certyfikat'] },
      { C: ['PL'] },
      { '2.5.4.5': ['ABC123456789'] },
      { '2.5.4.45': ['d9d22724-4696-460c-9e5e-b9e3aafb0af3'] },
      { O: ['Firma Żółć, Sp. z o.o. + "Synowie"'] },
      { '2.5.4.97': ['VATPL-7762811692'] },
    ]);
    const subject = Buffer.from(csr).toString('hex');
    expect(subject).toContain('0603550406' + '1302504c');
    expect(subject).toContain('0603550405' + '130c' + Buffer.from('ABC123456789').toString('hex'));
    expect(subject).toContain('0603550461' + '0c10' + Buffer.from('VATPL-7762811692').toString('hex'));
  });

  it('of a person has given name and surname', async () => {
    const person = {
      commonName: 'Jan Żak',
      countryName: 'PL',
      givenName: 'Jan',
      surname: 'Żak',
      serialNumber: 'PNOPL-1',
    };
    const { csr } = await create('ec-p256', person);
    expect(new x509.Pkcs10CertificateRequest(csr).subject).toBe('CN=Jan Żak, C=PL, G=Jan, SN=Żak, 2.5.4.5=PNOPL-1');
  });

  it('is UTF-8 where a serial number does not fit PrintableString', async () => {
    const { csr } = await create('ec-p256', { commonName: 'A', countryName: 'PL', serialNumber: 'ŻÓŁĆ_1' });
    expect(new x509.Pkcs10CertificateRequest(csr).subject).toBe('CN=A, C=PL, 2.5.4.5=ŻÓŁĆ_1');
  });
});

it('makes another key each time', async () => {
  const [one, other] = await Promise.all([create('ec-p256'), create('ec-p256')]);
  expect(one.keyFingerprint).not.toBe(other.keyFingerprint);
});

it('overwrites the bytes of the key once they are sealed, and when they could not be', async () => {
  const seen: Uint8Array[] = [];
  const inner = aSecretBox();
  const box = (fails: boolean): SecretBox => ({
    open: () => Promise.reject(new Error('not asked')),
    seal: (secret, label) => {
      seen.push(secret);
      return fails ? Promise.reject(new SecretBoxError('no key')) : inner.seal(secret, label);
    },
  });
  await create('rsa', COMPANY, box(false));
  await expect(create('ec-p256', COMPANY, box(true))).rejects.toMatchObject({
    name: 'SignerUnavailableError',
    trouble: 'key-encryption-key',
  });

  expect(seen.map(({ length }) => length > 100)).toEqual([true, true]);
  expect(seen.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
});

describe('x509CertificateReader', () => {
  it('says what a certificate is, and nothing of what is none', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: DIGITAL_SIGNATURE, serial: '0a' });

    expect(x509CertificateReader.read(made.der)).toMatchObject({
      serial: '000000000000000A',
      purpose: 'authentication',
    });
    expect(x509CertificateReader.read(Uint8Array.of(1, 2, 3))).toBeUndefined();
    const long = await makeCertificate({ kind: 'ec-p256', usage: DIGITAL_SIGNATURE, serial: '01020304050607080910' });
    expect(x509CertificateReader.read(long.der)).toBeUndefined();
  });
});

/** A certificate for the key of the request, as KSeF would make it. */
async function certify(csr: Uint8Array): Promise<{ readonly der: Uint8Array }> {
  const request = new x509.Pkcs10CertificateRequest(csr);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const authority = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '01F20A5D352AE590',
    subject: request.subjectName,
    issuer: 'CN=CA',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
    publicKey: request.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
  });
  return { der: new Uint8Array(certificate.rawData) };
}
