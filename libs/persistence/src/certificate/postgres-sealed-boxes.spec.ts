import { describe, expect, it } from '@jest/globals';
import {
  packed,
  StaleLeaseError,
  type BatchId,
  type Certificate,
  type CertificateId,
  type EnabledWebhook,
  type SealedKey,
  type StoredBox,
  type WebhookId,
} from '@latarnik/domain';
import { aPlannedBatch, aSealedPackage, bytesOf, CONTEXT, nextId, NOON, serialOf } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const boxes = () => stage.database.sealedBoxes;

async function aCertificate(box: string, purpose: Certificate['purpose'] = 'offline'): Promise<CertificateId> {
  const id = nextId() as CertificateId;
  const certificate = {
    ...{ id, context: CONTEXT, purpose, serial: serialOf(id), keyAlgorithm: 'rsa' },
    ...{ der: bytesOf('der'), subject: 'CN=Spółka', notBefore: NOON, notAfter: NOON.add({ hours: 24 }) },
    sealedKey: bytesOf(box) as SealedKey,
  } as const;
  await inTenant(stage.tenant, ({ certificates }) => certificates.add(certificate as Certificate));
  return id;
}

async function aPackedBatch(): Promise<BatchId> {
  const batch = aPlannedBatch();
  await inTenant(stage.tenant, async ({ batches }) => {
    await batches.add(batch);
    const lease = await batches.lease(batch.id, 'worker', 60);
    await batches.save(packed(batch, aSealedPackage()), lease!, 0);
    await batches.release(lease!);
  });
  return batch.id;
}

/** All boxes of the tenant of this test. */
async function all(kind: StoredBox['kind'], limit = 100): Promise<readonly StoredBox[]> {
  const found: StoredBox[] = [];
  let page: readonly StoredBox[] = [];
  do {
    page = await boxes().page(kind, page.at(-1), limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    found.push(...page);
  } while (page.length === limit);
  return found.filter(({ tenant }) => tenant === stage.tenant);
}

describe('the boxes of certificates', () => {
  it('are given page by page, each once, with what their label is made of', async () => {
    const ids = [await aCertificate('one'), await aCertificate('two', 'authentication'), await aCertificate('three')];

    expect(await all('certificate', 2)).toEqual([
      { kind: 'certificate', tenant: stage.tenant, id: ids[0], purpose: 'offline', box: bytesOf('one') },
      { kind: 'certificate', tenant: stage.tenant, id: ids[1], purpose: 'authentication', box: bytesOf('two') },
      { kind: 'certificate', tenant: stage.tenant, id: ids[2], purpose: 'offline', box: bytesOf('three') },
    ]);
  });

  it('are replaced when they are still the ones that were read', async () => {
    await aCertificate('old');
    const [stored] = await all('certificate');

    expect(await boxes().replace(stored!, bytesOf('new'))).toBe('replaced');
    expect(await boxes().replace(stored!, bytesOf('newer'))).toBe('gone');
    expect((await all('certificate')).map(({ box }) => Buffer.from(box).toString())).toEqual(['new']);
  });
});

describe('the boxes of webhook secrets', () => {
  it('are given, and replaced when they are still the ones that were read', async () => {
    const id = nextId();
    const webhook: EnabledWebhook = {
      ...{ state: 'enabled', id: nextId() as WebhookId, url: 'https://erp.example/', filter: [], description: '' },
      ...{ createdAt: NOON, createdBy: 'api-key:k', version: 0 },
    };
    const claim = { key: webhook.id, fingerprint: 'print' };
    await inTenant(stage.tenant, ({ webhooks }) => webhooks.add(webhook, { id, box: bytesOf('old') }, claim));
    const [stored] = await all('webhook-secret');

    expect(stored).toEqual({ kind: 'webhook-secret', tenant: stage.tenant, id, box: bytesOf('old') });
    expect(await boxes().replace(stored!, bytesOf('new'))).toBe('replaced');
    expect(await boxes().replace(stored!, bytesOf('newer'))).toBe('gone');
    expect(await inTenant(stage.tenant, ({ webhooks }) => webhooks.secrets(webhook.id))).toEqual([
      { id, box: bytesOf('new') },
    ]);
  });
});

describe('the boxes of session keys', () => {
  it('are given with what they are bound to, while the batch has one', async () => {
    const planned = aPlannedBatch();
    await inTenant(stage.tenant, ({ batches }) => batches.add(planned));
    const id = await aPackedBatch();
    const { sha256, initializationVector, sealedSessionKey: box } = aSealedPackage();

    expect(await all('session-key')).toEqual([
      { kind: 'session-key', tenant: stage.tenant, id, declared: { sha256, initializationVector }, box },
    ]);
  });

  it('are not replaced while a worker holds the batch, which would write the old one back', async () => {
    const id = await aPackedBatch();
    const [stored] = await all('session-key');
    const held = await inTenant(stage.tenant, ({ batches }) => batches.lease(id, 'worker', 60));

    expect(await boxes().replace(stored!, bytesOf('new'))).toBe('busy');
    await inTenant(stage.tenant, ({ batches }) => batches.release(held!));
    expect(await boxes().replace(stored!, bytesOf('new'))).toBe('replaced');
    expect(await boxes().replace(stored!, bytesOf('newer'))).toBe('gone');
  });

  it('stop a worker that lost its lease and still wants to write', async () => {
    const id = await aPackedBatch();
    const { batch, late } = await inTenant(stage.tenant, async ({ batches }) => ({
      late: await batches.lease(id, 'worker', -1),
      batch: await batches.find(id),
    }));
    const [stored] = await all('session-key');
    expect(await boxes().replace(stored!, bytesOf('new'))).toBe('replaced');

    const writing = inTenant(stage.tenant, ({ batches }) => batches.save(batch!, late!, 0));
    await expect(writing).rejects.toBeInstanceOf(StaleLeaseError);
    expect((await all('session-key')).map(({ box }) => Buffer.from(box).toString())).toEqual(['new']);
  });

  it('are found by the next worker, which goes on with the new one', async () => {
    const id = await aPackedBatch();
    const [stored] = await all('session-key');
    await boxes().replace(stored!, bytesOf('new'));
    const found = await inTenant(stage.tenant, async ({ batches }) => {
      const lease = await batches.lease(id, 'worker', 60);
      return { lease, batch: await batches.find(id) };
    });

    expect(found.lease).toBeDefined();
    expect(found.batch).toMatchObject({ state: 'packed', sealed: { sealedSessionKey: bytesOf('new') } });
  });
});

describe('the boxes under one version of the key-encryption key', () => {
  /** What is under a version that no other test uses; the version is in bytes 1 to 4. */
  const under = (version: number, text: string) => `\u0002\u0000\u0000\u0000${String.fromCharCode(version)}${text}`;
  const texts = async (kind: StoredBox['kind'], version: number, limit = 100) =>
    (await boxes().newest(kind, version, limit))
      .filter(({ tenant }) => tenant === stage.tenant)
      .map(({ box }) => Buffer.from(box).subarray(5).toString());

  it('are the newest certificates, whatever lies before them', async () => {
    for (let at = 0; at < 25; at += 1) await aCertificate(under(11, `old ${String(at)}`));
    await aCertificate(under(12, 'first'));
    await aCertificate(under(11, 'between'));
    await aCertificate(under(12, 'second'), 'authentication');

    expect(await texts('certificate', 12)).toEqual(['second', 'first']);
    expect(await texts('certificate', 12, 1)).toEqual(['second']);
    expect((await texts('certificate', 11, 2))[0]).toBe('between');
    expect(await texts('certificate', 13)).toEqual([]);
    expect(await texts('session-key', 12)).toEqual([]);
  });

  it('are session keys, too, with what they are bound to', async () => {
    const id = await aPackedBatch();
    const [stored] = await all('session-key');
    const box = bytesOf(under(14, 'session'));
    await boxes().replace(stored!, box);

    expect(await boxes().newest('session-key', 14, 5)).toEqual([{ ...stored, id, box }]);
    expect(await texts('certificate', 14)).toEqual([]);
  });
});
