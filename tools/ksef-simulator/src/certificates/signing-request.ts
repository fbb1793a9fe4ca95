import { createPublicKey, type KeyObject } from 'node:crypto';

import type { SubjectData } from '../core/login.js';
import { type ErrorCode, refuse } from '../core/refusals.js';
import { sha256Base64 } from '../crypto/hash.js';
import { x509 } from '../crypto/x509.js';
import { namesExactly } from './subject-data.js';

/** A checked PKCS#10 request. */
export interface SigningRequest {
  readonly subject: x509.Name;
  readonly publicKey: x509.PublicKey;
  /** SHA-256, Base64, of the public key (SubjectPublicKeyInfo). */
  readonly publicKeyId: string;
}

const RSA_BITS = 2048;
/** Signature algorithms and digests of OpenAPI, POST /certificates/enrollments. */
const SIGNATURES = ['RSASSA-PKCS1-v1_5', 'RSA-PSS', 'ECDSA'];
const DIGESTS = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Reads an application by the rules of certyfikaty-KSeF.md, section 3.
 * @param base64 PKCS#10, DER, padded Base64
 * @throws {KsefRefusal} 25004 unreadable or signature wrong, 25010 key, 25011 algorithm, 25003 other subject
 */
export async function readSigningRequest(base64: string, expected: SubjectData): Promise<SigningRequest> {
  const request = orRefuse(25004, () => parse(Buffer.from(base64, 'base64')));
  const spki = Buffer.from(request.publicKey.rawData);
  const key = orRefuse(25010, () => createPublicKey({ key: spki, format: 'der', type: 'spki' }));
  if (!isAllowedKey(key)) throw refuse(25010);
  // The library types it by way of the DOM, which is not there.
  const algorithm = orRefuse(25011, () => request.signatureAlgorithm as unknown as SignatureAlgorithm);
  if (!isAllowedSignature(algorithm)) throw refuse(25011);
  if (!(await isSigned(request))) throw refuse(25004);
  if (!namesExactly(request.subjectName, expected)) throw refuse(25003);
  return { subject: request.subjectName, publicKey: request.publicKey, publicKeyId: sha256Base64(spki) };
}

function parse(der: Buffer): x509.Pkcs10CertificateRequest {
  if (der[0] !== 0x30 || der.length !== derLength(der)) throw new Error('not one DER sequence');
  return new x509.Pkcs10CertificateRequest(new Uint8Array(der));
}

/** Length of the outermost DER value with its head; what follows it would be ignored by the parser. */
function derLength(der: Buffer): number {
  const first = der[1] ?? 0;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  return octets === 0 || octets > 4 || der.length < 2 + octets ? 0 : 2 + octets + der.readUIntBE(2, octets);
}

function isAllowedKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return asymmetricKeyDetails?.modulusLength === RSA_BITS;
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

interface SignatureAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
}

/** An algorithm without a digest of its own (Ed25519) is none of them. */
function isAllowedSignature({ name, hash }: SignatureAlgorithm): boolean {
  return SIGNATURES.includes(name) && DIGESTS.includes(hash?.name ?? '');
}

/** Proof of possession: the request is signed with the key it names. An algorithm of another kind of key is no proof. */
async function isSigned(request: x509.Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

function orRefuse<T>(code: ErrorCode, read: () => T): T {
  try {
    return read();
  } catch {
    throw refuse(code);
  }
}
