import type { BinaryLike } from 'node:crypto';
import { SignerUnavailableError } from '@latarnik/domain';
import { SignedXml, type SignatureAlgorithm } from 'xml-crypto';
import { keyAlgorithmOf } from '../key/key-algorithm.js';
import { signVerified, verifySignature } from '../key/key-signature.js';
import type { SigningKey } from '../key/software-keys.js';
import {
  ENVELOPED,
  EXCLUSIVE_C14N,
  qualifyingProperties,
  SHA256,
  SIGNATURE_ID,
  SIGNATURE_METHODS,
  SIGNED_PROPERTIES_ID,
  SIGNED_PROPERTIES_TYPE,
  x509Data,
} from './xades.js';

const REFERENCES = 2;

/**
 * Puts a XAdES-BES signature into the root of a document, as its last child (ksef-docs auth/podpis-xades.md: enveloped,
 * exclusive canonicalisation), and verifies the whole before it is handed out.
 *
 * @param properties SignedProperties
 * @throws SignerUnavailableError when what was made does not verify
 */
export function signEnveloped(key: SigningKey, xml: string, properties: string): string {
  const signed = signedXml(key);
  signed.objects = [{ content: qualifyingProperties(properties) }];
  signed.addReference({
    xpath: '/*',
    isEmptyUri: true,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: SHA256,
  });
  signed.addReference({
    xpath: `//*[@Id='${SIGNED_PROPERTIES_ID}']`,
    type: SIGNED_PROPERTIES_TYPE,
    transforms: [EXCLUSIVE_C14N],
    digestAlgorithm: SHA256,
  });
  signed.computeSignature(xml, { prefix: 'ds', attrs: { Id: SIGNATURE_ID } });
  const document = signed.getSignedXml();
  if (!verifies(key, document, signed.getSignatureXml())) {
    throw new SignerUnavailableError('the signature in the document does not verify');
  }
  return document;
}

function verifies(key: SigningKey, document: string, signature: string): boolean {
  const signed = signedXml(key);
  signed.loadSignature(signature);
  return signed.checkSignature(document) && signed.getSignedReferences().length === REFERENCES;
}

function signedXml(key: SigningKey): SignedXml {
  const algorithm = keyAlgorithmOf(key.privateKey);
  if (algorithm === undefined) throw new Error('a key of a kind that was never imported');
  const method = SIGNATURE_METHODS[algorithm];
  const signed = new SignedXml({
    privateKey: key.privateKey,
    publicCert: key.publicKey,
    signatureAlgorithm: method,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    getKeyInfoContent: () => x509Data(key.facts),
  });
  signed.SignatureAlgorithms = { [method]: algorithmOf(key, method) };
  return signed;
}

/** The one algorithm a document is signed and verified by; xml-crypto has no ECDSA of its own. */
function algorithmOf(key: SigningKey, method: string): new () => SignatureAlgorithm {
  return class {
    getSignature(signedInfo: BinaryLike): string {
      if (typeof signedInfo !== 'string') throw new Error('canonical XML is text');
      return signVerified(key, 'xml-signature', Buffer.from(signedInfo, 'utf8')).toString('base64');
    }

    verifySignature(material: string, _key: unknown, signatureValue: string): boolean {
      const signature = Buffer.from(signatureValue, 'base64');
      return verifySignature(key.publicKey, 'xml-signature', Buffer.from(material, 'utf8'), signature);
    }

    getAlgorithmName(): string {
      return method;
    }
  };
}
