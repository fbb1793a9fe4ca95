import type { WorkFolder } from './commands.js';

/** What OpenSSL reads out of a certificate file. */
export interface ReadCertificate {
  /** Upper-case hexadecimal digits, 16 of them at least. */
  readonly serial: string;
  readonly publicKeyPem: string;
  /** In OpenSSL's words: `Public-Key: (256 bit)` and more. */
  readonly keyText: string;
  /** In OpenSSL's words, such as `Non Repudiation`. */
  readonly keyUsage: string;
}

/** @param der Base64, as an XML signature carries it; the certificate is written to `file` as PEM */
export function readCertificate(folder: WorkFolder, file: string, der: string): ReadCertificate {
  const lines = der.replace(/\s/g, '').match(/.{1,64}/g) ?? [];
  folder.write(file, ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'));
  const read = (...options: string[]): string => folder.output('openssl', ['x509', '-in', file, '-noout', ...options]);
  const publicKeyPem = read('-pubkey');
  folder.write('public.pem', publicKeyPem);
  return {
    serial: (/^serial=([0-9A-F]+)$/m.exec(read('-serial'))?.[1] ?? '').padStart(16, '0'),
    publicKeyPem,
    keyText: folder.output('openssl', ['pkey', '-pubin', '-in', 'public.pem', '-text', '-noout']),
    keyUsage: (/Key Usage: critical\n *(.+)/.exec(read('-ext', 'keyUsage'))?.[1] ?? '').trim(),
  };
}

/** SHA-256 of a file. */
export function sha256Of(folder: WorkFolder, file: string): Buffer {
  const hex = /^[0-9a-f]{64}/.exec(folder.output('openssl', ['dgst', '-sha256', '-r', file]))?.[0] ?? '';
  return Buffer.from(hex, 'hex');
}

/**
 * Whether OpenSSL finds the signature good for the text.
 * RSA: PSS with MGF1 of SHA-256 and a salt of exactly 32 bytes. EC: two halves of 32 bytes (IEEE P1363).
 * @see domain-rules 3.3, ksef-docs kody-qr.md
 */
export function opensslAccepts(
  folder: WorkFolder,
  { publicKeyPem }: ReadCertificate,
  keyType: 'EC' | 'RSA',
  text: string,
  signature: Uint8Array,
): boolean {
  folder.write('public.pem', publicKeyPem);
  folder.write('text', text);
  folder.write('signature', signature);
  if (keyType === 'EC') derOfP1363(folder, signature);
  const pss = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:32', 'rsa_mgf1_md:sha256'].flatMap((one) => ['-sigopt', one]);
  const options = ['-sha256', '-verify', 'public.pem', '-signature', 'signature', ...(keyType === 'RSA' ? pss : [])];
  const { ok, stdout, stderr } = folder.run('openssl', ['dgst', ...options, 'text']);
  if (ok !== stdout.includes('Verified OK')) throw new Error(`${stdout}${stderr}`);
  return ok;
}

/** Lets OpenSSL write the ECDSA-Sig-Value of X9.62 in the place of the two halves. */
function derOfP1363(folder: WorkFolder, signature: Uint8Array): void {
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)].map((half) => Buffer.from(half).toString('hex'));
  folder.write('ecdsa.cnf', `asn1=SEQUENCE:sig\n[sig]\nr=INTEGER:0x${r ?? ''}\ns=INTEGER:0x${s ?? ''}\n`);
  folder.output('openssl', ['asn1parse', '-genconf', 'ecdsa.cnf', '-noout', '-out', 'signature']);
}
