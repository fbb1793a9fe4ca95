import { constants, privateDecrypt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BatchId,
  FA3,
  KsefLoginError,
  KsefThrottledError,
  PackageCorruptError,
  type Part,
  type PartOrdinal,
  SecretBoxError,
  type SealedPackage,
  type SessionReference,
  type UploadTarget,
} from '@latarnik/domain';

import { sessionKeyLabel } from '../crypto/session-cipher.js';
import { access, entryOf, inOrder, noCertificate, sha256 } from '../testing/fakes.js';
import {
  type AdapterUnderTest,
  adapterUnderTest,
  type Replacements,
  type Routes,
  SESSION,
} from '../testing/ksef-double.js';
import { ministryKey } from '../testing/ministry-key.js';
import { html, json, type LocalServer, problem, startLocalServer } from '../testing/local-server.js';
import { temporaryFolder, type TemporaryFolder } from '../testing/temporary-folder.js';

const OPEN = 'POST /sessions/batch';
const CLOSE = `POST /sessions/batch/${SESSION}/close`;
const batchId = '6f1f6a52-57a3-4b6a-8a55-2b1b7cf8c0aa' as BatchId;
const entries = [entryOf(Buffer.from('<Faktura>1</Faktura>'), 'a'), entryOf(Buffer.from('<Faktura>2</Faktura>'), 'b')];

let adapter: AdapterUnderTest;
let sealed: SealedPackage;
afterEach(async () => {
  await adapter.close();
});

const request = (ordinalNumber: number, more: object = {}): object => ({
  ordinalNumber,
  method: 'PUT',
  url: `https://api-test.ksef.mf.gov.pl/storage/${String(ordinalNumber)}?sig=secret`,
  headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-nothing': null },
  ...more,
});
const openedWith = (...partUploadRequests: readonly object[]) =>
  json(201, { referenceNumber: SESSION, partUploadRequests });

async function start(routes: Routes = {}, replacements: Replacements = {}): Promise<void> {
  adapter = await adapterUnderTest(
    { [OPEN]: openedWith(request(1), request(2)), ...routes },
    {
      ...replacements,
      options: { partBytes: 70, ...replacements.options },
    },
  );
  sealed = await adapter.packager.seal(batchId, inOrder(entries));
  expect(sealed.parts).toHaveLength(2);
  keyReads = adapter.server.requests.length;
}
/** What packing asked for: the public keys. */
let keyReads = 0;
const requestsSince = () => adapter.server.requests.slice(keyReads);

describe('opening a batch session', () => {
  it('declares the package exactly, wraps its key for KSeF, and returns the targets', async () => {
    await start();
    const attempt = await adapter.batches.open(access, FA3, sealed);

    expect(attempt).toEqual({
      outcome: 'done',
      value: {
        reference: SESSION,
        targets: [1, 2].map((ordinal) => ({
          ordinal,
          method: 'PUT',
          url: `https://api-test.ksef.mf.gov.pl/storage/${String(ordinal)}?sig=secret`,
          headers: { 'x-ms-blob-type': 'BlockBlob' },
        })),
      },
    });
    const sent = adapter.server.requests.findLast(({ path }) => path === '/v2/sessions/batch');
    const { encryption, ...declared } = JSON.parse(sent?.body.toString() ?? '') as {
      encryption: Record<string, string>;
    };
    expect(declared).toEqual({
      formCode: { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' },
      batchFile: {
        fileSize: sealed.sizeBytes,
        fileHash: sealed.sha256,
        compressionType: 'TarGz',
        fileParts: sealed.parts.map((part) => ({
          ordinalNumber: part.ordinal,
          fileSize: part.sizeBytes,
          fileHash: part.sha256,
        })),
      },
      offlineMode: true,
    });
    const unwrapped = privateDecrypt(
      { key: adapter.key.privateKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from(encryption['encryptedSymmetricKey'] ?? '', 'base64'),
    );
    const key = await adapter.secretBox.open(sealed.sealedSessionKey, sessionKeyLabel(sealed));
    expect(unwrapped.equals(key)).toBe(true);
    expect(encryption['initializationVector']).toBe(Buffer.from(sealed.initializationVector).toString('base64'));
    expect(encryption['publicKeyId']).toBe(adapter.key.dto.publicKeyId);
  });

  const publicKeyIdSent = (): unknown => {
    const sent = adapter.server.requests.findLast(({ path }) => path === '/v2/sessions/batch');
    return (JSON.parse(sent?.body.toString() ?? '') as { encryption: Record<string, string> }).encryption[
      'publicKeyId'
    ];
  };

  it('needs no key of ours for a package that was wrapped for KSeF when it was packed', async () => {
    await start();
    adapter.secretBox.open = () => Promise.reject(new SecretBoxError('the key-encryption key is missing'));

    expect(sealed.keyForKsef?.publicKeyId).toBe(adapter.key.dto.publicKeyId);
    expect((await adapter.batches.open(access, FA3, sealed)).outcome).toBe('done');
  });

  it('wraps the key anew when KSeF no longer lists the one it was wrapped with', async () => {
    await start();
    const another = await ministryKey();
    adapter.route({ 'GET /security/public-key-certificates': json(200, [another.dto]) });
    adapter.clock.advance({ hours: 13 });

    expect((await adapter.batches.open(access, FA3, sealed)).outcome).toBe('done');
    expect(publicKeyIdSent()).toBe(another.dto.publicKeyId);
  });

  it('opens a package that could not be wrapped for KSeF when it was packed', async () => {
    await start({ 'GET /security/public-key-certificates': html(500) });
    expect(sealed.keyForKsef).toBeUndefined();

    adapter.route({ 'GET /security/public-key-certificates': json(200, [adapter.key.dto]) });
    expect((await adapter.batches.open(access, FA3, sealed)).outcome).toBe('done');
    expect(publicKeyIdSent()).toBe(adapter.key.dto.publicKeyId);
  });

  it('says that the public key was withdrawn (21470), and reads the list anew before the next session', async () => {
    await start({ [OPEN]: [problem(21470, 'Klucz wycofany.'), openedWith(request(1), request(2))] });
    const list = '/v2/security/public-key-certificates';

    expect(await adapter.batches.open(access, FA3, sealed)).toEqual({
      outcome: 'failed',
      error: { code: 'PUBLIC_KEY_WITHDRAWN' },
    });
    expect(adapter.calls('GET', list)).toBe(1);
    expect((await adapter.batches.open(access, FA3, sealed)).outcome).toBe('done');
    expect(adapter.calls('GET', list)).toBe(2);
  });

  it('is a definite no with the code of KSeF', async () => {
    await start({ [OPEN]: problem(21157, 'Nieprawidłowy rozmiar części pakietu.') });
    expect(await adapter.batches.open(access, FA3, sealed)).toEqual({
      outcome: 'failed',
      error: {
        code: 'KSEF_REFUSED',
        httpStatus: 400,
        ksefCode: 21157,
        description: '21157 Nieprawidłowy rozmiar części pakietu.',
      },
    });
  });

  it.each([
    ['HTML with 200', html(200)],
    ['a part without address', openedWith(request(1))],
    ['a part named twice', openedWith(request(1), request(1))],
    ['a part that was not declared', openedWith(request(1), request(3))],
    ['a method that deletes', openedWith(request(1), request(2, { method: 'DELETE' }))],
    ['an error of the server', html(500)],
    ['a reset', 'reset' as const],
    ['an answer cut off', 'reset-mid-answer' as const],
  ])('is unknown after %s', async (_name, reply) => {
    await start({ [OPEN]: reply });
    expect((await adapter.batches.open(access, FA3, sealed)).outcome).toBe('unknown');
  });

  it('is unknown, with nothing sent, when the public keys cannot be read', async () => {
    await start({ 'GET /security/public-key-certificates': html(200) });
    expect(await adapter.batches.open(access, FA3, sealed)).toMatchObject({
      outcome: 'unknown',
      cause: expect.stringMatching(/^not sent: public keys: HTTP 200/) as unknown,
    });
    expect(adapter.calls('POST', '/v2/sessions/batch')).toBe(0);
  });

  it('throws on limits and on a missing login', async () => {
    await start({ [OPEN]: json(429, {}, { 'retry-after': '30' }) });
    await expect(adapter.batches.open(access, FA3, sealed)).rejects.toMatchObject({ retryAfterSeconds: 30 });
    await adapter.close();

    await start({}, { certificates: noCertificate });
    await expect(adapter.batches.open(access, FA3, sealed)).rejects.toThrow(KsefLoginError);
  });

  it('does not open the key of another package', async () => {
    await start();
    const mine = sealed;
    const other = await adapter.packager.seal(batchId, inOrder(entries.slice(1)));
    const { keyForKsef: _wrapped, ...swapped } = { ...mine, sealedSessionKey: other.sealedSessionKey };

    await expect(adapter.batches.open(access, FA3, swapped)).rejects.toThrow(SecretBoxError);
    expect(adapter.calls('POST', '/v2/sessions/batch')).toBe(0);
  });
});

describe('closing a batch session', () => {
  const session = SESSION as SessionReference;

  it('is done with 204, refused with a code, unknown otherwise', async () => {
    await start({
      [CLOSE]: [
        { status: 204 },
        problem(21205, 'Pakiet nie może być pusty.'),
        html(200),
        { status: 200 },
        html(500),
        'reset',
      ],
    });
    const close = () => adapter.batches.close(access, session);

    expect(await close()).toEqual({ outcome: 'done', value: undefined });
    expect(await close()).toMatchObject({ outcome: 'failed', error: { ksefCode: 21205, httpStatus: 400 } });
    for (let at = 0; at < 4; at += 1) expect((await close()).outcome).toBe('unknown');
  });
});

describe('uploading a part', () => {
  const part: Part = { ordinal: 1 as PartOrdinal, sizeBytes: 3_000_000, sha256: '' };
  const bytes = Buffer.alloc(part.sizeBytes, 'encrypted');
  let folder: TemporaryFolder;
  let file: string;
  let foreign: LocalServer;

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'part');
    await writeFile(file, bytes);
    foreign = await startLocalServer(() => ({ status: 201 }));
  });
  afterEach(async () => {
    await foreign.close();
    await folder.remove();
  });

  const declared: Part = { ...part, sha256: sha256(bytes) };
  const target = (more: Partial<UploadTarget> = {}): UploadTarget => ({
    ordinal: declared.ordinal,
    method: 'PUT',
    url: `${adapter.server.url}/storage/1?sig=secret`,
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    ...more,
  });
  const storage = (reply: Routes[string]): Routes => ({ 'PUT /storage/1': reply });

  it('sends the bytes with the prescribed headers, and no token even after a login', async () => {
    await start({ ...storage({ status: 201 }) });
    await adapter.batches.open(access, FA3, sealed);

    expect(await adapter.batches.uploadPart(target(), declared, file)).toEqual({ outcome: 'done', value: undefined });
    const sent = adapter.server.requests.at(-1);
    expect(sent?.path).toBe('/storage/1?sig=secret');
    expect(sent?.body.equals(await readFile(file))).toBe(true);
    const { host: _host, connection: _connection, ...headers } = sent?.headers ?? {};
    expect(headers).toEqual({ 'x-ms-blob-type': 'BlockBlob', 'content-length': '3000000' });
  });

  it.each([
    [403, { code: 'UPLOAD_WINDOW_CLOSED' }],
    [400, { code: 'UPLOAD_REJECTED', httpStatus: 400 }],
    [401, { code: 'UPLOAD_REJECTED', httpStatus: 401 }],
    [404, { code: 'UPLOAD_REJECTED', httpStatus: 404 }],
  ])('answered with %i is refused', async (status, error) => {
    await start(storage({ status }));
    expect(await adapter.batches.uploadPart(target(), declared, file)).toEqual({ outcome: 'failed', error });
  });

  it.each([
    ['500', { status: 500 }],
    ['408', { status: 408 }],
    ['200 with HTML', html(200)],
    ['a redirect', { status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
    ['a reset', 'reset' as const],
  ])('is unknown after %s', async (_name, reply) => {
    await start(storage(reply));
    expect((await adapter.batches.uploadPart(target(), declared, file)).outcome).toBe('unknown');
  });

  it('is unknown when the answer does not come in time', async () => {
    await start(storage('silence'), { options: { uploadTimeoutMs: 200 } });
    expect(await adapter.batches.uploadPart(target(), declared, file)).toEqual({
      outcome: 'unknown',
      cause: 'part 1: no answer in time',
    });
  });

  it('passes on a limit', async () => {
    await start(storage({ status: 429, headers: { 'retry-after': '3' } }));
    await expect(adapter.batches.uploadPart(target(), declared, file)).rejects.toThrow(KsefThrottledError);
  });

  it('goes to no foreign address, and raises an alarm that does not tell the address', async () => {
    await start();
    for (const url of [
      `${foreign.url}/storage/1?sig=secret`,
      'http://169.254.169.254/latest/meta-data?sig=secret',
      `${adapter.server.url.replace('http://', 'http://user:secret@')}/storage/1`,
      adapter.server.url.replace('127.0.0.1', 'localhost'),
      'file:///etc/passwd',
      'not an address',
    ]) {
      expect(await adapter.batches.uploadPart(target({ url }), declared, file)).toEqual({
        outcome: 'failed',
        error: { code: 'UPLOAD_TARGET_FORBIDDEN' },
      });
    }
    expect(foreign.requests).toEqual([]);
    expect(requestsSince()).toEqual([]);
    expect(adapter.events.map(({ code }) => code)).toEqual(Array(6).fill('STORAGE_TARGET_FORBIDDEN'));
    expect(JSON.stringify(adapter.events)).not.toContain('secret');
  });

  it('goes to another origin when the configuration allows it', async () => {
    await start({}, { options: { allowedUploadOrigins: [foreign.url] } });
    const url = `${foreign.url}/storage/1`;
    expect(await adapter.batches.uploadPart(target({ url }), declared, file)).toMatchObject({ outcome: 'done' });
  });

  it.each(['authorization', 'Host', 'transfer-encoding', 'Cookie', 'content-length'])(
    'sends no header %s, whoever prescribes it',
    async (name) => {
      await start();
      expect(await adapter.batches.uploadPart(target({ headers: { [name]: 'x' } }), declared, file)).toMatchObject({
        error: { code: 'UPLOAD_TARGET_FORBIDDEN' },
      });
      expect(requestsSince()).toEqual([]);
    },
  );

  it('is cut off before the last byte when the file is not the declared part', async () => {
    await start(storage({ status: 201 }));
    const changed = Buffer.from(bytes);
    changed[1_000_000] = 0;
    await writeFile(file, changed);

    await expect(adapter.batches.uploadPart(target(), declared, file)).rejects.toThrow(PackageCorruptError);
    expect(requestsSince()).toEqual([]);
  });

  it('does not start when the size differs, or the address is another part’s', async () => {
    await start(storage({ status: 201 }));
    await expect(adapter.batches.uploadPart(target({ ordinal: 2 as PartOrdinal }), declared, file)).rejects.toThrow(
      'the address of another part',
    );
    await writeFile(file, bytes.subarray(1));
    await expect(adapter.batches.uploadPart(target(), declared, file)).rejects.toThrow(PackageCorruptError);
    expect(requestsSince()).toEqual([]);
  });
});
