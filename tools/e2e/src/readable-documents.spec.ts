import { randomUUID } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleInvoices } from '@latarnik/demo';
import type { System } from '@latarnik/launcher';
import { call, eventually, issue, today } from './testing/client.js';
import { runningSystem } from './testing/running-system.js';

interface Issued {
  readonly id: string;
  readonly number: string;
  readonly ksefNumber: string | null;
  readonly sha256: string;
  readonly codes: Readonly<Record<'invoice' | 'certificate', { readonly url: string } | null>>;
}

const TOOLS = ['pdftotext', 'pdftoppm'].every((tool) => spawnSync(tool, ['-v']).status === 0);
const ZBAR = spawnSync('zbarimg', ['--version']).status === 0;
if (!TOOLS || !ZBAR) {
  console.warn('PDFs are not read back: poppler-utils or zbar-tools of Debian are not installed.');
}

describe('what people read of an invoice', () => {
  let system: System;
  let invoice: Issued;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latarnik-readable-'));
    system = await runningSystem({ env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    const [example] = await exampleInvoices(1, today());
    if (example === undefined) throw new Error('no example');
    const { status, json, text } = await issue(system, example, '?mode=offline24');
    if (status !== 201) throw new Error(text);
    invoice = json as unknown as Issued;
  });
  afterAll(async () => {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function pdf(name: string): Promise<string> {
    const response = await fetch(`${system.apiUrl}/v1/invoices/${invoice.id}/${name}`, {
      headers: { authorization: `Bearer ${system.apiKey}` },
    });
    expect([name, response.status, response.headers.get('content-type')]).toEqual([name, 200, 'application/pdf']);
    const file = join(folder, `${name.replace(/\W/g, '-')}.pdf`);
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    return file;
  }

  const textOf = (file: string): string =>
    spawnSync('pdftotext', ['-raw', file, '-'], { encoding: 'utf8' }).stdout.replace(/\s+/g, '');

  /** What zbar reads from pictures of the pages at 150 dots per inch. */
  function codesOn(file: string): readonly string[] {
    const pictures = mkdtempSync(join(folder, 'pages-'));
    spawnSync('pdftoppm', ['-r', '150', '-gray', '-png', file, join(pictures, 'page')]);
    const pages = readdirSync(pictures).map((name) => join(pictures, name));
    const options = ['--quiet', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable'];
    const { stdout } = spawnSync('zbarimg', [...options, ...pages], { encoding: 'utf8' });
    return stdout.trimEnd().split('\n').sort();
  }

  it('is a page that runs nothing, in either language', async () => {
    const path = `/v1/invoices/${invoice.id}/preview`;
    const polish = await call(system, { path });
    const english = await call(system, { path: `${path}?lang=en` });
    expect([polish.status, english.status]).toEqual([200, 200]);
    expect(polish.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(polish.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(polish.text).toContain('<html lang="pl">');
    expect(polish.text).toContain(invoice.number);
    expect(polish.text).toContain('CERTYFIKAT');
    expect(english.text).toContain('Date of issue');
    expect((await call(system, { path: `${path}?lang=de` })).status).toBe(400);
  });

  (TOOLS && ZBAR ? it : it.skip)('is a PDF whose codes are those of the invoice', async () => {
    const file = await pdf('pdf');
    expect(textOf(file)).toContain(invoice.number.replace(/\s/g, ''));
    expect(codesOn(file)).toEqual([invoice.codes.certificate?.url, invoice.codes.invoice?.url].sort());
  });

  (TOOLS ? it : it.skip)('sums up the evidence, and has no UPO before there is one', async () => {
    const text = textOf(await pdf('evidence-summary.pdf'));
    for (const part of [invoice.sha256, 'art.106nda(2)', 'invoice.issued', 'PodpisXAdESfaktury']) {
      expect(text).toContain(part);
    }
    expect((await call(system, { path: `/v1/invoices/${invoice.id}/upo.pdf` })).status).toBe(404);
    expect((await call(system, { path: `/v1/invoices/${randomUUID()}/pdf` })).status).toBe(404);
  });

  (TOOLS && ZBAR ? it : it.skip)('changes with the KSeF number: one code, the number, and a UPO', async () => {
    await call(system, { method: 'POST', path: '/v1/batches' });
    const read = async (): Promise<Issued & { status: string }> =>
      (await call(system, { path: `/v1/invoices/${invoice.id}` })).json as never;
    await eventually('the invoice is complete', async () => (await read()).status === 'sent');
    const { ksefNumber } = await read();
    const file = await pdf('pdf');
    expect(codesOn(file)).toEqual([invoice.codes.invoice?.url]);
    expect(textOf(file)).toContain(ksefNumber ?? '?');
    const upo = textOf(await pdf('upo.pdf'));
    for (const part of ['Urzędowepoświadczenieodbioru', ksefNumber ?? '?', invoice.sha256]) expect(upo).toContain(part);
  });
});
