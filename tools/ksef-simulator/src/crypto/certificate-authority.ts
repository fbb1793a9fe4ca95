import { type webcrypto, X509Certificate } from 'node:crypto';

import type { RandomOctets } from '../core/numbers.js';
import { DAY_MS } from '../core/time.js';
import { generateKeys, type KeyType, SIGNING, toKeyObject, x509 } from './x509.js';

export type KsefCertificateType = 'Authentication' | 'Offline';

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

/** Issues KSeF certificates and remembers which it revoked. */
export class CertificateAuthority {
  readonly #revoked = new Set<string>();
  readonly #certificate: X509Certificate;
  readonly #issuer: string;

  private constructor(
    readonly certificatePem: string,
    private readonly signingKey: webcrypto.CryptoKey,
    private readonly random: RandomOctets,
  ) {
    this.#certificate = new X509Certificate(certificatePem);
    this.#issuer = new x509.X509Certificate(certificatePem).subject;
  }

  static async create(now: number, random: RandomOctets): Promise<CertificateAuthority> {
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
    return new CertificateAuthority(certificate.toString('pem'), keys.privateKey, random);
  }

  async issue(request: CertificateRequest, now: number): Promise<IssuedCertificate> {
    const keyType = request.keyType ?? 'EC';
    const keys = await generateKeys(keyType);
    const certificateSerialNumber = serial(this.random);
    const validFrom = request.validFrom ?? now;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: certificateSerialNumber,
      subject: subjectName(request),
      issuer: this.#issuer,
      notBefore: new Date(validFrom),
      notAfter: new Date(request.validTo ?? validFrom + LONGEST_VALIDITY_MS),
      publicKey: keys.publicKey,
      signingKey: this.signingKey,
      signingAlgorithm: SIGNING.EC,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          request.type === 'Authentication' ? x509.KeyUsageFlags.digitalSignature : x509.KeyUsageFlags.nonRepudiation,
          true,
        ),
      ],
    });
    return {
      type: request.type,
      certificateSerialNumber,
      certificatePem: certificate.toString('pem'),
      privateKeyPem: toKeyObject(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  revoke(serialNumber: string): void {
    this.#revoked.add(serialNumber);
  }

  isRevoked(serialNumber: string): boolean {
    return this.#revoked.has(serialNumber);
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

function subjectName({ nip, pesel, subjectName: name }: CertificateRequest): x509.JsonName {
  const common = [{ C: ['PL'] }, { CN: [name ?? 'Latarnik test subject'] }];
  if (nip !== undefined) return [...common, { O: [name ?? 'Latarnik test subject'] }, { '2.5.4.97': [`VATPL-${nip}`] }];
  return [...common, { '2.5.4.5': [`PNOPL-${pesel ?? ''}`] }];
}
