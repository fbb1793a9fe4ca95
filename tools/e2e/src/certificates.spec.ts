import { createPrivateKey, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import { seedTenant, type System } from '@latarnik/launcher';
import pg from 'pg';
import { call, eventually, issue, today, type Answer } from './testing/client.js';
import { itWith, WorkFolder } from './testing/commands.js';
import { runningSystem } from './testing/running-system.js';

/** Passwords that are easy to find again; every secret that was sent to the API is searched for at the end. */
const PASSWORD = 'CANARY-zażółć-4711';
const secrets: Uint8Array[] = [Buffer.from(PASSWORD)];
const answers: Answer[] = [];

let system: System;
let serials = 0;
beforeAll(async () => {
  system = await runningSystem({ offlineCertificate: false });
  await eventually(
    'KSeF was looked at',
    async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
  );
});
afterAll(() => system.stop());

const context = (): string => `Nip:${system.contextNip}`;

async function importing(body: Readonly<Record<string, unknown>>, apiKey = system.apiKey): Promise<Answer> {
  const request = { method: 'POST', path: '/v1/certificates', type: 'application/json', apiKey };
  const answer = await call(system, { ...request, body: JSON.stringify({ context: context(), ...body }) });
  answers.push(answer);
  return answer;
}

type Shown = Readonly<Record<string, unknown>>;

/** Without what a worker finds out meanwhile: KSeF's word and warnings. */
const lasting = ({ remote: _remote, warnings: _warnings, ...rest }: Shown): Shown => rest;

const stored = async (): Promise<readonly Shown[]> =>
  ((await call(system, { path: '/v1/certificates' })).json['items'] as readonly Shown[]).map(lasting);

/** `<name>.key` and a self-signed `<name>.crt`, as KSeF's would be but for what is changed. */
function certify(
  folder: WorkFolder,
  {
    key = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    usage = 'nonRepudiation',
    nip = system.contextNip,
    validity = ['-days', '30'],
  }: { key?: readonly string[]; usage?: string; nip?: string; validity?: readonly string[] } = {},
) {
  const serial = `00F20A5D352A${(++serials).toString(16).toUpperCase().padStart(4, '0')}`;
  const subject = `/C=PL/O=Łódź/organizationIdentifier=VATPL-${nip}/CN=Pieczęć`;
  folder.output('openssl', [
    'req',
    '-new',
    '-newkey',
    ...key,
    '-nodes',
    '-keyout',
    'k.key',
    '-out',
    'k.csr',
    '-utf8',
    '-subj',
    subject,
  ]);
  folder.write('ext', `keyUsage=critical,${usage}\n`);
  const files = ['-in', 'k.csr', '-key', 'k.key', '-out', 'k.crt', '-extfile', 'ext'];
  folder.output('openssl', ['x509', '-req', ...files, '-set_serial', `0x${serial}`, ...validity]);
  const [certificatePem, keyPem] = [folder.read('k.crt').toString(), folder.read('k.key').toString()];
  const { d } = createPrivateKey(keyPem).export({ format: 'jwk' });
  if (d !== undefined) secrets.push(Buffer.from(d, 'base64url'));
  return { serial, certificatePem, keyPem };
}

/** The pair of `certify` as PKCS#12, Base64. */
function pkcs12(folder: WorkFolder, options: readonly string[] = [], password = PASSWORD): string {
  const files = ['-inkey', 'k.key', '-in', 'k.crt', '-out', 'k.p12', '-passout', `pass:${password}`];
  folder.output('openssl', ['pkcs12', '-export', ...files, ...options]);
  return folder.read('k.p12').toString('base64');
}

describe('a certificate', () => {
  it('is imported from PEM with an encrypted key, shown without its key, and signs', async () => {
    const { certificatePem, privateKeyPem } = await system.control.issueCertificate(
      'Offline',
      system.contextNip,
      'RSA',
    );
    const key = createPrivateKey(privateKeyPem);
    secrets.push(
      ...['d', 'p', 'q'].map((part) => Buffer.from(String(key.export({ format: 'jwk' })[part as 'd']), 'base64url')),
    );
    const keyPem = String(key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSWORD }));
    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');
    expect((await issue(system, example, '?mode=offline24')).json['code']).toBe('NO_OFFLINE_CERTIFICATE');

    const { status, json, headers } = await importing({ type: 'signing', certificatePem, keyPem, password: PASSWORD });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/certificates/${String(json['id'])}`);
    expect(Object.keys(json).sort()).toEqual(
      [
        'id',
        'context',
        'type',
        'usedFor',
        'serial',
        'keyAlgorithm',
        'subject',
        'notBefore',
        'notAfter',
        'daysLeft',
        'retiredAt',
        'remote',
        'revocation',
        'warnings',
      ].sort(),
    );
    expect(json).toMatchObject({
      context: context(),
      type: 'Offline',
      usedFor: expect.stringContaining('signing certificate'),
      serial: expect.stringMatching(/^[0-9A-F]{16}$/),
      keyAlgorithm: 'rsa',
      daysLeft: expect.any(Number),
      retiredAt: null,
    });
    expect(lasting((await call(system, { path: String(headers.get('location')) })).json)).toEqual(lasting(json));
    expect((await issue(system, example, '?mode=offline24')).status).toBe(201);
  });

  it('is taken once when it is sent several times at once, and not with a reference where there is no token', async () => {
    const { certificatePem, privateKeyPem: keyPem } = await system.control.issueCertificate(
      'Authentication',
      system.contextNip,
    );
    const all = await Promise.all([0, 1, 2, 3].map(() => importing({ certificatePem, keyPem })));

    expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(await importing({ certificatePem, keyReference: 'pkcs11:object=offline' })).toMatchObject({
      status: 422,
      json: { code: 'NO_TOKEN', detail: expect.stringContaining('Nothing was stored') },
    });
  });

  it('is refused under the wrong type, by either name, and with the key of another', async () => {
    const offline = await system.control.issueCertificate('Offline', system.contextNip);
    const login = await system.control.issueCertificate('Authentication', system.contextNip);
    const before = await stored();
    const pem = (of: typeof offline, key = of) => ({ certificatePem: of.certificatePem, keyPem: key.privateKeyPem });

    expect(await importing({ ...pem(offline), type: 'Authentication' })).toMatchObject({
      status: 422,
      json: { code: 'WRONG_TYPE', expected: 'Authentication', found: 'Offline' },
    });
    for (const type of ['signing', 'Offline']) {
      expect(await importing({ ...pem(login), type })).toMatchObject({
        status: 422,
        json: {
          type: 'urn:latarnik:problem:wrong-type',
          expected: 'Offline',
          found: 'Authentication',
          detail: expect.stringMatching(/signing certificate.*Nothing was stored/),
        },
      });
    }
    expect(await importing(pem(offline, login))).toMatchObject({ status: 422, json: { code: 'KEY_DOES_NOT_MATCH' } });
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['an unknown field', { certificatePem: '', keyPem: '', passphrase: PASSWORD }],
    ['PEM and PKCS#12 together', { certificatePem: '', keyPem: '', pkcs12: '', password: '' }],
    ['no key', { certificatePem: '' }],
    ['the key under both names', { certificatePem: '', keyPem: '', privateKeyPem: '' }],
    ['PKCS#12 without a password', { pkcs12: 'MAA=' }],
    ['what is not Base64', { pkcs12: '-----', password: '' }],
    ['an unknown type', { certificatePem: '', keyPem: '', type: PASSWORD }],
  ])('is not taken with %s', async (_what, body) => {
    expect(await importing(body)).toMatchObject({ status: 400, json: { code: 'REQUEST_INVALID' } });
  });

  it('is not taken when it is far too large, and Base64 of that size is no trouble', async () => {
    const pkcs12 = Buffer.alloc(150_000).toString('base64');
    expect(await importing({ pkcs12, password: '' })).toMatchObject({ status: 413, json: { code: 'FILE_TOO_LARGE' } });
    const certificatePem = 'x'.repeat(200_000);
    expect(await importing({ certificatePem, keyPem: 'x' })).toMatchObject({ status: 413 });
    const body = { pkcs12: Buffer.alloc(2_900_000).toString('base64'), password: '' };
    expect(await importing(body)).toMatchObject({ status: 413, json: { code: 'BODY_TOO_LARGE' } });
  });

  it('is retired: it stays, it is never used again, and others do not see it', async () => {
    const [, example] = await exampleInvoices(2, today());
    if (example === undefined) throw new Error('no example');
    const live = (await stored()).filter((one) => one['type'] === 'Offline' && one['retiredAt'] === null);
    expect(live.length).toBeGreaterThan(0);
    const { apiKey } = await seedTenant(system.apiEnv, 'Another company', '7335255579');
    for (const one of live) {
      const path = `/v1/certificates/${String(one['id'])}`;
      const missing = { path: `/v1/certificates/${randomUUID()}` };
      for (const method of ['GET', 'DELETE']) {
        const foreign = await call(system, { method, path, apiKey });
        const none = await call(system, { ...missing, method, apiKey });
        expect([foreign.status, { ...foreign.json, instance: '' }]).toEqual([404, { ...none.json, instance: '' }]);
      }
      const retired = await call(system, { method: 'DELETE', path });
      expect(retired).toMatchObject({ status: 200, json: { ...one, retiredAt: expect.any(String) } });
      expect(lasting((await call(system, { method: 'DELETE', path })).json)).toEqual(lasting(retired.json));
      expect(lasting((await call(system, { path })).json)).toEqual(lasting(retired.json));
    }
    expect((await call(system, { method: 'DELETE', path: '/v1/certificates/1' })).status).toBe(404);
    expect((await issue(system, example, '?mode=offline24')).json['code']).toBe('NO_OFFLINE_CERTIFICATE');
  });
});

describe('certificates made with openssl', () => {
  itWith('openssl')('are taken: PKCS#12, modern and legacy, of RSA and EC keys', async () => {
    const [rsa, ec] = [['rsa:2048'], ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']];
    using folder = new WorkFolder();
    const legacy = folder.run('openssl', ['list', '-providers', '-provider', 'legacy']).ok;
    if (!legacy) console.warn('this openssl has no legacy provider: legacy PKCS#12 is skipped');
    for (const key of [rsa, ec]) {
      for (const options of [[], ['-name', 'Pieczęć'], ...(legacy ? [['-legacy']] : [])]) {
        const { serial } = certify(folder, { key });
        const body = { pkcs12: pkcs12(folder, options), password: PASSWORD, type: 'Offline' };

        expect(await importing(body)).toMatchObject({ status: 201, json: { type: 'Offline', serial } });
        expect(await importing(body)).toMatchObject({ status: 409, json: { code: 'CERTIFICATE_ALREADY_IMPORTED' } });
      }
    }
  });

  itWith('openssl')(
    'are refused for what is wrong with them, each in its own words, and nothing is stored',
    async () => {
      using folder = new WorkFolder();
      const before = await stored();
      const expectRefusal = async (code: string, facts: object, body: Readonly<Record<string, unknown>>) => {
        const answer = await importing(body);
        expect(answer).toMatchObject({ status: 422, json: { code, ...facts } });
        expect(answer.json['detail']).toMatch(/Nothing was stored\.$/);
      };
      const pemOf = ({ certificatePem, keyPem }: ReturnType<typeof certify>) => ({ certificatePem, keyPem });

      certify(folder);
      await expectRefusal('PASSWORD_WRONG', {}, { pkcs12: pkcs12(folder), password: `${PASSWORD}!` });
      await expectRefusal(
        'FILE_TOO_COSTLY',
        { limit: 'iterations' },
        { pkcs12: pkcs12(folder, ['-iter', '6000000', '-certpbe', 'NONE', '-keypbe', 'NONE']), password: PASSWORD },
      );
      await expectRefusal(
        'FILE_UNREADABLE',
        { part: 'file' },
        { pkcs12: pkcs12(folder).slice(0, 800), password: PASSWORD },
      );
      await expectRefusal('KEY_MISSING', {}, { pkcs12: certificatesOnly(folder), password: PASSWORD });
      await expectRefusal('CERTIFICATE_EXPIRED', {}, datedCertificate(folder, '20240101000000Z', '20250101000000Z'));
      const future = datedCertificate(folder, '20400101000000Z', '20410101000000Z');
      await expectRefusal('CERTIFICATE_NOT_YET_VALID', { notBefore: '2040-01-01T00:00:00Z' }, future);
      const other = '7335255579';
      await expectRefusal('CERTIFICATE_OF_ANOTHER_NIP', { subjectNip: other }, pemOf(certify(folder, { nip: other })));
      const both = 'digitalSignature,nonRepudiation';
      await expectRefusal('PURPOSE_UNKNOWN', { keyUsage: both.split(',') }, pemOf(certify(folder, { usage: both })));
      await expectRefusal('KEY_NOT_SUPPORTED', { found: 'rsa 1024' }, pemOf(certify(folder, { key: ['rsa:1024'] })));
      await expectRefusal('KEY_NOT_SUPPORTED', { found: 'ed25519' }, pemOf(certify(folder, { key: ['ed25519'] })));
      const encrypted = folder.output('openssl', ['pkcs8', '-topk8', '-in', 'k.key', '-passout', `pass:${PASSWORD}`]);
      await expectRefusal(
        'PASSWORD_MISSING',
        {},
        { certificatePem: folder.read('k.crt').toString(), keyPem: encrypted },
      );
      await expectRefusal(
        'CONTEXT_NOT_FOUND',
        {},
        { ...pemOf(certify(folder, { nip: other })), context: `Nip:${other}` },
      );

      expect(await stored()).toEqual(before);
    },
  );
});

function certificatesOnly(folder: WorkFolder): string {
  const files = ['-nokeys', '-in', 'k.crt', '-out', 'c.p12', '-passout', `pass:${PASSWORD}`];
  folder.output('openssl', ['pkcs12', '-export', ...files]);
  return folder.read('c.p12').toString('base64');
}

/** `openssl ca` is the one command of OpenSSL 3.0 that dates a certificate from and to a moment. */
function datedCertificate(folder: WorkFolder, from: string, to: string) {
  const { keyPem } = certify(folder);
  const subject = ['countryName', 'organizationName', 'organizationIdentifier', 'commonName'];
  const options = ['database=index.txt', 'new_certs_dir=.', 'serial=serial', 'default_md=sha256', 'policy=p'];
  const policy = subject.map((name) => `${name}=optional`);
  folder.write('ca.cnf', ['[ca]', 'default_ca=d', '[d]', ...options, '[p]', ...policy, ''].join('\n'));
  folder.write('index.txt', '');
  folder.write('serial', `00F20A5D352B${(++serials).toString(16).padStart(4, '0')}\n`);
  const files = ['-in', 'k.csr', '-out', 'k.crt', '-extfile', 'ext', '-selfsign', '-keyfile', 'k.key'];
  const dates = ['-startdate', from, '-enddate', to];
  folder.output('openssl', ['ca', '-config', 'ca.cnf', '-batch', '-utf8', '-notext', ...files, ...dates]);
  return { certificatePem: folder.read('k.crt').toString(), keyPem };
}

describe('no key and no password', () => {
  const forms = (secret: Uint8Array): readonly string[] => {
    const bytes = Buffer.from(secret);
    const piece = bytes.subarray(4, 20);
    const base64 = [4, 5, 6].map((from) => bytes.subarray(from, from + 12).toString('base64'));
    return [
      piece.toString('hex'),
      piece.toString('latin1'),
      piece.toString('utf8'),
      Array.from(piece).join(','),
      ...base64,
    ];
  };
  const shown = (text: string): readonly string[] => {
    const squeezed = text.replace(/\s+/g, '');
    return secrets.flatMap(forms).filter((form) => squeezed.includes(form.replace(/\s+/g, '')));
  };

  it('(the search finds what is there)', () => {
    expect(secrets.length).toBeGreaterThan(1);
    for (const secret of secrets) {
      expect(shown(`x${Buffer.from(secret).toString('base64')}y`).length).toBeGreaterThan(0);
      expect(shown(Buffer.from(secret).toString('hex')).length).toBeGreaterThan(0);
    }
  });

  it('is in an answer, a log, or the database with its jobs', async () => {
    const logs = join(system.directory, 'logs');
    const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')));
    expect(answers.length).toBeGreaterThan(10);
    expect(texts.length).toBeGreaterThan(1);
    const database = await everyRow(system.databaseUrl);
    expect(database).toContain('certificate.imported');

    for (const text of [...answers.map((answer) => answer.text), ...texts, database]) expect(shown(text)).toEqual([]);
  });
});

/** All that PostgreSQL holds, as text; bytes are hexadecimal digits. */
async function everyRow(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const { rows: found } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      rows.push(...found.map(({ row }) => row));
    }
    return rows.join('\n');
  } finally {
    await client.end();
  }
}
