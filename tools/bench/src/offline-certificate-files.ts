import 'reflect-metadata';
import type { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM files of a certificate of type Offline (key usage non-repudiation) for a key, signed by the key itself. */
export async function offlineCertificateFiles(
  privateKey: KeyObject,
  publicKey: KeyObject,
): Promise<{ readonly certificate: Uint8Array; readonly key: Uint8Array }> {
  const algorithm =
    privateKey.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const keys: webcrypto.CryptoKeyPair = {
    privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
    publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
  };
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01F20A5D352AE590',
    name: 'C=PL, CN=Benchmark',
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.nonRepudiation, true)],
  });
  return {
    certificate: Buffer.from(certificate.toString('pem')),
    key: Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })),
  };
}
