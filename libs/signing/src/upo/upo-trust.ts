import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { readCertificate } from '../certificate/certificate-facts.js';

/** A certificate that may have signed a UPO, and is trusted for that. */
export interface UpoSigner {
  readonly publicKey: KeyObject;
  readonly subject: string;
  /** SHA-256 of the certificate, Base64. */
  readonly sha256: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

export interface UpoTrustOptions {
  /** PEM: certificates that sign UPOs, and authorities that issue them. */
  readonly certificatesPem: string;
  /**
   * A line of the subject that a certificate issued by one of the authorities must have, such as
   * `O=Ministerstwo Finansów`: a public authority issues to anybody. Needed when there is an authority.
   */
  readonly signerSubject?: string;
}

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** Key usages with which a certificate may sign documents (RFC 5280 4.2.1.3). */
const SIGNING_USAGES = ['digitalSignature', 'nonRepudiation'];
const LEAST_RSA_BITS = 2048;

/**
 * Whose signature on a UPO counts: certificates that the operator named, and those that a named authority issued to the
 * named subject. What a document brings along in KeyInfo is only looked up here, never believed (reliability S12).
 */
export class UpoTrust {
  readonly #signers: readonly X509Certificate[];
  readonly #authorities: readonly X509Certificate[];
  readonly #subject: string | undefined;

  /** @throws Error when there is no certificate, or an authority without the subject it vouches for */
  constructor({ certificatesPem, signerSubject }: UpoTrustOptions) {
    const certificates = (certificatesPem.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    if (certificates.length === 0) throw new Error('no certificate to trust for UPOs');
    this.#signers = certificates.filter(({ ca }) => !ca);
    this.#authorities = certificates.filter(({ ca }) => ca);
    if (this.#authorities.length > 0 && signerSubject === undefined) {
      throw new Error('an authority is trusted for UPOs only together with the subject of those who sign them');
    }
    this.#subject = signerSubject;
  }

  /**
   * The trusted signer whose certificate has this digest; `undefined` when nobody here is.
   * @param digest of the certificate that the signed properties name
   * @param carried certificates in the document (DER)
   */
  signerWith(
    digest: { readonly hash: string; readonly value: Buffer },
    carried: readonly Uint8Array[],
  ): UpoSigner | undefined {
    const isNamed = ({ raw }: X509Certificate): boolean =>
      createHash(digest.hash).update(raw).digest().equals(digest.value);
    const named =
      this.#signers.find(isNamed) ?? carried.flatMap(readable).find((each) => isNamed(each) && this.#issued(each));
    return named === undefined ? undefined : signerOf(named);
  }

  #issued(certificate: X509Certificate): boolean {
    if (certificate.ca || !certificate.subject.split('\n').includes(this.#subject ?? '')) return false;
    if (!readCertificate(certificate.raw).keyUsage.some((usage) => SIGNING_USAGES.includes(usage))) return false;
    return this.#authorities.some(
      (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
    );
  }
}

function readable(der: Uint8Array): readonly X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    // What cannot be read signed nothing.
    return [];
  }
}

function signerOf(certificate: X509Certificate): UpoSigner | undefined {
  const { publicKey } = certificate;
  const isWeak =
    publicKey.asymmetricKeyType === 'rsa' && (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS;
  if (isWeak) return undefined;
  return {
    publicKey,
    subject: certificate.subject.replaceAll('\n', ', '),
    sha256: createHash('sha256').update(certificate.raw).digest('base64'),
    validFrom: certificate.validFromDate,
    validTo: certificate.validToDate,
  };
}
