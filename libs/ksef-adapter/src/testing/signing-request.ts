import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';

import type { EnrolmentData } from '@latarnik/domain';
import * as x509 from '@peculiar/x509';

const OIDS = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  organizationName: '2.5.4.10',
  givenName: '2.5.4.42',
  uniqueIdentifier: '2.5.4.45',
  organizationIdentifier: '2.5.4.97',
} as const satisfies Record<keyof EnrolmentData, string>;

/** A PKCS#10 request for exactly these data, signed with a fresh EC key. */
export async function signingRequest(data: EnrolmentData): Promise<{ csr: Uint8Array; privateKeyPem: string }> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const names = Object.entries(data).map(([key, value]) => ({
    [OIDS[key as keyof EnrolmentData]]: [{ utf8String: value as string }],
  }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: new x509.Name(names).toString(), keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } },
    webcrypto as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[1],
  );
  return {
    csr: new Uint8Array(request.rawData),
    privateKeyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
