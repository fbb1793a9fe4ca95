import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ManualClock, type Simulator } from './index.js';
import { type Answer, type InvoiceBody, refusalOf } from './testing/answers.js';
import type { KsefClient, SealedPackage } from './testing/ksef-client.js';
import { encrypt, sha256, tarGz, zip } from './testing/packages.js';
import { invoiceOf, lastWeek, loggedIn, OTHER, SELLER, startQuick } from './testing/setup.js';

const MINUTE = 60_000;

let simulator: Simulator;
let client: KsefClient;

beforeEach(async () => {
  simulator = await startQuick();
  client = await loggedIn(simulator);
});

afterEach(async () => {
  await simulator.close();
});

const files = (...contents: readonly (string | Buffer)[]) =>
  contents.map((content, index) => ({ name: `f${String(index + 1)}.xml`, content }));
const codes = (invoices: readonly InvoiceBody[]): number[] => invoices.map(({ status }) => status.code);
const close = async (reference: string): Promise<Answer> => client.call('POST', `/sessions/batch/${reference}/close`);

describe('the whole way', () => {
  it('takes a zip in three parts to KSeF numbers, a UPO, and back by number', async () => {
    const sent = files(invoiceOf('FV/1'), invoiceOf('FV/2'), invoiceOf('FV/3'));

    const { reference, session } = await client.sendBatch(await client.seal(await zip(sent), { partCount: 3 }));

    expect(session).toMatchObject({
      status: { code: 200 },
      invoiceCount: 3,
      successfulInvoiceCount: 3,
      failedInvoiceCount: 0,
    });
    const invoices = await client.listInvoices(reference);
    expect(invoices.map((item) => [item.invoiceFileName, item.invoiceHash, item.invoicingMode])).toEqual(
      sent.map(({ name, content }) => [name, sha256(content), 'Online']),
    );
    const upo = await fetch(session.upo.pages[0]?.downloadUrl ?? '');
    const xml = await upo.text();
    expect(upo.headers.get('x-ms-meta-hash')).toBe(sha256(xml));
    for (const { ksefNumber, invoiceHash } of invoices) {
      expect(xml).toContain(`<NumerKSeFDokumentu>${ksefNumber}</NumerKSeFDokumentu>`);
      expect(xml).toContain(`<SkrotDokumentu>${invoiceHash}</SkrotDokumentu>`);
    }
    const copy = await client.call('GET', `/invoices/ksef/${invoices[1]?.ksefNumber ?? ''}`);
    expect(copy.text).toBe(sent[1]?.content);
    expect(copy.headers.get('x-ms-meta-hash')).toBe(sha256(copy.bytes));
  });

  it('takes a tar.gz declared offline, and says Offline although the day is today', async () => {
    const archive = await tarGz(files(invoiceOf('FV/1'), invoiceOf('FV/2')));

    const { reference, session } = await client.sendBatch(
      await client.seal(archive, { partCount: 2, compression: 'TarGz', offlineMode: true }),
    );

    expect(session.status.code).toBe(200);
    const invoices = await client.listInvoices(reference);
    expect(invoices.map(({ invoicingMode }) => invoicingMode)).toEqual(['Offline', 'Offline']);
    expect(simulator.ledger().accepted.map(({ offlineDeclared }) => offlineDeclared)).toEqual([true, true]);
  });

  it('says Offline for an earlier day of issue although nothing was declared', async () => {
    const archive = await zip(files(invoiceOf('FV/1', { issueDate: lastWeek() })));

    const { reference } = await client.sendBatch(await client.seal(archive));

    expect(await client.listInvoices(reference)).toMatchObject([{ status: { code: 200 }, invoicingMode: 'Offline' }]);
  });

  it('judges every invoice on its own and finishes with 200 when one is right', async () => {
    const archive = await zip(
      files(
        invoiceOf('FV/1'),
        invoiceOf('FV/2').replace('<P_15>123.00</P_15>', ''),
        invoiceOf('FV/3', { sellerNip: OTHER }),
        invoiceOf('FV/1'),
        invoiceOf('FV/5', { attachment: true }),
        invoiceOf('FV/6', { issueDate: '2049-01-01' }),
        `${invoiceOf('FV/7')}<!-- ${'x'.repeat(3_000_000)} -->`,
      ),
    );

    const { reference, session } = await client.sendBatch(await client.seal(archive));

    const invoices = await client.listInvoices(reference);
    expect(codes(invoices)).toEqual([200, 450, 410, 440, 415, 450, 430]);
    expect(session).toMatchObject({ status: { code: 200 }, successfulInvoiceCount: 1, failedInvoiceCount: 6 });
    expect(invoices[3]?.status.extensions).toEqual({
      originalSessionReferenceNumber: reference,
      originalKsefNumber: invoices[0]?.ksefNumber,
    });
    expect(codes(await client.listInvoices(reference, 'invoices/failed'))).toEqual([450, 410, 440, 415, 450, 430]);
    expect(simulator.ledger().counters).toMatchObject({ attempts: 7, accepted: 1, duplicates: 1, rejected: 5 });
  });

  it('recognises a duplicate over sessions and finishes with 445 when nothing is right', async () => {
    const archive = await zip(files(invoiceOf('FV/1')));
    const first = await client.sendBatch(await client.seal(archive));
    const [original] = await client.listInvoices(first.reference);

    const second = await client.sendBatch(await client.seal(archive));

    expect(second.session.status.code).toBe(445);
    expect(second.session.upo).toBeUndefined();
    expect((await client.listInvoices(second.reference))[0]?.status).toMatchObject({
      code: 440,
      extensions: {
        originalSessionReferenceNumber: first.reference,
        originalKsefNumber: original?.ksefNumber,
      },
    });
  });

  it('takes the same number again for another kind of invoice', async () => {
    const archive = await zip(files(invoiceOf('FV/1'), invoiceOf('FV/1', { kind: 'UPR' })));

    const { reference } = await client.sendBatch(await client.seal(archive));

    expect(codes(await client.listInvoices(reference))).toEqual([200, 200]);
  });

  it('takes invoices of a seller the context was allowed to issue for', async () => {
    simulator.state.permissions.allowIssuing({ type: 'Nip', value: SELLER }, OTHER);
    const archive = await zip(files(invoiceOf('FV/1', { sellerNip: OTHER, selfInvoicing: true })));

    const { reference } = await client.sendBatch(await client.seal(archive));

    const [invoice] = await client.listInvoices(reference);
    expect(invoice?.ksefNumber).toMatch(new RegExp(`^${OTHER}-`));
  });

  it('takes attachments after they were announced', async () => {
    await client.call('POST', '/testdata/attachment', { body: { nip: SELLER }, token: null });
    const archive = await zip(files(invoiceOf('FV/1', { attachment: true })));

    const { reference } = await client.sendBatch(await client.seal(archive));

    expect(codes(await client.listInvoices(reference))).toEqual([200]);
  });
});

describe('a package that is not what it should be', () => {
  const good = async (): Promise<SealedPackage> => client.seal(await zip(files(invoiceOf('FV/1'))));
  const finalCode = async (sealed: SealedPackage): Promise<number> =>
    (await client.sendBatch(sealed)).session.status.code;

  it('fails with 405 when the whole has another hash than declared', async () => {
    const { request, parts } = await good();
    const batchFile = { ...request.batchFile, fileHash: sha256('something else') };

    expect(await finalCode({ parts, request: { ...request, batchFile } })).toBe(405);
  });

  it('fails with 415 when the key cannot be unwrapped', async () => {
    const { request, parts } = await good();
    const encryption = { ...request.encryption, encryptedSymmetricKey: randomBytes(256).toString('base64') };

    expect(await finalCode({ parts, request: { ...request, encryption } })).toBe(415);
  });

  it('fails with 435 when the parts were encrypted with another key', async () => {
    const { request } = await good();
    const part = encrypt(Buffer.from('no package'), randomBytes(32), randomBytes(16));
    const batchFile = {
      ...request.batchFile,
      fileParts: [{ ordinalNumber: 1, fileSize: part.length, fileHash: sha256(part) }],
    };
    const code = await finalCode({ parts: [part], request: { ...request, batchFile } });

    // One wrong key in 256 leaves padding that looks right; then the hash of the whole gives it away.
    expect([435, 405]).toContain(code);
  });

  it('fails with 430 when it is no archive, or a damaged one', async () => {
    const damaged = await zip(files(invoiceOf('FV/1'), invoiceOf('FV/2')));
    damaged.fill(0x55, 60, 90);

    expect(await finalCode(await client.seal(Buffer.from('no archive at all')))).toBe(430);
    expect(await finalCode(await client.seal(damaged))).toBe(430);
    const notGzip = await client.seal(Buffer.from('no archive at all'), { compression: 'TarGz' });
    expect(await finalCode(notGzip)).toBe(430);
    const cut = (await tarGz(files(invoiceOf('FV/3')))).subarray(0, -40);
    expect(await finalCode(await client.seal(cut, { compression: 'TarGz' }))).toBe(430);
    expect(simulator.ledger().accepted).toEqual([]);
  });

  it('is cancelled with 440 when it holds no invoice', async () => {
    const { session } = await client.sendBatch(await client.seal(await zip([])));

    expect(session.status).toMatchObject({ code: 440, details: ['Nie przesłano faktur'] });
  });

  it('fails with 420 when it holds too many, and accepts none of them', async () => {
    simulator.state.settings.invoicesPerSession = 2;
    const archive = await zip(files(invoiceOf('FV/1'), invoiceOf('FV/2'), invoiceOf('FV/3')));

    const { reference, session } = await client.sendBatch(await client.seal(archive));

    expect(session.status.code).toBe(420);
    expect(new Set(codes(await client.listInvoices(reference)))).toEqual(new Set([405]));
    expect(simulator.ledger().accepted).toEqual([]);
  });
});

describe('opening', () => {
  const openWith = async (change: (sealed: SealedPackage['request']) => unknown): Promise<number | undefined> => {
    const { request } = await client.seal(Buffer.from('package'));
    return refusalOf(await client.call('POST', '/sessions/batch', { body: change(request) }));
  };
  const partsOf = (request: SealedPackage['request'], count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...request.batchFile.fileParts[0], ordinalNumber: index + 1 }));

  it('refuses what KSeF refuses, with its codes', async () => {
    expect(await openWith((request) => ({ ...request, formCode: { ...request.formCode, systemCode: 'FA (1)' } }))).toBe(
      21405,
    );
    expect(await openWith(({ encryption: _, ...request }) => request)).toBe(21405);
    expect(
      await openWith((request) => ({
        ...request,
        encryption: { ...request.encryption, publicKeyId: sha256('unknown') },
      })),
    ).toBe(21470);
    expect(
      await openWith((request) => ({
        ...request,
        batchFile: { ...request.batchFile, fileParts: partsOf(request, 51) },
      })),
    ).toBe(21161);
    expect(
      await openWith((request) => ({
        ...request,
        batchFile: {
          ...request.batchFile,
          fileParts: [{ ...request.batchFile.fileParts[0], fileSize: 100_000_017 }],
        },
      })),
    ).toBe(21157);
    expect(
      await openWith((request) => ({
        ...request,
        batchFile: { ...request.batchFile, fileParts: partsOf(request, 2).slice(1) },
      })),
    ).toBe(21405);
  });

  it('accepts 50 parts of the largest size', async () => {
    const { request } = await client.seal(Buffer.from('package'));
    const fileParts = partsOf(request, 50).map((part) => ({ ...part, fileSize: 100_000_016 }));

    const { status, body } = await client.call('POST', '/sessions/batch', {
      body: { ...request, batchFile: { ...request.batchFile, fileParts } },
    });

    expect(status).toBe(201);
    expect(body.partUploadRequests).toHaveLength(50);
  });
});

describe('uploading and closing', () => {
  let sealed: SealedPackage;
  beforeEach(async () => {
    sealed = await client.seal(await zip(files(invoiceOf('FV/1'))), { partCount: 2 });
  });
  const part = (index: number): Buffer => sealed.parts[index]!;

  it('takes a part again, refuses other bytes, and refuses to close before all are there', async () => {
    const { referenceNumber, partUploadRequests } = await client.openBatch(sealed);
    const [first, second] = [partUploadRequests[0]!, partUploadRequests[1]!];

    expect((await client.uploadPart(first, part(0))).status).toBe(201);
    expect((await client.uploadPart(first, part(0))).status).toBe(201);
    expect((await client.uploadPart(first, part(1))).status).toBe(400);
    expect((await client.uploadPart(second, part(1).subarray(1))).status).toBe(400);
    expect(refusalOf(await close(referenceNumber))).toBe(21205);
    expect((await client.uploadPart(second, part(1))).status).toBe(201);
    expect((await close(referenceNumber)).status).toBe(204);
    expect(refusalOf(await close(referenceNumber))).toBe(21180);
    expect((await client.uploadPart(second, part(1))).status).toBe(403);
    expect((await client.poll(`/sessions/${referenceNumber}`)).body.status.code).toBe(200);
  });

  it('refuses a link with another key, and an upload without the prescribed header', async () => {
    const { partUploadRequests } = await client.openBatch(sealed);
    const request = partUploadRequests[0]!;

    expect(
      (await client.uploadPart({ ...request, url: request.url.replace(/sig=..../, 'sig=AAAA') }, part(0))).status,
    ).toBe(401);
    expect((await client.uploadPart({ ...request, url: request.url.replace('/1?', '/2?') }, part(0))).status).toBe(401);
    expect((await client.uploadPart({ ...request, headers: {} }, part(0))).status).toBe(400);
  });

  it('keeps a note when the access token is sent to the storage', async () => {
    const { partUploadRequests } = await client.openBatch(sealed);

    const { status } = await client.uploadPart(partUploadRequests[0]!, part(0), { authorization: 'Bearer secret' });

    expect(status).toBe(201);
    expect(simulator.ledger().violations).toMatchObject([{ kind: 'AUTHORIZATION_SENT_TO_STORAGE' }]);
    expect(JSON.stringify(simulator.ledger())).not.toContain('secret');
  });

  it('can leave the comparison of parts to the closing, as plain blob storage does', async () => {
    simulator.state.settings.partVerification = 'at-close';
    const shorter = await client.openBatch(sealed);
    const other = await client.openBatch(sealed);
    const corrupted = Buffer.from(part(1));
    corrupted[20] = 0xff ^ corrupted[20]!;

    await client.uploadAll(shorter, { ...sealed, parts: [part(0), part(1).subarray(16)] });
    await client.uploadAll(other, { ...sealed, parts: [part(0), corrupted] });

    expect(refusalOf(await close(shorter.referenceNumber))).toBe(21157);
    expect((await close(other.referenceNumber)).status).toBe(204);
    expect((await client.poll(`/sessions/${other.referenceNumber}`)).body.status.code).toBe(405);
  });

  it('does not know sessions that are not there, or belong to another context', async () => {
    const { referenceNumber } = await client.openBatch(sealed);
    const stranger = await loggedIn(simulator, OTHER);

    expect(refusalOf(await close('20261120-SB-0000000000-0000000000-00'))).toBe(21173);
    expect(refusalOf(await stranger.call('GET', `/sessions/${referenceNumber}`))).toBe(21173);
    expect(refusalOf(await client.call('GET', '/sessions/short'))).toBe(21405);
  });
});

describe('time limits', () => {
  let clock: ManualClock;
  beforeEach(async () => {
    await simulator.close();
    clock = new ManualClock(new Date('2026-11-20T10:00:00Z'));
    simulator = await startQuick({ clock, accessTokenTtlMs: 24 * 60 * MINUTE });
    client = await loggedIn(simulator);
  });

  it('grants 20 minutes per part to every part', async () => {
    const sealed = await client.seal(await zip(files(invoiceOf('FV/1', { issueDate: '2026-11-20' }))), {
      partCount: 2,
    });
    const { partUploadRequests } = await client.openBatch(sealed);

    clock.advance(40 * MINUTE - 1);
    expect((await client.uploadPart(partUploadRequests[0]!, sealed.parts[0]!)).status).toBe(201);
    clock.advance(1);
    expect((await client.uploadPart(partUploadRequests[1]!, sealed.parts[1]!)).status).toBe(403);
  });

  it('cancels a session after twelve hours', async () => {
    const sealed = await client.seal(await zip(files(invoiceOf('FV/1', { issueDate: '2026-11-20' }))));
    const opened = await client.openBatch(sealed);
    await client.uploadAll(opened, sealed);

    clock.advance(12 * 60 * MINUTE);

    expect((await client.call('GET', `/sessions/${opened.referenceNumber}`)).body.status).toMatchObject({
      code: 440,
      details: ['Przekroczono czas wysyłki'],
    });
    expect(refusalOf(await close(opened.referenceNumber))).toBe(21208);
  });

  it('takes the opening of the session for the day of acceptance', async () => {
    clock.advance(12 * 60 * MINUTE + 59 * MINUTE);
    const tomorrow = invoiceOf('FV/1', { issueDate: '2026-11-21' });
    const sealed = await client.seal(await zip(files(tomorrow)));
    const opened = await client.openBatch(sealed);
    clock.advance(2 * MINUTE);
    await client.uploadAll(opened, sealed);
    await close(opened.referenceNumber);
    clock.advance(0);
    await simulator.state.tasks.settled();

    expect(codes(await client.listInvoices(opened.referenceNumber))).toEqual([450]);
  });
});
