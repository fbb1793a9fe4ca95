import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { unzipSync } from 'fflate';
import { call, eventually, issue, today } from './testing/client.js';
import { itWith, WorkFolder } from './testing/commands.js';
import { runningSystem } from './testing/running-system.js';

interface Manifest {
  readonly format: string;
  readonly invoice: {
    readonly id: string;
    readonly sha256: string;
    readonly mode: string;
    readonly ksefNumber: string;
  };
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly sizeBytes: number }[];
}

/** Everything is taken out of a running system first, and judged without it. */
describe('the evidence package of an invoice', () => {
  const folder = new WorkFolder();
  let files: Readonly<Record<string, Uint8Array>>;
  let online: Readonly<Record<string, Uint8Array>>;
  let example: ExampleInvoice;
  let invoice: Readonly<Record<string, unknown>>;
  let foreign: number;
  let eventId: string;
  let timeline: readonly { readonly action: string; readonly facts: Readonly<Record<string, unknown>> }[];

  beforeAll(async () => {
    const system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    try {
      await takeOut(system);
    } finally {
      await system.stop();
    }
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true });
      folder.write(path, bytes);
    }
  });
  afterAll(() => {
    folder[Symbol.dispose]();
  });

  async function takeOut(system: System): Promise<void> {
    const [one, other] = (await exampleInvoices(60, today())).filter(
      ({ contentType, body, file }) =>
        contentType === 'application/xml' &&
        new TextDecoder().decode(body).includes(`<NIP>${system.contextNip}</NIP>`) &&
        !/self|correct/.test(file),
    );
    if (one === undefined || other === undefined) throw new Error('no examples');
    example = one;
    await eventually(
      'KSeF was looked at',
      async () => (await call(system, { path: '/v1/availability' })).json['mode'] === 'online',
    );
    const onlineIssued = await issue(system, other, '?mode=online');
    eventId = await enterNotice(system, 'start');
    const issued = await issue(system, example);
    const path = `/v1/invoices/${String(issued.json['id'])}`;
    await enterNotice(system, 'end', eventId);
    await eventually('the end counts', async () =>
      (await call(system, { path: `${path}/deadline` })).text.includes('"kind":"due"'),
    );
    await call(system, { method: 'POST', path: '/v1/batches' });
    for (const { json } of [issued, onlineIssued]) {
      await eventually(
        'it is sent',
        async () => (await call(system, { path: `/v1/invoices/${String(json['id'])}` })).json['status'] === 'sent',
      );
    }
    folder.write('ca.pem', await (await fetch(`${system.simulatorUrl}/control/ca`)).text());
    invoice = (await call(system, { path })).json;
    files = await packageOf(system, String(invoice['id']));
    online = await packageOf(system, String(onlineIssued.json['id']));
    foreign = (await call(system, { path: `/v1/invoices/${randomUUID()}/evidence-package` })).status;
    timeline = (await call(system, { path: `${path}/timeline` })).json['items'] as typeof timeline;
  }

  async function enterNotice(system: System, type: 'start' | 'end', ofEvent?: string): Promise<string> {
    const now = Date.now();
    const start = new Date(now - 3_600_000).toISOString();
    const body = {
      ...{ id: `notice-${type}`, version: 1, ...(ofEvent === undefined ? {} : { eventId: ofEvent }) },
      ...{ category: 'failure', type, title: 'Awaria KSeF', text: 'Ogłoszono awarię KSeF.' },
      ...{ start, ...(type === 'end' ? { end: new Date(now).toISOString() } : {}) },
      ...{ publishedAt: new Date(now).toISOString(), person: 'Anna Latarnik', readAt: 'BIP MF' },
    };
    const { status, text, json } = await call(system, {
      ...{ method: 'POST', path: '/v1/announcements', type: 'application/json', key: randomUUID() },
      body: JSON.stringify(body),
    });
    if (status >= 300) throw new Error(text);
    return String(json['eventId']);
  }

  async function packageOf({ apiUrl, apiKey }: System, id: string): Promise<Readonly<Record<string, Uint8Array>>> {
    const response = await fetch(`${apiUrl}/v1/invoices/${id}/evidence-package`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="evidence-${id}.zip"`);
    return unzipSync(new Uint8Array(await response.arrayBuffer()));
  }

  const textOf = (path: string, of = files): string => new TextDecoder().decode(of[path]);
  const jsonOf = (path: string): unknown => JSON.parse(textOf(path)) as unknown;
  const digest = (bytes: Uint8Array | undefined, encoding: 'hex' | 'base64' = 'hex'): string =>
    createHash('sha256')
      .update(bytes ?? new Uint8Array())
      .digest(encoding);

  it('has every file of the invoice, under names that any machine can unpack', () => {
    expect(Object.keys(files).sort()).toEqual(
      [
        ...['README.txt', 'SHA256SUMS', 'audit.json', 'deadline/history.json', 'evidence.xades.xml', 'manifest.json'],
        ...['codes/codes.json', 'codes/kod-i.png', 'codes/kod-i.svg', 'codes/kod-ii.png', 'codes/kod-ii.svg'],
        ...['codes/signer.pem', 'outage/messages.json', 'session/session.json', 'upo/upo.xml', 'upo/verification.json'],
        ...['readable/summary.pdf', 'readable/upo.pdf'],
        `${String(invoice['id'])}.xml`,
      ].sort(),
    );
  });

  it('lists each file with its size and SHA-256, as they are', () => {
    const manifest = jsonOf('manifest.json') as Manifest;
    const listed = Object.keys(files).filter((path) => !['manifest.json', 'SHA256SUMS'].includes(path));
    expect(manifest.format).toBe('latarnik-evidence/1');
    expect(manifest.files.map(({ path }) => path).sort()).toEqual(listed.sort());
    expect(manifest.files.map(({ path, sha256, sizeBytes }) => [path, sha256, sizeBytes])).toEqual(
      manifest.files.map(({ path }) => [path, digest(files[path]), files[path]?.length]),
    );
    const sums = textOf('SHA256SUMS').trim().split('\n');
    expect(sums.length).toBe(Object.keys(files).length - 1);
    expect(sums).toEqual(sums.map((line) => line.slice(66)).map((path) => `${digest(files[path])}  ${path}`));
  });

  it('is about the bytes that were issued: one digest in manifest, codes, evidence, session and UPO', () => {
    const bytes = files[`${String(invoice['id'])}.xml`];
    expect(Buffer.from(bytes ?? []).equals(Buffer.from(example.body))).toBe(true);
    const sha256 = digest(bytes, 'base64');
    const url = sha256.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect((jsonOf('manifest.json') as Manifest).invoice).toMatchObject({ sha256, ksefNumber: invoice['ksefNumber'] });
    const { codes } = jsonOf('codes/codes.json') as { codes: readonly { url: string }[] };
    expect(codes.map((code) => code.url.includes(url))).toEqual([true, true]);
    expect(textOf('evidence.xades.xml')).toContain(sha256);
    expect(textOf('upo/upo.xml')).toContain(sha256);
    expect(textOf('upo/upo.xml')).toContain(String(invoice['ksefNumber']));
    expect(jsonOf('upo/verification.json')).toMatchObject({ kind: 'own', signature: { verdict: 'valid' } });
    expect(jsonOf('session/session.json')).toMatchObject({
      ...{ channel: 'batch', sessionReferenceNumber: invoice['sessionReferenceNumber'] },
      acceptance: { ksefNumber: invoice['ksefNumber'] },
      batch: {
        state: 'done',
        calls: expect.arrayContaining([expect.objectContaining({ call: 'open', outcome: 'done' })]),
      },
    });
  });

  it('has the messages that decided, and each deadline with the moment from which it was known', () => {
    const { messages } = jsonOf('outage/messages.json') as { messages: readonly Record<string, unknown>[] };
    expect(messages.map(({ eventId, type, source }) => [eventId, type, source])).toEqual([
      [eventId, 'start', 'bip'],
      [eventId, 'end', 'bip'],
    ]);
    expect(messages.every(({ enteredBy }) => (enteredBy as { person: string }).person === 'Anna Latarnik')).toBe(true);
    const { history } = jsonOf('deadline/history.json') as {
      history: readonly { knownFrom: string; term: { kind: string; regime: string }; steps: readonly string[] }[];
    };
    expect(history.map(({ term: { kind, regime } }) => [kind, regime])).toEqual([
      ['open', 'emergency'],
      ['due', 'emergency'],
    ]);
    expect(history[0]?.knownFrom).toBe(invoice['issuedAt']);
    expect(history[1]?.knownFrom).toBe(messages[1]?.['fetchedAt']);
    expect(history.every(({ steps }) => steps.length > 0)).toBe(true);
  });

  it('has the audit entries, and is itself one: with the digest of its manifest', () => {
    const entries = jsonOf('audit.json') as readonly { action: string }[];
    expect(entries[0]?.action).toMatch(/^invoice\./);
    expect(timeline.filter(({ action }) => action === 'evidence.exported').map(({ facts }) => facts)).toEqual([
      { files: Object.keys(files).length, manifestSha256: digest(files['manifest.json']) },
    ]);
  });

  it('tells how to check it, in Polish and in English, and names every file', () => {
    const readme = textOf('README.txt');
    for (const path of Object.keys(files).filter((each) => each !== 'README.txt')) expect(readme).toContain(path);
    expect(readme).toContain('PAKIET DOWODOWY FAKTURY');
    expect(readme).toContain('EVIDENCE PACKAGE OF AN INVOICE');
    expect(readme).toContain('xmlsec1 --verify');
  });

  it('of an online invoice has neither evidence nor KOD II, and does not speak of them', () => {
    const names = Object.keys(online);
    expect(names).not.toContain('evidence.xades.xml');
    expect(names).not.toContain('codes/kod-ii.png');
    expect(textOf('README.txt', online)).not.toContain('xmlsec1');
    expect(textOf('session/session.json', online)).toContain('"channel": "interactive"');
  });

  it('is not there for an invoice that is not there', () => {
    expect(foreign).toBe(404);
  });

  itWith('xmlsec1')('is checked with the very commands of its README', () => {
    const idAttribute = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    const verify = (...trust: string[]): boolean =>
      folder.run('xmlsec1', ['--verify', ...trust, ...idAttribute, 'evidence.xades.xml']).ok;
    expect(verify('--trusted-pem', 'ca.pem')).toBe(true);
    expect(verify('--pubkey-cert-pem', 'codes/signer.pem')).toBe(true);
    const file = `${String(invoice['id'])}.xml`;
    const bytes = folder.read(file);
    folder.write(file, Buffer.concat([bytes, Buffer.from(' ')]));
    expect(verify('--trusted-pem', 'ca.pem')).toBe(false);
    folder.write(file, bytes);
  });
});
