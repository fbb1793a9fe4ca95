import { createHash } from 'node:crypto';
import { hashToBase64, type EvidenceSubject } from '@latarnik/domain';
import { signWith } from '../key/key-signature.js';
import type { SigningKey } from '../key/signing-key.js';
import { canonicalAttribute } from './canonical-text.js';
import {
  digestMethod,
  DS,
  EXCLUSIVE_C14N,
  qualifyingProperties,
  SIGNATURE_ID,
  SIGNATURE_METHODS,
  SIGNED_PROPERTIES_ID,
  SIGNED_PROPERTIES_TYPE,
  signedProperties,
  x509Data,
} from './xades.js';

const INVOICE_REFERENCE_ID = 'Invoice';
const INVOICE_MIME_TYPE = 'application/xml';
const LONGEST_FILE_NAME_CHARACTERS = 255;

/**
 * A detached XAdES-BES signature over a file, by name and digest of its bytes as they are: no transforms, so that
 * nothing but the exact bytes verifies.
 *
 * The two parts that are digested and signed are put together as text that already is their exclusive canonical form,
 * and stand in the document unchanged, down to the namespace declarations. That is why they are written out here and
 * not printed from a tree, which is also many times faster; tests hold them to two canonicalisers.
 *
 * @throws SignerUnavailableError when the key cannot be used now, or what it signs does not verify with the certificate
 */
export async function evidenceDocument(
  key: SigningKey,
  { fileName, hash, signingTime }: EvidenceSubject,
): Promise<Uint8Array> {
  const properties = signedProperties(key.facts, signingTime, {
    referenceId: INVOICE_REFERENCE_ID,
    mimeType: INVOICE_MIME_TYPE,
  });
  const signedInfo = signedInfoOf(
    SIGNATURE_METHODS[key.algorithm],
    fileReference(fileName),
    hashToBase64(hash),
    properties,
  );
  const signature = (await signWith(key, 'xml-signature', Buffer.from(signedInfo, 'utf8'))).toString('base64');
  return new TextEncoder().encode(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<ds:Signature xmlns:ds="${DS}" Id="${SIGNATURE_ID}">${signedInfo}` +
      `<ds:SignatureValue>${signature}</ds:SignatureValue><ds:KeyInfo>${x509Data(key.facts)}</ds:KeyInfo>` +
      `<ds:Object>${qualifyingProperties(properties)}</ds:Object></ds:Signature>\n`,
  );
}

/**
 * The name as a relative reference (RFC 3986): a colon, a slash or a hash sign in it must not make it another address.
 *
 * @throws Error when the name is not that of a file in the same folder
 */
export function fileReference(fileName: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  const isPath = fileName === '.' || fileName === '..' || /[/\\\u0000-\u001f]/.test(fileName);
  if (isPath || fileName === '' || fileName.length > LONGEST_FILE_NAME_CHARACTERS) {
    throw new Error('evidence speaks of a file by a plain name, of 1 to 255 characters');
  }
  return encodeURIComponent(fileName);
}

function signedInfoOf(signatureMethod: string, uri: string, fileDigest: string, properties: string): string {
  return (
    `<ds:SignedInfo xmlns:ds="${DS}">` +
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${signatureMethod}"></ds:SignatureMethod>` +
    `<ds:Reference Id="${INVOICE_REFERENCE_ID}" URI="${canonicalAttribute(uri)}">` +
    `${digestMethod()}<ds:DigestValue>${fileDigest}</ds:DigestValue></ds:Reference>` +
    `<ds:Reference Type="${SIGNED_PROPERTIES_TYPE}" URI="#${SIGNED_PROPERTIES_ID}">` +
    `<ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>` +
    `${digestMethod()}<ds:DigestValue>${sha256(properties)}</ds:DigestValue></ds:Reference></ds:SignedInfo>`
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('base64');
