import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BATCH_LIMITS, type BatchId, type Part, type SealedPackage, type UploadTarget } from '@latarnik/domain';
import fc from 'fast-check';

import { PartUpload } from './http/part-upload.js';
import { Transport } from './http/transport.js';
import { SpoolBatchPackager } from './package/spool-batch-packager.js';
import { tarGz } from './package/tar-gz.js';
import { entryOf, inOrder, MemorySecretBox, sha256 } from './testing/fakes.js';
import { type Fault, type FaultProxy, startFaultProxy } from './testing/fault-proxy.js';
import { type LocalServer, startLocalServer } from './testing/local-server.js';
import { temporaryFolder, type TemporaryFolder } from './testing/temporary-folder.js';

const batchId = '0b0c9d2e-5f4a-4f3e-9c53-8a1f1f0e7a01' as BatchId;
const PART_BYTES = 300_000;

let folder: TemporaryFolder;
let storage: LocalServer;
let proxy: FaultProxy;
let sealed: SealedPackage;
let files: ReadonlyMap<number, string>;

beforeEach(async () => {
  folder = await temporaryFolder();
  storage = await startLocalServer(() => ({ status: 201 }));
  proxy = await startFaultProxy(Number(new URL(storage.url).port));
  const packager = new SpoolBatchPackager(
    tarGz,
    new MemorySecretBox(),
    () => Promise.resolve({ encryptedSymmetricKey: '', publicKeyId: '' }),
    { spoolDirectory: folder.path, limits: { ...BATCH_LIMITS, partBytes: PART_BYTES } },
  );
  const entries = Array.from({ length: 8 }, () => entryOf(randomBytes(100_000), randomUUID()));
  sealed = await packager.seal(batchId, inOrder(entries));
  const made = await packager.files(batchId, sealed, () => inOrder(entries));
  if (made === undefined) throw new Error('no files');
  files = made;
});
afterEach(async () => {
  await proxy.close();
  await storage.close();
  await folder.remove();
});

function upload(uploadTimeoutMs: number): PartUpload {
  const storageOrigins = new Set([`http://127.0.0.1:${String(proxy.port)}`]);
  return new PartUpload(new Transport({ connectTimeoutMs: 5_000 }), {
    storageOrigins,
    uploadTimeoutMs,
    log: () => undefined,
  });
}

const targetOf = ({ ordinal }: Part): UploadTarget => ({
  ordinal,
  method: 'PUT',
  url: `http://127.0.0.1:${String(proxy.port)}/part/${String(ordinal)}`,
  headers: {},
});

/** Sends a part as the upload step does: again as long as its fate is unknown. @returns the outcomes on the way */
async function sendUntilThere(sender: PartUpload, part: Part): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const { outcome } = await sender.send(targetOf(part), part, files.get(part.ordinal) ?? '');
    outcomes.push(outcome);
    if (outcome !== 'unknown') return outcomes;
  }
  throw new Error('the part did not arrive in ten attempts');
}

/** Every request whose body came whole had exactly the declared bytes, and every part came. */
async function expectExactArrival(): Promise<void> {
  const arrived = new Set<string>();
  for (const { path, body, headers } of storage.requests) {
    const part = sealed.parts.find(({ ordinal }) => path === `/part/${String(ordinal)}`);
    expect(sha256(body)).toBe(part?.sha256);
    expect(headers['content-length']).toBe(String(part?.sizeBytes));
    expect(body.equals(await readFile(files.get(part?.ordinal ?? 0) ?? ''))).toBe(true);
    arrived.add(path);
  }
  expect([...arrived].sort()).toEqual(['/part/1', '/part/2', '/part/3']);
}

describe('three parts over a line with faults', () => {
  it('are three', () => {
    expect(sealed.parts).toHaveLength(3);
  });

  it.each<[string, Fault, readonly string[]]>([
    ['reset before anything came', { kind: 'reset-at', bytes: 0 }, ['unknown', 'done']],
    ['reset in the headers', { kind: 'reset-at', bytes: 40 }, ['unknown', 'done']],
    ['reset half-way', { kind: 'reset-at', bytes: 150_000 }, ['unknown', 'done']],
    ['reset one byte before the end', { kind: 'reset-at', bytes: PART_BYTES }, ['unknown', 'done']],
    ['slow', { kind: 'slow', pieceBytes: 4_096 }, ['done']],
    ['the answer cut off in its first line', { kind: 'truncated-answer', bytes: 5 }, ['unknown', 'done']],
    ['no answer at all', { kind: 'truncated-answer', bytes: 0 }, ['unknown', 'done']],
    ['told to continue, and then silence', { kind: 'continue-stall' }, ['unknown', 'done']],
  ])('arrive exactly: %s', async (_name, fault, outcomes) => {
    const sender = upload(fault.kind === 'continue-stall' ? 1_000 : 60_000);
    proxy.next.push(fault);
    const [first, ...others] = sealed.parts;
    if (first === undefined) throw new Error('no part');
    expect(await sendUntilThere(sender, first)).toEqual(outcomes);
    expect(proxy.happened).toEqual([fault.kind]);
    for (const part of others) expect(await sendUntilThere(sender, part)).toEqual(['done']);
    await expectExactArrival();
  });

  it('arrive exactly, all at once, whatever faults come wherever', async () => {
    const fault = fc.oneof(
      fc.record({ kind: fc.constant('reset-at' as const), bytes: fc.nat({ max: PART_BYTES }) }),
      fc.record({ kind: fc.constant('slow' as const), pieceBytes: fc.integer({ min: 1_000, max: 60_000 }) }),
      fc.record({ kind: fc.constant('truncated-answer' as const), bytes: fc.nat({ max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (faults) => {
        proxy.next.splice(0, proxy.next.length, ...faults);
        const sender = upload(60_000);
        await Promise.all(sealed.parts.map((part) => sendUntilThere(sender, part)));
        await expectExactArrival();
      }),
      { numRuns: 15 },
    );
  });
});
