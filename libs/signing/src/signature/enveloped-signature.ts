import type { BinaryLike } from 'node:crypto';
import { SignerUnavailableError } from '@latarnik/domain';
import { SignedXml, type ErrorFirstCallback, type SignatureAlgorithm } from 'xml-crypto';
import { signWith, verifySignature } from '../key/key-signature.js';
import type { SigningKey } from '../key/signing-key.js';
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
 * @throws SignerUnavailableError when the key cannot be used now, or what was made does not verify
 */
export async function signEnveloped(key: SigningKey, xml: string, properties: string): Promise<string> {
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
  await computed(signed, xml);
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

async function computed(signed: SignedXml, xml: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  signed.computeSignature(xml, { prefix: 'ds', attrs: { Id: SIGNATURE_ID } }, (error) => {
    if (error === null) resolve(undefined);
    else reject(error);
  });
  await promise;
}

function signedXml(key: SigningKey): SignedXml {
  const method = SIGNATURE_METHODS[key.algorithm];
  const { publicKey } = key.facts;
  const signed = new SignedXml({
    // xml-crypto wants to see a key before it asks the algorithm below, which has its own.
    privateKey: publicKey,
    publicCert: publicKey,
    signatureAlgorithm: method,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    getKeyInfoContent: () => x509Data(key.facts),
  });
  signed.SignatureAlgorithms = { [method]: algorithmOf(key, method) };
  return signed;
}

/** The one algorithm a document is signed and verified by; xml-crypto has no ECDSA of its own. */
function algorithmOf(key: SigningKey, method: string): new () => SignatureAlgorithm {
  return class implements SignatureAlgorithm {
    getSignature(signedInfo: BinaryLike, _key: unknown): string;
    getSignature(signedInfo: BinaryLike, _key: unknown, done?: ErrorFirstCallback<string>): void;
    getSignature(signedInfo: BinaryLike, _key: unknown, done?: ErrorFirstCallback<string>): string {
      if (typeof signedInfo !== 'string' || done === undefined)
        throw new Error('canonical XML is text, signed in time');
      signWith(key, 'xml-signature', Buffer.from(signedInfo, 'utf8'))
        .then((signature) => {
          done(null, signature.toString('base64'));
        })
        .catch((error: unknown) => {
          done(error instanceof Error ? error : new Error('not an error object'));
        });
      return '';
    }

    verifySignature(material: string, _key: unknown, signatureValue: string): boolean {
      const signature = Buffer.from(signatureValue, 'base64');
      return verifySignature(key.facts.publicKey, 'xml-signature', Buffer.from(material, 'utf8'), signature);
    }

    getAlgorithmName(): string {
      return method;
    }
  };
}
