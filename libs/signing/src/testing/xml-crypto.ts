import { verify, X509Certificate, type BinaryLike } from 'node:crypto';
import { SignedXml, type SignatureAlgorithm } from 'xml-crypto';

/** ECDSA as XML signatures write it, which xml-crypto lacks. */
class EcdsaSha256 implements SignatureAlgorithm {
  getSignature(_signedInfo: BinaryLike): string {
    throw new Error('for verifying only');
  }

  verifySignature(material: string, key: unknown, signatureValue: string): boolean {
    const { publicKey } = new X509Certificate(String(key));
    const signature = Buffer.from(signatureValue, 'base64');
    return verify('sha256', Buffer.from(material), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }

  getAlgorithmName(): string {
    return 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
  }
}

/**
 * Verifies with xml-crypto: the signature as found in one text, its references resolved by Id in another.
 *
 * @returns the canonical texts it found signed; empty when the signature is not valid
 */
export function signedByXmlCrypto(document: string, signature: string, certificatePem: string): readonly string[] {
  const signed = new SignedXml({ publicCert: certificatePem });
  signed.SignatureAlgorithms['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'] = EcdsaSha256;
  signed.loadSignature(signature);
  try {
    return signed.checkSignature(document) ? signed.getSignedReferences() : [];
  } catch {
    return [];
  }
}
