import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { itWith, WorkFolder } from './testing/commands.js';
import { opensslAccepts, readCertificate, sha256Of, type ReadCertificate } from './testing/openssl.js';
import { runningSystem } from './testing/running-system.js';
import { AUTHORITY_FILE, fileOf, takeAllOut, type Left, type LeftOffline, type WhatLeft } from './testing/what-left.js';
import { FA3_SCHEMA, misfits, textsOf } from './testing/xmllint.js';

const HOST = 'qr-test.ksef.mf.gov.pl';
const UPO_SCHEMA = process.env['KSEF_UPO_XSD'];

/** Everything is taken out of one running system first, and judged when nothing of it runs any more. */
describe('what leaves the product, judged by tools that nobody here wrote', () => {
  const folder = new WorkFolder();
  let taken: WhatLeft;
  let offline: readonly LeftOffline[];
  beforeAll(async () => {
    const system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    try {
      taken = await takeAllOut(system, folder);
    } finally {
      await system.stop();
    }
    offline = taken.invoices.filter((left): left is LeftOffline => left.keyType !== undefined);
  });
  afterAll(() => {
    folder[Symbol.dispose]();
  });

  /** The same question about each, answers by example and number: a failure names the invoice. */
  const of = <L extends Left, T>(lefts: readonly L[], ask: (left: L) => T): Record<string, T> =>
    Object.fromEntries(lefts.map((left) => [`${left.example.file} ${left.issued.number}`, ask(left)]));

  /** Read once each: it takes OpenSSL several runs. */
  const certificates = new Map<string, ReadCertificate>();
  const certificateOf = (left: LeftOffline): ReadCertificate => {
    const known = certificates.get(left.issued.id);
    if (known !== undefined) return known;
    const { der } = textsOf(folder, fileOf(left, 'evidence.xml'), { der: 'X509Certificate' });
    const read = readCertificate(folder, signerFile(left), der);
    certificates.set(left.issued.id, read);
    return read;
  };

  it('is enough to judge: invoices of every example, signed with EC and with RSA keys, and some issued online', () => {
    expect(offline.filter(({ keyType }) => keyType === 'EC').length).toBeGreaterThanOrEqual(10);
    expect(offline.filter(({ keyType }) => keyType === 'RSA').length).toBeGreaterThanOrEqual(10);
    expect(of(offline, ({ issued }) => issued.mode)).toEqual(of(offline, () => 'offline24'));
    const online = taken.invoices.filter(({ keyType }) => keyType === undefined);
    expect(online.map(({ issued }) => issued.mode)).toEqual(['online', 'online']);
    expect(new Set(taken.invoices.map(({ sent }) => sent.sessionReferenceNumber)).size).toBeGreaterThanOrEqual(2);
  });

  it('keeps its bytes: those taken after KSeF had the invoice are those of before, and of the XML sent in', () => {
    const { invoices } = taken;
    const same = (left: Left): boolean =>
      folder.read(fileOf(left, 'xml')).equals(folder.read(fileOf(left, 'xml.sent')));
    expect(of(invoices, same)).toEqual(of(invoices, () => true));
    const asXml = invoices.filter(({ example }) => example.contentType === 'application/xml');
    const kept = (left: Left): boolean => folder.read(fileOf(left, 'xml')).equals(Buffer.from(left.example.body));
    expect(of(asXml, kept)).toEqual(of(asXml, () => true));
  });

  itWith('xmllint')('is FA(3), says xmllint, which notices when it is not', () => {
    const files = taken.invoices.map((left) => fileOf(left, 'xml'));
    expect(misfits(folder, FA3_SCHEMA, files)).toEqual({});

    const text = folder.read(files[0] ?? '').toString('utf8');
    folder.write('wrong.xml', text.replace(/<KodWaluty>[^<]*/, '<KodWaluty>ZŁOTY'));
    expect(misfits(folder, FA3_SCHEMA, ['wrong.xml'])['wrong.xml']).toContain('KodWaluty');
  });

  itWith('openssl')('has the digest that OpenSSL finds, in the answer and in both links', () => {
    const { invoices } = taken;
    const digest = (left: Left): Buffer => sha256Of(folder, fileOf(left, 'xml'));
    expect(of(invoices, ({ issued }) => issued.sha256)).toEqual(
      of(invoices, (left) => digest(left).toString('base64')),
    );
    expect(of(invoices, ({ issued }) => issued.codes.invoice.url.split('/')[6])).toEqual(
      of(invoices, (left) => digest(left).toString('base64url')),
    );
    expect(of(offline, ({ issued }) => issued.codes.certificate?.url.split('/')[8])).toEqual(
      of(offline, (left) => digest(left).toString('base64url')),
    );
    expect(of(invoices, ({ sent }) => [sent.sha256, sent.codes.invoice.url, sent.codes.certificate?.url])).toEqual(
      of(invoices, ({ issued }) => [issued.sha256, issued.codes.invoice.url, issued.codes.certificate?.url]),
    );
  });

  itWith('openssl', 'xmllint')('has links made of what its XML says and of the certificate in its evidence', () => {
    const { invoices } = taken;
    const sellerAndDay = (left: Left): { readonly nip: string; readonly day: string } =>
      textsOf(folder, fileOf(left, 'xml'), { nip: 'Podmiot1/DaneIdentyfikacyjne/NIP', day: 'Fa/P_1' });
    expect(of(invoices, ({ issued }) => issued.codes.invoice.url)).toEqual(
      of(invoices, (left) => {
        const { nip, day } = sellerAndDay(left);
        const [year, month, dayOfMonth] = day.split('-');
        const hash = sha256Of(folder, fileOf(left, 'xml')).toString('base64url');
        return ['https:/', HOST, 'invoice', nip, [dayOfMonth, month, year].join('-'), hash].join('/');
      }),
    );
    expect(of(offline, ({ issued }) => unsigned(issued.codes.certificate?.url))).toEqual(
      of(offline, (left) => {
        const { type, value } = left.issued.context;
        const hash = sha256Of(folder, fileOf(left, 'xml')).toString('base64url');
        return [HOST, 'certificate', type, value, sellerAndDay(left).nip, certificateOf(left).serial, hash].join('/');
      }),
    );
    expect(of(offline, ({ issued }) => issued.certificateSerial)).toEqual(
      of(offline, (left) => certificateOf(left).serial),
    );
  });

  itWith('openssl', 'xmllint')('is signed with certificates of type Offline of that authority, one EC, one RSA', () => {
    const facts = of(offline, (left) => {
      const { serial, keyText, keyUsage } = certificateOf(left);
      const verified = folder.run('openssl', ['verify', '-CAfile', AUTHORITY_FILE, signerFile(left)]);
      const key = /Public-Key: \((\d+) bit\)/.exec(keyText)?.[1];
      const curve = /NIST CURVE: (.*)/.exec(keyText)?.[1];
      return { serial: /^[0-9A-F]{16}$/.test(serial), ok: verified.ok || verified.stderr, key, curve, keyUsage };
    });
    const expected = of(offline, ({ keyType }) => ({
      serial: true,
      ok: true,
      key: keyType === 'EC' ? '256' : '2048',
      curve: keyType === 'EC' ? 'P-256' : undefined,
      keyUsage: 'Non Repudiation',
    }));
    expect(facts).toEqual(expected);
    expect(new Set(offline.map((left) => certificateOf(left).serial)).size).toBe(2);
  });

  itWith('xmlsec1')('has evidence that xmlsec1 verifies beside the XML, and not when one byte of it is another', () => {
    const idAttribute = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    const verdict = (evidence: string, ...trust: string[]): string => {
      const { ok, stdout, stderr } = folder.run('xmlsec1', ['--verify', ...trust, ...idAttribute, evidence]);
      const references = /SignedInfo References \(ok\/all\): (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? '';
      return ok ? `good, ${references} references` : 'bad';
    };
    const atEach = (left: LeftOffline): readonly string[] => {
      const bytes = folder.read(fileOf(left, 'xml'));
      const verdictNow = (): string => verdict(fileOf(left, 'evidence.xml'), '--trusted-pem', AUTHORITY_FILE);
      const said = [verdictNow()];
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
        folder.write(fileOf(left, 'xml'), Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))));
        said.push(verdictNow());
      }
      folder.write(fileOf(left, 'xml'), bytes);
      return [...said, verdictNow()];
    };

    const good = 'good, 2/2 references';
    expect(of(offline, atEach)).toEqual(of(offline, () => [good, 'bad', 'bad', 'bad', good]));
    expect(of(offline, (left) => verdict(fileOf(left, 'evidence.xml')))).toEqual(of(offline, () => 'bad'));
  });

  itWith('openssl', 'xmllint')(
    'has KOD II that OpenSSL verifies, and not when any of its characters is another',
    () => {
      const tried = of(offline, (left) => {
        const url = left.issued.codes.certificate?.url ?? '';
        const [text, signature] = [unsigned(url), url.split('/').at(-1) ?? ''];
        const certificate = certificateOf(left);
        const accepts = (ofText: string, by: string): boolean =>
          opensslAccepts(folder, certificate, left.keyType, ofText, Buffer.from(by, 'base64url'));
        const middle = Math.floor(signature.length / 2);
        return {
          form: /^[A-Za-z0-9_-]+$/.test(signature) ? signature.length : signature,
          asItIs: accepts(text, signature),
          withScheme: accepts(`https://${text}`, signature),
          otherText: [0, Math.floor(text.length / 2), text.length - 1].map((at) => accepts(other(text, at), signature)),
          otherSignature: [1, middle].map((at) => accepts(text, other(signature, at))),
        };
      });
      expect(tried).toEqual(
        of(offline, ({ keyType }) => ({
          form: keyType === 'EC' ? 86 : 342,
          asItIs: true,
          withScheme: false,
          otherText: [false, false, false],
          otherSignature: [false, false],
        })),
      );
    },
  );

  /** Only QR codes: among hundreds of random modules zbarimg now and then sees a bar code of another kind as well. */
  const readByZbar = (files: readonly string[]): readonly string[] => {
    const onlyQr = ['-Sdisable', '-Sqrcode.enable'];
    return folder
      .output('zbarimg', ['--raw', '--quiet', '--nodbus', ...onlyQr, ...files])
      .trimEnd()
      .split('\n');
  };

  itWith('zbarimg')('has images in which zbarimg reads the links, before and after KSeF had it', () => {
    const { invoices } = taken;
    expect(readByZbar(invoices.map((left) => fileOf(left, 'invoice.png')))).toEqual(
      invoices.map(({ issued }) => issued.codes.invoice.url),
    );
    expect(readByZbar(offline.map((left) => fileOf(left, 'invoice.offline.png')))).toEqual(
      offline.map(({ issued }) => issued.codes.invoice.url),
    );
    expect(readByZbar(offline.map((left) => fileOf(left, 'certificate.png')))).toEqual(
      offline.map(({ issued }) => issued.codes.certificate?.url),
    );
    const redrawn = (left: LeftOffline): boolean =>
      !folder.read(fileOf(left, 'invoice.png')).equals(folder.read(fileOf(left, 'invoice.offline.png')));
    expect(of(offline, redrawn)).toEqual(of(offline, () => true));
  });

  itWith('rsvg-convert', 'zbarimg')('has SVG images that librsvg draws and zbarimg reads', () => {
    const drawn = (left: Left, file: 'invoice.svg' | 'certificate.svg'): string => {
      const svg = fileOf(left, file);
      folder.output('rsvg-convert', ['--dpi-x', '192', '--dpi-y', '192', '--output', `${svg}.png`, svg]);
      return `${svg}.png`;
    };
    expect(readByZbar(taken.invoices.map((left) => drawn(left, 'invoice.svg')))).toEqual(
      taken.invoices.map(({ issued }) => issued.codes.invoice.url),
    );
    expect(readByZbar(offline.map((left) => drawn(left, 'certificate.svg')))).toEqual(
      offline.map(({ issued }) => issued.codes.certificate?.url),
    );
  });

  itWith('xmllint')('is labelled OFFLINE and CERTYFIKAT, and by the KSeF number once there is one', () => {
    const label = (left: Left, file: Parameters<typeof fileOf>[1]): string =>
      textsOf(folder, fileOf(left, file), { label: 'svg/text' }).label;
    const { invoices } = taken;
    const numbers = of(invoices, ({ sent }) => sent.ksefNumber);
    expect(of(invoices, ({ issued }) => issued.codes.invoice.label)).toEqual(of(invoices, () => 'OFFLINE'));
    expect(of(offline, (left) => label(left, 'invoice.offline.svg'))).toEqual(of(offline, () => 'OFFLINE'));
    expect(of(invoices, ({ sent }) => sent.codes.invoice.label)).toEqual(numbers);
    expect(of(invoices, (left) => label(left, 'invoice.svg'))).toEqual(numbers);
    expect(of(offline, ({ sent }) => sent.codes.certificate?.label)).toEqual(of(offline, () => 'CERTYFIKAT'));
    expect(of(offline, (left) => label(left, 'certificate.svg'))).toEqual(of(offline, () => 'CERTYFIKAT'));
  });

  it('has KSeF numbers of the seller and the day, whose last digits are the CRC-8 of the rest, no two the same', () => {
    const { invoices } = taken;
    const parts = of(invoices, ({ sent }) => {
      const [, nip, day, , check] = /^(\d{10})-(\d{8})-([0-9A-F]{12})-([0-9A-F]{2})$/.exec(sent.ksefNumber ?? '') ?? [];
      return { nip, day, check };
    });
    expect(parts).toEqual(
      of(invoices, ({ sent }) => ({
        nip: sent.sellerNip,
        day: warsawDay(sent.acquisitionDate ?? '').replaceAll('-', ''),
        check: crc8((sent.ksefNumber ?? '').slice(0, 32)),
      })),
    );
    expect(new Set(invoices.map(({ sent }) => sent.ksefNumber)).size).toBe(invoices.length);
  });

  itWith('xmllint')('has an UPO that names its number, digest and session', () => {
    const { invoices } = taken;
    const named = of(invoices, (left) =>
      textsOf(folder, fileOf(left, 'upo.xml'), {
        session: 'Potwierdzenie/NumerReferencyjnySesji',
        ksefNumber: 'Dokument/NumerKSeFDokumentu',
        digest: 'Dokument/SkrotDokumentu',
        number: 'Dokument/NumerFaktury',
        seller: 'Dokument/NipSprzedawcy',
        issueDate: 'Dokument/DataWystawieniaFaktury',
        mode: 'Dokument/TrybWysylki',
      }),
    );
    expect(named).toEqual(
      of(invoices, ({ sent, keyType }) => ({
        session: sent.sessionReferenceNumber,
        ksefNumber: sent.ksefNumber,
        digest: sent.sha256,
        number: sent.number,
        seller: sent.sellerNip,
        issueDate: sent.issueDate,
        mode: keyType === undefined ? 'Online' : 'Offline',
      })),
    );
  });

  const itWithUpoSchema = UPO_SCHEMA !== undefined && existsSync(UPO_SCHEMA) ? itWith('xmllint') : it.skip;
  if (itWithUpoSchema === it.skip) console.warn('No UPO is validated: KSEF_UPO_XSD names no file, or no xmllint');
  itWithUpoSchema('has an UPO that fits the official schema, says xmllint', () => {
    // The schema has no place for the signature, which is put in on top.
    const files = taken.invoices.map((left) => {
      const signed = folder.read(fileOf(left, 'upo.xml')).toString('utf8');
      expect(signed).toContain('<ds:Signature ');
      const name = `unsigned-${fileOf(left, 'upo.xml')}`;
      folder.write(name, signed.replace(/<ds:Signature .*<\/ds:Signature>/s, ''));
      return name;
    });
    expect(misfits(folder, UPO_SCHEMA ?? '', files)).toEqual({});
  });

  it('is described by valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(taken.openApi))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const { info: _info, ...headless } = taken.openApi;
    expect(await new Validator().validate(headless)).toMatchObject({ valid: false });
  });

  it('answers what that description says', () => {
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    addFormats.default(ajv);
    const findings = taken.answers.map(({ method, path, status, json }) => {
      const schema = answerSchema(taken.openApi, path, method, status);
      return { method, path, status, errors: ajv.validate(schema, json) ? [] : (ajv.errors ?? []) };
    });
    expect(findings.filter(({ errors }) => errors.length > 0)).toEqual([]);
    expect(new Set(findings.map(({ method, path }) => `${method} ${path}`)).size).toBe(6);
  });
});

describe('the CRC-8 of this test', () => {
  it('gives the check value of its catalogue entry and the digits of official numbers', () => {
    expect(crc8('123456789')).toBe('F4');
    for (const number of ['5265877635-20250826-0100001AF629-AF', '5265877635-20250626-010080DD2B5E-26'])
      expect(crc8(number.slice(0, 32))).toBe(number.slice(33));
  });
});

/** CRC-8/SMBUS, bit by bit: polynomial x8 + x2 + x + 1, from zero, not reflected. */
function crc8(text: string): string {
  let register = 0;
  const bits = Array.from(Buffer.from(text, 'ascii'), (byte) => byte.toString(2).padStart(8, '0')).join('');
  for (const bit of bits) {
    const carry = (register >> 7) ^ Number(bit);
    register = ((register << 1) & 0xff) ^ (carry * 0x07);
  }
  return register.toString(16).toUpperCase().padStart(2, '0');
}

const signerFile = ({ issued }: Left): string => `${issued.id}.signer.pem`;

/** What KOD II signs: all between the scheme and the signature. */
function unsigned(url = ''): string {
  return url.replace(/^https:\/\//, '').replace(/\/[^/]*$/, '');
}

function other(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

function warsawDay(instant: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date(instant));
}

/** The schema of a described JSON answer. */
function answerSchema(openApi: unknown, path: string, method: string, status: number): object {
  const steps = ['paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'];
  let found = openApi;
  for (const step of steps) found = (found as Record<string, unknown> | undefined)?.[step];
  if (typeof found !== 'object' || found === null)
    throw new Error(`${method} ${path} does not describe its answer ${String(status)}`);
  return found;
}
