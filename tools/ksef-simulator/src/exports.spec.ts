import { createDecipheriv } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { extract } from 'tar-stream';

import { ManualClock, type Simulator } from './index.js';
import { type Answer, readAnswer, refusalOf } from './testing/answers.js';
import type { KsefClient, Wrapped } from './testing/ksef-client.js';
import { sha256 } from './testing/packages.js';
import { invoiceOf, loggedIn, OTHER, startQuick } from './testing/setup.js';

const DAY = 86_400_000;

let simulator: Simulator;
let clock: ManualClock;
let client: KsefClient;
beforeEach(async () => {
  clock = new ManualClock(new Date());
  simulator = await startQuick({ clock, accessTokenTtlMs: 30 * DAY });
  client = await loggedIn(simulator);
});
afterEach(async () => {
  await simulator.close();
});

async function order(wrapped: Wrapped, more: object = {}, filters: object = {}): Promise<Answer> {
  return client.call('POST', '/invoices/exports', {
    body: {
      encryption: wrapped.declared,
      compressionType: 'TarGz',
      filters: {
        subjectType: 'Subject1',
        dateRange: { dateType: 'PermanentStorage', from: new Date(clock.now() - DAY).toISOString() },
        ...filters,
      },
      ...more,
    },
  });
}

const status = async (ordered: Answer) => {
  clock.advance(0);
  await simulator.state.tasks.settled();
  return client.call('GET', `/invoices/exports/${ordered.body.referenceNumber}`);
};

async function filesOf(wrapped: Wrapped, { body }: Answer): Promise<ReadonlyMap<string, string>> {
  const parts: Buffer[] = [];
  for (const { encryptedPartHash, partHash, url } of body.package.parts) {
    const { bytes, headers } = await readAnswer(await fetch(url));
    expect(sha256(bytes)).toBe(encryptedPartHash);
    expect(headers.get('x-ms-meta-hash')).toBe(encryptedPartHash);
    const decipher = createDecipheriv('aes-256-cbc', wrapped.key, wrapped.iv);
    const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
    expect(sha256(plain)).toBe(partHash);
    parts.push(plain);
  }
  const files = new Map<string, string>();
  const reader = extract();
  reader.end(gunzipSync(Buffer.concat(parts)));
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks).toString('utf8'));
  }
  return files;
}

it('packs, encrypts and hands out what the query finds, with its metadata', async () => {
  const channel = await client.openOnline();
  const first = invoiceOf('FV/1');
  const { body } = await channel.send(first);
  await channel.send(invoiceOf('FV/2'));
  clock.advance(1000);
  const wrapped = await client.wrapKey();

  const done = await status(await order(wrapped));

  expect(done.body).toMatchObject({
    status: { code: 200 },
    package: { invoiceCount: 2, isTruncated: false, parts: [{ ordinalNumber: 1, method: 'GET' }] },
  });
  const files = await filesOf(wrapped, done);
  expect(files.get(`${body.ksefNumber}.xml`)).toBe(first);
  expect(files.size).toBe(3);
  const metadata = JSON.parse(files.get('_metadata.json') ?? '') as { invoices: { invoiceNumber: string }[] };
  expect(metadata.invoices.map(({ invoiceNumber }) => invoiceNumber)).toEqual(['FV/1', 'FV/2']);
});

it('gives metadata only when that is asked for', async () => {
  await (await client.openOnline()).send(invoiceOf('FV/1'));
  clock.advance(1000);
  const wrapped = await client.wrapKey();

  const done = await status(await order(wrapped, { onlyMetadata: true }));

  expect([...(await filesOf(wrapped, done)).keys()]).toEqual(['_metadata.json']);
});

it('says 415, 420, 210 and 410 when it is time to', async () => {
  const wrapped = await client.wrapKey();
  const foreign = { ...wrapped, declared: { ...wrapped.declared, encryptedSymmetricKey: 'AAAA' } };
  const later = {
    dateType: 'PermanentStorage',
    from: new Date(clock.now() + DAY).toISOString(),
    to: new Date(clock.now() + 2 * DAY).toISOString(),
    restrictToPermanentStorageHwmDate: true,
  };

  expect((await status(await order(foreign))).body.status.code).toBe(415);
  expect((await status(await order(wrapped, {}, { dateRange: later }))).body.status.code).toBe(420);
  const ordered = await order(wrapped);
  const { url } = (await status(ordered)).body.package.parts[0]!;
  clock.advance(4 * DAY);
  expect((await fetch(url)).status).toBe(403);
  expect((await status(ordered)).body.status.code).toBe(210);
  clock.advance(3 * DAY);
  expect((await status(ordered)).status).toBe(410);
});

it('refuses an eleventh export at once, an unknown key, dates that make no range, and other contexts', async () => {
  const wrapped = await client.wrapKey();
  simulator.state.settings.processingDelayMs = 60_000;
  const first = await order(wrapped);
  for (let count = 2; count <= 10; count++) expect((await order(wrapped)).status).toBe(201);

  expect(refusalOf(await order(wrapped))).toBe(21182);
  const unknown = { ...wrapped, declared: { ...wrapped.declared, publicKeyId: `${'A'.repeat(43)}=` } };
  expect(refusalOf(await order(unknown))).toBe(21470);
  const range = { dateType: 'Issue', from: '2026-11-20', to: '2026-11-01' };
  expect(refusalOf(await order(wrapped, {}, { dateRange: range }))).toBe(21405);
  simulator.state.settings.processingDelayMs = 0;
  const stranger = await loggedIn(simulator, OTHER);
  expect(refusalOf(await stranger.call('GET', `/invoices/exports/${first.body.referenceNumber}`))).toBe(21175);
});
