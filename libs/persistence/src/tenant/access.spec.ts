import { describe, expect, it } from '@jest/globals';
import { Temporal, toBase64, type NewApiKey, type TenantId } from '@latarnik/domain';
import {
  aTenantId,
  anIssuedInvoice,
  bytesOf,
  CONTEXT,
  hashOf,
  nextId,
  NOON,
  OTHER_CONTEXT,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { addPlatformKey } from './add-platform-key.js';
import { USERS } from './typeorm-tenant-contexts.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
/** For what is held against the clock of the database. */
const TODAY = Temporal.Instant.fromEpochMilliseconds(Date.now());

const aKey = (client = 'shop', more: Partial<NewApiKey['key']> = {}): NewApiKey => {
  const id = nextId();
  return {
    key: {
      ...{ id, client, scopes: ['read', 'issue'], createdAt: NOON, createdBy: 'api-key:first' },
      expiresAt: NOON.add({ hours: 24 * 365 }),
      ...more,
    },
    sha256: toBase64(hashOf(bytesOf(id))),
    idempotencyKey: `request ${id}`,
    fingerprint: 'print',
  };
};

describe('the keys of a tenant', () => {
  it('are given back as they were stored, newest first, to their tenant only', async () => {
    const plain = aKey();
    const limited = aKey('pos', {
      ...{ contexts: [CONTEXT], ipRanges: ['10.0.0.0/8', '2001:db8::/32'], scopes: ['issue'] },
      createdAt: NOON.add({ seconds: 1 }),
    });
    await inTenant(stage.tenant, async ({ apiKeys }) => {
      await apiKeys.lock();
      await apiKeys.add(plain);
      await apiKeys.add(limited);
    });
    expect(await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.all())).toEqual([limited.key, plain.key]);
    expect(await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.byIdempotencyKey(plain.idempotencyKey))).toEqual({
      key: plain.key,
      fingerprint: 'print',
    });
    const other = await stage.database.aTenant();
    expect(await inTenant(other, ({ apiKeys }) => apiKeys.all())).toEqual([]);
    expect(await inTenant(other, ({ apiKeys }) => apiKeys.revoke(plain.key.id, NOON))).toBeUndefined();
    expect(await stage.database.apiKeys.authenticate(limited.sha256)).toEqual({
      ...{ keyId: limited.key.id, client: 'pos', tenant: stage.tenant, permissions: ['issue'], contexts: [CONTEXT] },
      ...{ ipRanges: ['10.0.0.0/8', '2001:db8::/32'], expiresAt: limited.key.expiresAt },
    });
  });

  it('end once, and are never given more than they were made with', async () => {
    const { key, ...rest } = aKey();
    await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.add({ key, ...rest }));
    const revoke = (at: typeof NOON) => inTenant(stage.tenant, ({ apiKeys }) => apiKeys.revoke(key.id, at));
    expect(await revoke(NOON.add({ hours: 1 }))).toMatchObject({ revokedAt: NOON.add({ hours: 1 }) });
    expect(await revoke(NOON.add({ hours: 2 }))).toMatchObject({ revokedAt: NOON.add({ hours: 1 }) });
    for (const change of [`scopes = '{keys}'`, 'revoked_at = NULL', `expires_at = expires_at + interval '1 day'`]) {
      const changing = stage.database.sql(`UPDATE api_key SET ${change} WHERE id = $1`, [key.id]);
      await expect(changing).rejects.toMatchObject({ code: 'LA001' });
    }
  });

  it('last a year at most, whoever writes them', async () => {
    const tooLong = aKey('shop', { expiresAt: NOON.add({ hours: 24 * 367 }) });
    await expect(inTenant(stage.tenant, ({ apiKeys }) => apiKeys.add(tooLong))).rejects.toMatchObject({
      sqlState: '23514',
    });
  });

  it('that tools write without more are their own client, may do everything, and last a year', async () => {
    const id = nextId();
    const hash = hashOf(bytesOf(id));
    await stage.database.sql('INSERT INTO api_key (tenant_id, id, sha256) VALUES ($1, $2, $3)', [
      ...[stage.tenant, id, Buffer.from(hash)],
    ]);
    const found = await stage.database.apiKeys.authenticate(toBase64(hash));
    expect(found).toMatchObject({ tenant: stage.tenant, keyId: id, client: id });
    expect(found?.permissions).toEqual(['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer']);
    const [key] = await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.all());
    expect(key?.expiresAt?.since(key.createdAt).total('hours')).toBeCloseTo(365 * 24, 2);
  });

  it('are noted as used, to the minute, while they live', async () => {
    const { key, sha256, ...rest } = aKey('shop', { createdAt: TODAY, expiresAt: TODAY.add({ hours: 24 }) });
    await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.add({ key, sha256, ...rest }));
    const lastUsed = async () =>
      (await inTenant(stage.tenant, ({ apiKeys }) => apiKeys.all())).map(({ lastUsedAt }) => lastUsedAt?.toString());
    expect(await lastUsed()).toEqual([undefined]);
    await stage.database.apiKeys.authenticate(sha256);
    const [first] = await lastUsed();
    expect(first).toBeDefined();
    await stage.database.apiKeys.authenticate(sha256);
    expect(await lastUsed()).toEqual([first]);
  });
});

describe('contexts', () => {
  it('are added, and removed unless something was made in them', async () => {
    const { invoice } = await stage.issued();
    const all = await inTenant(stage.tenant, ({ contexts }) => contexts.all());
    const [used, unused] = [invoice.context, OTHER_CONTEXT].map(
      (wanted) => all.find(({ identifier }) => identifier.value === wanted.value)?.id ?? '',
    );
    const remove = (id = '') => inTenant(stage.tenant, ({ contexts }) => contexts.removeUnlessUsed(id));
    expect(anIssuedInvoice().invoice.context).toEqual(CONTEXT);
    expect(await remove(used)).toBe('invoice');
    expect(await remove(unused)).toBeUndefined();
    const added = { id: nextId(), identifier: OTHER_CONTEXT, name: 'Again' };
    await inTenant(stage.tenant, ({ contexts }) => contexts.add(added));
    expect((await inTenant(stage.tenant, ({ contexts }) => contexts.all())).map(({ id }) => id).sort()).toEqual(
      [used, added.id].sort(),
    );
  });

  it('know every table that refers to them', async () => {
    const referring = await stage.database.sql<{ name: string }>(
      `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
       WHERE confrelid = 'tenant_context'::regclass AND contype = 'f' ORDER BY 1`,
    );
    expect([...USERS].sort()).toEqual(referring.map(({ name }) => name));
  });
});

describe('the tenant directory', () => {
  it('makes a tenant once for one request, however often it is asked', async () => {
    const { directory } = stage.database;
    const claim = { key: `order ${nextId()}`, fingerprint: 'print' };
    const make = (id: TenantId) =>
      directory.create({ id, name: 'Firma', contexts: [], apiKeys: [], actor: 'api-key:platform', claim });
    const ids = [aTenantId(), aTenantId(), aTenantId()];
    const made = await Promise.all(ids.map(make));
    expect(made.filter(Boolean)).toHaveLength(1);
    const winner = ids[made.indexOf(true)] ?? ids[0];
    expect(await directory.byIdempotencyKey(claim.key)).toMatchObject({ tenant: { id: winner }, fingerprint: 'print' });
    expect(await Promise.all(ids.map((id) => directory.exists(id)))).toEqual(made);
    expect(await stage.database.sql('SELECT actor FROM audit_entry WHERE tenant_id = $1', [winner])).toEqual([
      { actor: 'api-key:platform' },
    ]);
  });

  it('pages through tenants, and says nothing of what they hold', async () => {
    const { directory } = stage.database;
    const [first, second] = await directory.list(2, undefined);
    expect(Object.keys(first ?? {}).sort()).toEqual(['createdAt', 'id', 'name']);
    expect((await directory.list(1, first?.id)).map(({ id }) => id)).toEqual([second?.id]);
  });

  it('leaves platform keys, which belong to no tenant, to the owner of the database', async () => {
    const id = nextId();
    const sha256 = toBase64(hashOf(bytesOf(id)));
    const expiresAt = TODAY.add({ hours: 24 * 200 });
    const key = { id, sha256, expiresAt };
    await expect(addPlatformKey(stage.database.appUrl, key)).rejects.toMatchObject({ sqlState: '42501' });
    await addPlatformKey(stage.database.url, key);
    const found = await stage.database.apiKeys.authenticate(sha256);
    expect(found).toEqual({ keyId: id, client: id, permissions: ['platform'], expiresAt });
  });
});

describe('buckets of requests', () => {
  const limit = { perMinute: 60, burst: 10 };

  it('give what they hold, then say when the next comes', async () => {
    const { requestBudget } = stage.database;
    const subject = nextId();
    expect(await requestBudget.take(subject, limit, 4)).toEqual({ taken: 4, retryAfterSeconds: 0 });
    expect((await requestBudget.take(subject, limit, 20)).taken).toBe(6);
    const { taken, retryAfterSeconds } = await requestBudget.take(subject, limit, 1);
    expect(taken).toBe(0);
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(1);
  });

  it('give no more to many at once than to one', async () => {
    const subject = nextId();
    const slow = { perMinute: 0.01, burst: 10 };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => stage.database.requestBudget.take(subject, slow, 3)),
    );
    expect(answers.reduce((sum, { taken }) => sum + taken, 0)).toBe(10);
  });

  it('are forgotten once they are full again', async () => {
    const subject = nextId();
    await stage.database.requestBudget.take(subject, limit, 10);
    await stage.database.sql(`UPDATE request_bucket SET full_at = app_now() - interval '1 second' WHERE subject = $1`, [
      subject,
    ]);
    await stage.database.sql('SELECT forget_full_buckets()');
    expect(await stage.database.sql('SELECT FROM request_bucket WHERE subject = $1', [subject])).toEqual([]);
    expect((await stage.database.requestBudget.take(subject, limit, 1)).taken).toBe(1);
  });
});
