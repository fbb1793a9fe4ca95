import { constants, createVerify, type KeyLike } from 'node:crypto';

import type { SignatureAlgorithm, SignedXml } from 'xml-crypto';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

/** Verifies only: the simulator never signs in a client's place. */
class Verifier implements SignatureAlgorithm {
  constructor(
    private readonly name: string,
    private readonly hash: string,
    private readonly scheme: 'rsa' | 'pss' | 'ecdsa',
  ) {}

  readonly getSignature = (): string => {
    throw new Error('the simulator does not sign');
  };

  readonly verifySignature = (material: string, key: KeyLike, signatureValue: string): boolean => {
    const verify = createVerify(this.hash).update(material);
    const signature = Buffer.from(signatureValue, 'base64');
    // xml-crypto hands over the key exactly as it was configured: the certificate in PEM.
    if (typeof key !== 'string') throw new TypeError('the key is not a certificate in PEM');
    const pem = key;
    if (this.scheme === 'ecdsa') return verify.verify({ key: pem, dsaEncoding: 'ieee-p1363' }, signature);
    if (this.scheme === 'rsa') return verify.verify(pem, signature);
    return verify.verify(
      { key: pem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
      signature,
    );
  };

  readonly getAlgorithmName = (): string => this.name;
}

/**
 * What a login may be signed with: RSA PKCS#1 v1.5, RSA-PSS or ECDSA (r‖s, RFC 4050), over SHA-256 or stronger.
 * SHA-1 and HMAC are not among them.
 */
const ALLOWED: readonly (readonly [name: string, hash: string, scheme: 'rsa' | 'pss' | 'ecdsa'])[] = [
  [`${MORE}rsa-sha256`, 'sha256', 'rsa'],
  [`${MORE}rsa-sha384`, 'sha384', 'rsa'],
  [`${MORE}rsa-sha512`, 'sha512', 'rsa'],
  ['http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', 'sha256', 'pss'],
  [`${MORE}ecdsa-sha256`, 'sha256', 'ecdsa'],
  [`${MORE}ecdsa-sha384`, 'sha384', 'ecdsa'],
  [`${MORE}ecdsa-sha512`, 'sha512', 'ecdsa'],
];

/** The algorithms of the table, in the form xml-crypto registers them. */
export function allowedSignatureAlgorithms(): SignedXml['SignatureAlgorithms'] {
  return Object.fromEntries(
    ALLOWED.map(([name, hash, scheme]) => [
      name,
      class extends Verifier {
        constructor() {
          super(name, hash, scheme);
        }
      },
    ]),
  );
}
