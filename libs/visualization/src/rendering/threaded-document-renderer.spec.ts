import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadableDocument } from '@latarnik/domain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { qrCodeImages } from '../qr-code-images.js';
import { KOD_I } from '../testing/codes.js';
import { el, manyLines, smallInvoice } from '../testing/hostile-invoices.js';
import {
  DOCUMENT_RENDERER_LIMITS,
  DocumentNotRenderedError,
  ThreadedDocumentRenderer,
} from './threaded-document-renderer.js';

const invoice = (elements = smallInvoice({})): ReadableDocument => ({
  ...{ kind: 'invoice', invoice: elements, standing: 'offline' },
  codes: [{ kind: 'KOD I', link: KOD_I, label: 'OFFLINE' }],
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'render-thread-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A thread that does what a text says. */
function threadOf(name: string, code: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `import { parentPort } from 'node:worker_threads';\n${code}\n`);
  return file;
}

describe('the renderer', () => {
  const renderer = new ThreadedDocumentRenderer(qrCodeImages);

  it('makes HTML and PDF in either language', async () => {
    const html = await renderer.render(invoice(), 'html', 'en');
    const pdf = await renderer.render(invoice(), 'pdf', 'pl');
    expect(html.ok && Buffer.from(html.value).toString('utf8')).toContain('<h1>Invoice ');
    expect(pdf.ok && Buffer.from(pdf.value).subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
  });

  it('leaves this thread to others while it renders 500 lines', async () => {
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    count();
    const made = await renderer.render(invoice(manyLines(500)), 'pdf', 'pl');
    isDone = true;
    expect(made.ok).toBe(true);
    // Were it done here, no turn would come between.
    expect(turns).toBeGreaterThan(50);
  });

  it('renders documents one after the other in few threads, and each of them', async () => {
    const numbers = Array.from({ length: 12 }, (_, at) => `FV/${String(at)}`);
    const made = await Promise.all(
      numbers.map((number) => renderer.render(invoice(smallInvoice({ number })), 'html', 'pl')),
    );
    made.forEach((result, at) => {
      expect(result.ok && Buffer.from(result.value).toString('utf8')).toContain(
        `<title>Faktura FV/${String(at)}</title>`,
      );
    });
  });

  it('refuses what it has no room for', async () => {
    const limits = { ...DOCUMENT_RENDERER_LIMITS, atOnce: 1, waiting: 1 };
    const small = new ThreadedDocumentRenderer(qrCodeImages, limits);
    const asked = ['1', '2', '3'].map((number) => small.render(invoice(smallInvoice({ number })), 'html', 'pl'));
    const [first, second, third] = await Promise.all(asked);
    expect([first?.ok, second?.ok]).toEqual([true, true]);
    expect(third).toEqual({ ok: false, error: { code: 'RENDERER_BUSY', retryAfterSeconds: 6 } });
    expect(await small.render(invoice(), 'html', 'pl')).toMatchObject({ ok: true });
  });

  it('ends a thread that takes too long, and goes on with another', async () => {
    const answer = `parentPort.on('message', (job) => { if (job.language === 'en') parentPort.postMessage({ bytes: new Uint8Array([7]) }); });`;
    const limits = { ...DOCUMENT_RENDERER_LIMITS, atOnce: 1, timeMs: 300 };
    const slow = new ThreadedDocumentRenderer(qrCodeImages, limits, threadOf('silent', answer));
    await expect(slow.render(invoice(), 'pdf', 'pl')).rejects.toThrow('could not be rendered (time limit)');
    expect(await slow.render(invoice(), 'pdf', 'en')).toEqual({ ok: true, value: new Uint8Array([7]) });
  });

  it('survives a thread that dies', async () => {
    const dying = new ThreadedDocumentRenderer(
      ...([
        qrCodeImages,
        DOCUMENT_RENDERER_LIMITS,
        threadOf('dying', `parentPort.on('message', () => process.exit(3));`),
      ] as const),
    );
    await expect(dying.render(invoice(), 'pdf', 'pl')).rejects.toBeInstanceOf(DocumentNotRenderedError);
  });

  it('tells nothing of the document when it fails', async () => {
    const broken = el('Faktura', [{ name: 'Fa', attributes: [], children: undefined, text: 'TAJNE' } as never]);
    const failure = await renderer.render(invoice(broken), 'html', 'pl').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DocumentNotRenderedError);
    expect(String((failure as Error).stack)).toContain('render-thread');
    expect(String((failure as Error).stack)).not.toContain('TAJNE');
  });
});
