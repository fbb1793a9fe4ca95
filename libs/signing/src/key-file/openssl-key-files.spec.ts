import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect } from '@jest/globals';
import type { KeyFile } from '@latarnik/domain';
import { itWith, itWithOpenssl, ScratchFolder } from '../testing/commands.js';
import { pemFile, pkcs12File, summaryOf } from '../testing/key-files.js';
import { readKeyFile } from './read-key-file.js';

const PASSWORD = 'zażółć gęślą 🔑';
const itWithLegacyOpenssl = itWith('openssl', 'list', '-providers', '-provider', 'legacy');

/** What the OpenSSL command line makes; every command must end well. */
class OpensslFolder extends ScratchFolder {
  openssl(...args: readonly string[]): void {
    const { ok, output } = this.run('openssl', ...args);
    if (!ok) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  }

  read(name: string): Buffer {
    return readFileSync(`${this.path}/${name}`);
  }

  text(name: string): string {
    return this.read(name).toString('utf8');
  }

  /** `<name>.key` and a self-signed `<name>.crt`. */
  certify(name: string, key: readonly string[], usage = 'nonRepudiation'): void {
    const id = ['-subj', '/C=PL/O=Łódź/CN=Pieczęć', '-utf8', '-set_serial', '0x01F20A5D352AE590', '-days', '30'];
    const files = ['-nodes', '-keyout', `${name}.key`, '-out', `${name}.crt`];
    this.openssl('req', '-x509', '-newkey', ...key, ...id, ...files, '-addext', `keyUsage=critical,${usage}`);
  }

  /** @returns the PKCS#12 file of `<name>.key` and `<name>.crt` */
  pkcs12(name: string, options: readonly string[], password = PASSWORD): KeyFile {
    const files = ['-inkey', `${name}.key`, '-in', `${name}.crt`, '-out', `${name}.p12`];
    this.openssl('pkcs12', '-export', ...files, '-passout', `pass:${password}`, ...options);
    return pkcs12File(this.read(`${name}.p12`), password);
  }
}

const KINDS = [
  ['rsa', ['rsa:2048']],
  ['rsa', ['rsa:3072']],
  ['rsa', ['rsa:4096']],
  ['ec-p256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
] as const;

/** The pair is the one that OpenSSL made. */
function expectPair(folder: OpensslFolder, file: KeyFile): void {
  const outcome = readKeyFile(file);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const key = createPrivateKey({ key: Buffer.from(outcome.value.pkcs8), format: 'der', type: 'pkcs8' });
  expect(key.equals(createPrivateKey(folder.text('k.key')))).toBe(true);
  expect(Buffer.from(outcome.value.certificate)).toEqual(new X509Certificate(folder.text('k.crt')).raw);
}

describe.each(KINDS)('files by OpenSSL with a key of %s (%j)', (algorithm, key) => {
  const made = (): OpensslFolder => {
    const folder = new OpensslFolder();
    folder.certify('k', key);
    return folder;
  };

  itWithOpenssl()('PKCS#12, modern: AES-256, SHA-256', () => {
    using folder = made();
    expectPair(folder, folder.pkcs12('k', []));
    expectPair(folder, folder.pkcs12('k', ['-name', 'Zażółć', '-caname', 'CA']));
    expectPair(folder, folder.pkcs12('k', [], ''));
    expectPair(folder, folder.pkcs12('k', ['-keypbe', 'AES-128-CBC', '-certpbe', 'NONE', '-macalg', 'sha512']));
    expectPair(folder, folder.pkcs12('k', ['-keypbe', 'AES-192-CBC', '-certpbe', 'AES-192-CBC', '-nomac']));
    expectPair(folder, folder.pkcs12('k', ['-iter', '10000']));
    expect(summaryOf(readKeyFile(pkcs12File(folder.read('k.p12'), 'wrong')))).toBe('PASSWORD_WRONG');
  });

  itWithLegacyOpenssl('PKCS#12, legacy: RC2-40, RC2-128, 3DES, SHA-1', () => {
    using folder = made();
    const pbe = (keys: string, certificates: string) => ['-legacy', '-keypbe', keys, '-certpbe', certificates];
    expectPair(folder, folder.pkcs12('k', ['-legacy']));
    expectPair(folder, folder.pkcs12('k', ['-legacy'], ''));
    expectPair(folder, folder.pkcs12('k', pbe('PBE-SHA1-3DES', 'PBE-SHA1-3DES')));
    expectPair(folder, folder.pkcs12('k', pbe('PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-40')));
    expectPair(folder, folder.pkcs12('k', [...pbe('PBE-SHA1-3DES', 'PBE-SHA1-RC2-40'), '-nomac']));
    expect(summaryOf(readKeyFile(pkcs12File(folder.read('k.p12'), 'wrong')))).toBe('PASSWORD_WRONG');
    const rc4 = folder.pkcs12('k', pbe('PBE-SHA1-RC4-128', 'PBE-SHA1-RC2-40'));
    expect(readKeyFile(rc4)).toEqual({
      ok: false,
      error: { code: 'ENCRYPTION_NOT_SUPPORTED', found: '1.2.840.113549.1.12.1.1' },
    });
  });

  itWithOpenssl()('PEM: PKCS#8, its own form, encrypted in either', () => {
    using folder = made();
    const own = key[0].startsWith('rsa') ? 'rsa' : 'ec';
    const aes = ['-aes256', '-passout', `pass:${PASSWORD}`];
    const pkcs8 = (...options: string[]) => ['pkcs8', '-topk8', ...options, '-passout', `pass:${PASSWORD}`];
    const forms = [
      ['pkey', ...(own === 'rsa' ? ['-traditional'] : [])],
      own === 'rsa' ? [own, '-traditional'] : [own],
      own === 'rsa' ? [own, '-traditional', ...aes] : [own, ...aes],
      own === 'rsa' ? [own, '-traditional', '-des3', ...aes.slice(1)] : [own, '-des3', ...aes.slice(1)],
      pkcs8('-v2', 'aes-256-cbc'),
      pkcs8('-v2', 'des3', '-v2prf', 'hmacWithSHA1'),
      pkcs8('-v1', 'PBE-SHA1-3DES'),
      pkcs8('-scrypt'),
    ];
    for (const form of forms) {
      folder.openssl(...form, '-in', 'k.key', '-out', 'form.key');
      expectPair(folder, pemFile(folder.text('k.crt'), folder.text('form.key'), PASSWORD));
      const wrong = summaryOf(readKeyFile(pemFile(folder.text('k.crt'), folder.text('form.key'), 'wrong')));
      expect(wrong).toBe(folder.text('form.key').includes('ENCRYPTED') ? 'PASSWORD_WRONG' : algorithm);
    }
  });
});

describe('files by OpenSSL', () => {
  itWithOpenssl()('with a chain: the leaf is taken, wherever it stands', () => {
    using folder = new OpensslFolder();
    folder.certify('ca', ['rsa:2048'], 'keyCertSign');
    folder.certify('k', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    folder.openssl('req', '-new', '-key', 'k.key', '-subj', '/CN=leaf', '-out', 'k.csr');
    folder.write('ext', 'keyUsage=critical,digitalSignature\n');
    const signed = ['-in', 'k.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', '0x0A', '-extfile', 'ext'];
    folder.openssl('x509', '-req', ...signed, '-days', '30', '-out', 'k.crt');
    expectPair(folder, folder.pkcs12('k', ['-certfile', 'ca.crt']));
    folder.write('chain.crt', folder.text('ca.crt') + folder.text('k.crt'));
    folder.openssl('pkcs12', '-export', '-nokeys', '-in', 'chain.crt', '-out', 'c.p12', '-passout', 'pass:x');
    expect(summaryOf(readKeyFile(pkcs12File(folder.read('c.p12'), 'x')))).toBe('KEY_MISSING');
    expectPair(folder, pemFile(folder.text('chain.crt'), folder.text('k.key')));
  });

  itWithOpenssl()('with neither MAC nor encryption: as plain PEM, whatever the password', () => {
    using folder = new OpensslFolder();
    folder.certify('k', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    folder.pkcs12('k', ['-keypbe', 'NONE', '-certpbe', 'NONE', '-nomac']);
    expectPair(folder, pkcs12File(folder.read('k.p12'), PASSWORD));
    expectPair(folder, pkcs12File(folder.read('k.p12'), ''));
  });

  itWithOpenssl().each([
    ['rsa 1024', ['rsa:1024']],
    // Five primes: such a key is found in a tenth of the time.
    ['rsa 8192', ['rsa:8192', '-pkeyopt', 'rsa_keygen_primes:5']],
    ['ec secp384r1', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['ed25519', ['ed25519']],
  ])('%s is no key of KSeF', (found, key) => {
    using folder = new OpensslFolder();
    folder.certify('k', key);
    const error = { code: 'KEY_NOT_SUPPORTED', found };

    expect(readKeyFile(folder.pkcs12('k', []))).toEqual({ ok: false, error });
    expect(readKeyFile(pemFile(folder.text('k.crt'), folder.text('k.key')))).toEqual({ ok: false, error });
  });
});
