import { type webcrypto, X509Certificate } from 'node:crypto';

import type { CertificateRegister, KsefCertificateType } from '../core/certificate-register.js';
import type { RandomOctets } from '../core/numbers.js';
import { DAY_MS } from '../core/time.js';
import { sha256Base64 } from './hash.js';
import { generateKeys, type KeyType, SIGNING, toKeyObject, x509 } from './x509.js';

/** What a test asks the simulator's certificate authority for. */
export interface CertificateRequest {
  readonly type: KsefCertificateType;
  /** Whom the certificate names: a company by NIP, or a person by PESEL. */
  readonly nip?: string | undefined;
  readonly pesel?: string | undefined;
  /** @default EC */
  readonly keyType?: KeyType | undefined;
  /** Common name. @default Latarnik test subject */
  readonly subjectName?: string | undefined;
  /** Epoch milliseconds. @default now */
  readonly validFrom?: number | undefined;
  /** Epoch milliseconds. @default two years after validFrom, the longest KSeF grants */
  readonly validTo?: number | undefined;
}

/** A certificate with its key: a test aid, the real KSeF never sees the key. */
export interface IssuedCertificate {
  readonly type: KsefCertificateType;
  /** 16 upper-case hexadecimal digits. */
  readonly certificateSerialNumber: string;
  readonly certificatePem: string;
  /** PKCS#8, not encrypted. */
  readonly privateKeyPem: string;
}

/** KSeF certificates live at most two years (domain-rules 5). */
const LONGEST_VALIDITY_MS = 730 * DAY_MS;

const TEST_SUBJECT = 'Latarnik test subject';

/** What a certificate is made of. */
interface CertificateOrder {
  readonly type: KsefCertificateType;
  readonly subject: x509.Name;
  readonly publicKey: x509.PublicKey;
  /** Epoch milliseconds; certificates know whole seconds only. */
  readonly validFrom: number;
  /** @default the longest KSeF grants */
  readonly validTo?: number | undefined;
}

/** A signed certificate. */
export interface CertifiedKey {
  readonly serialNumber: string;
  readonly der: Buffer;
  readonly validFrom: number;
  readonly validTo: number;
}

/** Signs KSeF certificates. What becomes of them is the register's affair. */
export class CertificateAuthority {
  readonly #certificate: X509Certificate;
  readonly #issuer: string;

  private constructor(
    readonly certificatePem: string,
    private readonly signingKey: webcrypto.CryptoKey,
    private readonly random: RandomOctets,
    private readonly register: CertificateRegister,
  ) {
    this.#certificate = new X509Certificate(certificatePem);
    this.#issuer = new x509.X509Certificate(certificatePem).subject;
  }

  static async create(now: number, random: RandomOctets, register: CertificateRegister): Promise<CertificateAuthority> {
    const keys = await generateKeys('EC');
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Latarnik test twin CA, O=Latarnik test twin, C=PL',
      serialNumber: serial(random),
      notBefore: new Date(now - 3650 * DAY_MS),
      notAfter: new Date(now + 3650 * DAY_MS),
      keys,
      signingAlgorithm: SIGNING.EC,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new CertificateAuthority(certificate.toString('pem'), keys.privateKey, random, register);
  }

  /** Certifies a key whose holder proved to have it. The caller enters the certificate into the register. */
  async certify({ type, subject, publicKey, validFrom, validTo }: CertificateOrder): Promise<CertifiedKey> {
    const serialNumber = serial(this.random);
    const [notBefore, notAfter] = [wholeSecond(validFrom), wholeSecond(validTo ?? validFrom + LONGEST_VALIDITY_MS)];
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: this.#issuer,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      publicKey,
      signingKey: this.signingKey,
      signingAlgorithm: SIGNING.EC,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          type === 'Authentication' ? x509.KeyUsageFlags.digitalSignature : x509.KeyUsageFlags.nonRepudiation,
          true,
        ),
      ],
    });
    return { serialNumber, der: Buffer.from(certificate.rawData), validFrom: notBefore, validTo: notAfter };
  }

  /** A certificate with its key, for tests: entered into the register like one that was applied for. */
  async issue(request: CertificateRequest, now: number): Promise<IssuedCertificate> {
    const { type, nip, pesel = '', subjectName: commonName = TEST_SUBJECT } = request;
    const keys = await generateKeys(request.keyType ?? 'EC');
    const publicKey = await x509.PublicKey.create(keys.publicKey);
    const certified = await this.certify({
      type,
      publicKey,
      subject: new x509.Name(subjectName(request, commonName)),
      validFrom: request.validFrom ?? now,
      validTo: request.validTo,
    });
    this.register.add({
      ...certified,
      type,
      name: commonName,
      commonName,
      owner: nip === undefined ? { type: 'Pesel', value: pesel } : { type: 'Nip', value: nip },
      publicKeyId: sha256Base64(Buffer.from(publicKey.rawData)),
      requestedAt: now,
    });
    return {
      type,
      certificateSerialNumber: certified.serialNumber,
      certificatePem: new X509Certificate(certified.der).toString(),
      privateKeyPem: toKeyObject(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  /** Revokes at once whatever its owner says; KSeF itself blocks first. */
  revoke(serialNumber: string): void {
    const record = this.register.find(serialNumber);
    if (record !== undefined) record.revocation = { state: 'Revoked', reason: 'Unspecified' };
  }

  /** Whether this authority signed the certificate. */
  issued(certificate: X509Certificate): boolean {
    return certificate.checkIssued(this.#certificate) && certificate.verify(this.#certificate.publicKey);
  }
}

/** Eight octets, the first between 01 and 7F: always 16 digits, and positive in DER. */
function serial(random: RandomOctets): string {
  const octets = random(8);
  octets[0] = (octets[0] ?? 0) & 0x7f || 1;
  return octets.toString('hex').toUpperCase();
}

/** Values are given as UTF-8 strings: the library would read quotation marks and backslashes in a bare text. */
function subjectName({ nip, pesel }: CertificateRequest, commonName: string): x509.JsonNameParams {
  const utf8 = (value: string) => [{ utf8String: value }];
  const common = [{ C: [{ printableString: 'PL' }] }, { CN: utf8(commonName) }];
  if (nip !== undefined) return [...common, { O: utf8(commonName) }, { '2.5.4.97': utf8(`VATPL-${nip}`) }];
  return [...common, { '2.5.4.5': utf8(`PNOPL-${pesel ?? ''}`) }];
}

function wholeSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}
