import { createCipheriv, createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeCertificate, NON_REPUDIATION, type MadeCertificate } from '../testing/certificates.js';
import { IN_PROCESS_READER, pemFile, pkcs12File } from '../testing/key-files.js';
import { everyText, shows } from '../testing/leaks.js';
import { encryptedPkcs8Of, pkcs12Of } from '../testing/pkcs12.js';
import { LARGEST_FILE_BYTES } from './limits.js';
import { readKeyFile } from './read-key-file.js';

const PASSWORD = 'CANARY-correct-horse';
/** Rounds are few, so that a changed number of them stays within seconds. */
const QUICK = { rounds: 1, macRounds: 1 };

let made: MadeCertificate;
let pkcs8: Buffer;
let p12: Uint8Array;
beforeAll(async () => {
  made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
  pkcs8 = createPrivateKey(made.keyPem).export({ format: 'der', type: 'pkcs8' });
  p12 = pkcs12Of({ certificates: [made.der], keys: [pkcs8], password: PASSWORD, ...QUICK });
});

const cut = (bytes: Uint8Array, part: number): Uint8Array => bytes.slice(0, Math.floor(part * bytes.length));
const fraction = () => fc.double({ min: 0, max: 0.999, noNaN: true });

describe('whatever a file holds, reading it ends in a pair or a refusal', () => {
  it('a PKCS#12 file cut off anywhere is refused', () => {
    fc.assert(
      fc.property(fraction(), (part) => {
        expect(readKeyFile(pkcs12File(cut(p12, part), PASSWORD))).toMatchObject({ ok: false });
      }),
      { numRuns: 300 },
    );
  });

  it('PEM cut off anywhere is refused', () => {
    fc.assert(
      fc.property(fraction(), fc.boolean(), (part, ofKey) => {
        const [certificate, key] = [made.certificatePem.trim(), made.keyPem.trim()];
        const short = (text: string) => text.slice(0, Math.floor(part * text.length));
        const file = ofKey ? pemFile(certificate, short(key)) : pemFile(short(certificate), key);
        expect(readKeyFile(file)).toMatchObject({ ok: false });
      }),
      { numRuns: 300 },
    );
  });

  it('a PKCS#12 file with bytes changed gives the same pair or a refusal, never another pair', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(p12);
          for (const [at, bits] of changes) bytes[at % bytes.length]! ^= bits;
          const outcome = readKeyFile(pkcs12File(bytes, PASSWORD));
          if (outcome.ok) expect(outcome.value).toMatchObject({ certificate: made.der, keyAlgorithm: 'ec-p256' });
          else expect(outcome.error.code).toMatch(/^[A-Z_]+$/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('bytes of any kind are refused, as either kind of file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(readKeyFile({ kind: 'pkcs12', bytes, password: new Uint8Array() })).toMatchObject({ ok: false });
        const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(bytes).toString('base64')}\n-----END PRIVATE KEY-----`;
        expect(readKeyFile(pemFile(made.certificatePem, pem))).toMatchObject({ ok: false });
        const certificate = pem.replaceAll('PRIVATE KEY', 'CERTIFICATE');
        expect(readKeyFile(pemFile(certificate, made.keyPem))).toMatchObject({ ok: false });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['definite lengths', (depth: number) => nested(depth)],
    ['lengths left open', (depth: number) => Buffer.alloc(2 * depth, Buffer.from('3080', 'hex'))],
    ['constructed octet strings', (depth: number) => Buffer.alloc(2 * depth, Buffer.from('2480', 'hex'))],
  ])('ASN.1 nested 60,000 deep (%s) is refused', (_how, make) => {
    const bytes = make(60_000).subarray(0, LARGEST_FILE_BYTES);
    const base64 = bytes.toString('base64');
    const pem = (label: string) => `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----`;

    expect(readKeyFile(pkcs12File(bytes, ''))).toMatchObject({ ok: false, error: { code: 'FILE_UNREADABLE' } });
    for (const file of [
      pemFile(pem('CERTIFICATE'), made.keyPem),
      pemFile(made.certificatePem, pem('ENCRYPTED PRIVATE KEY'), ''),
    ]) {
      expect(readKeyFile(file)).toMatchObject({ ok: false, error: { code: 'FILE_UNREADABLE' } });
    }
  });

  it('100,000 empty elements side by side are refused', () => {
    const body = Buffer.alloc(100_000, Buffer.from('0500', 'hex'));
    const bytes = Buffer.concat([Buffer.from('3083', 'hex'), Buffer.from([0x01, 0x86, 0xa0]), body]);

    expect(readKeyFile(pkcs12File(bytes, ''))).toMatchObject({ ok: false, error: { code: 'FILE_UNREADABLE' } });
  });

  it('10 MB of zeros, and a PEM with 10,000 certificates, are not even looked at', async () => {
    const tooLarge = { ok: false, error: { code: 'FILE_TOO_LARGE', largestBytes: 131_072 } };
    const many = made.certificatePem.repeat(10_000);

    expect(await IN_PROCESS_READER.read(pkcs12File(new Uint8Array(10_000_000), ''))).toEqual(tooLarge);
    expect(await IN_PROCESS_READER.read(pemFile(many, made.keyPem))).toEqual(tooLarge);
    expect(await IN_PROCESS_READER.read(pemFile(made.certificatePem, made.keyPem, 'x'.repeat(200_000)))).toEqual(
      tooLarge,
    );
  });

  it('as many blocks of PEM as fit are not all read', () => {
    const block = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n';
    for (const unit of [block, '-----BEGIN CERTIFICATE-----\n', '-----BEGIN ']) {
      const text = unit.repeat(Math.floor(LARGEST_FILE_BYTES / unit.length));
      expect(readKeyFile(pemFile(text, made.keyPem))).toEqual({
        ok: false,
        error: { code: 'FILE_TOO_COSTLY', limit: 'contents' },
      });
    }
  });
});

describe('an old-style encrypted key that holds an encrypted key again', () => {
  // One round is what a reader that peels both layers would take; the other number would keep it busy for an hour.
  it.each(
    ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'].flatMap((label) => [
      { label, rounds: 1 },
      { label, rounds: 2 ** 31 - 1 },
    ]),
  )('is refused (%j)', ({ label, rounds }) => {
    const inner = encryptedPkcs8Of(pkcs8, PASSWORD, rounds);
    const file = pemFile(made.certificatePem, oldStyle(label, inner), PASSWORD);

    expect(readKeyFile(file)).toMatchObject({ ok: false, error: { code: 'FILE_UNREADABLE', part: 'key' } });
  });

  it('is refused behind a block that another one hides in', () => {
    const inner = oldStyle('PRIVATE KEY', encryptedPkcs8Of(pkcs8, PASSWORD, 2 ** 31 - 1));
    const outer = `-----BEGIN RSA PRIVATE KEY-----junk\nDEK-Info: AES-128-CBC,00\n${inner}-----END RSA PRIVATE KEY-----\n`;

    expect(readKeyFile(pemFile(made.certificatePem, outer, PASSWORD))).toMatchObject({ ok: false });
  });
});

describe('an old-style encrypted key', () => {
  it.each([
    ['an initial value cut short', (pem: string) => pem.replace(/,[0-9A-F]+/, ',00112233')],
    ['an initial value of other letters', (pem: string) => pem.replace(/,[0-9A-F]{2}/, ',XY')],
    ['no line between header and body', (pem: string) => pem.replace('\n\n', '\n')],
    ['no Proc-Type', (pem: string) => pem.replace(/Proc-Type.*\n/, '')],
    ['no body', (pem: string) => pem.replace(/\n\n[^-]*/, '\n\n')],
  ])('with %s is refused', (_what, broken) => {
    const whole = oldStyle('PRIVATE KEY', pkcs8);

    expect(readKeyFile(pemFile(made.certificatePem, whole, PASSWORD))).toMatchObject({ ok: true });
    expect(readKeyFile(pemFile(made.certificatePem, broken(whole), PASSWORD))).toMatchObject({
      ok: false,
      error: { code: 'FILE_UNREADABLE', part: 'key' },
    });
  });
});

it('a plain label over an encrypted key is refused', () => {
  const pem = (label: string) =>
    `-----BEGIN ${label}-----\n${Buffer.from(encryptedPkcs8Of(pkcs8, PASSWORD, 1)).toString('base64')}\n-----END ${label}-----`;
  for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']) {
    expect(readKeyFile(pemFile(made.certificatePem, pem(label), PASSWORD))).toMatchObject({
      ok: false,
      error: { code: 'FILE_UNREADABLE', part: 'key' },
    });
  }
});

it('no refusal shows the password or the key', () => {
  const secrets = [
    Buffer.from(PASSWORD),
    Buffer.from(createPrivateKey(made.keyPem).export({ format: 'jwk' }).d!, 'base64url'),
  ];
  const files = [
    pkcs12File(p12, `${PASSWORD}!`),
    pkcs12File(cut(p12, 0.7), PASSWORD),
    pkcs12File(pkcs8, PASSWORD),
    pemFile(made.certificatePem, made.keyPem.replace(/\n.{8}/, '\nAAAAAAAA'), PASSWORD),
    pemFile(made.certificatePem, `${made.keyPem}${made.keyPem}`, PASSWORD),
    pemFile(made.keyPem, made.keyPem, PASSWORD),
    pemFile(made.certificatePem, made.keyPem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), PASSWORD),
  ];
  for (const file of files) {
    const outcome = readKeyFile(file);
    expect(outcome.ok).toBe(false);
    for (const secret of secrets) expect(shows(everyText(outcome), secret)).toBe(false);
  }
});

/** As OpenSSL wrote keys before PKCS#8: the key of the cipher is one MD5 of password and salt. */
function oldStyle(label: string, der: Uint8Array): string {
  const iv = randomBytes(16);
  const key = createHash('md5').update(PASSWORD).update(iv.subarray(0, 8)).digest();
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const body = Buffer.concat([cipher.update(der), cipher.final()])
    .toString('base64')
    .replace(/.{64}/g, '$&\n');
  const header = `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${iv.toString('hex').toUpperCase()}\n\n`;
  return `-----BEGIN ${label}-----\n${header}${body}\n-----END ${label}-----\n`;
}

/** Sequences in sequences, from the inside out, each with its length. */
function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(LARGEST_FILE_BYTES);
  let at = bytes.length;
  for (let level = 0; level < depth && at > 5; level++) {
    const length = bytes.length - at;
    const header =
      length < 0x80
        ? [0x30, length]
        : length < 0x10000
          ? [0x30, 0x82, length >> 8, length & 0xff]
          : [0x30, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
    at -= header.length;
    bytes.set(header, at);
  }
  return bytes.subarray(at);
}
