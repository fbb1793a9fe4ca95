import { describe, expect, it } from '@jest/globals';
import { OTHER_CONTEXT, SELLER_CONTEXT, TENANT } from '../testing/builders.js';
import { CountingIds } from '../testing/counting-ids.js';
import { InMemoryDatabase } from '../testing/in-memory-database.js';
import { Temporal } from '../shared/instant.js';
import type { ApiKeyRequest } from './api-key.js';
import { CreateApiKey, RevokeApiKey } from './manage-api-keys.js';
import { plainKeyMaker } from './testing/in-memory-access.js';

const NOW = Temporal.Instant.from('2026-11-20T11:00:00Z');
const clock = { now: () => NOW };
const BY = { tenant: TENANT, actor: 'api-key:admin/1' };
const REQUEST: ApiKeyRequest = { client: 'shop', scopes: ['read', 'issue'], expiresAt: NOW.add({ hours: 24 }) };

function world() {
  const database = new InMemoryDatabase(clock);
  const create = new CreateApiKey(database, clock, new CountingIds(), plainKeyMaker);
  let claims = 0;
  const make = (
    more: Partial<ApiKeyRequest> = {},
    claim = { key: `claim ${String(claims++)}`, fingerprint: 'print' },
  ) => create.execute(BY, { ...REQUEST, ...more }, claim);
  return { database, make, revoke: new RevokeApiKey(database, clock) };
}

describe('making an API key', () => {
  it('gives the token once, and audits what it may do, never the token', async () => {
    const { database, make } = world();
    const made = await make();
    expect(made).toMatchObject({ ok: true, value: { key: { client: 'shop', scopes: ['read', 'issue'] } } });
    const token = made.ok ? made.value.token : '';
    expect(token).toMatch(/^ltk_/);
    const [entry] = database.audit.entries;
    expect(entry).toMatchObject({
      ...{ actor: 'api-key:admin/1', action: 'api-key.created', subject: { kind: 'api-key' } },
      facts: { client: 'shop', scopes: 'read issue', contexts: null },
    });
    expect(JSON.stringify(database.audit.entries)).not.toContain('secret');
  });

  it('answers a repeat with the key and no token, and another request under the same key with neither', async () => {
    const { make, database } = world();
    const claim = { key: 'once', fingerprint: 'print' };
    const [first, again] = [await make({}, claim), await make({}, claim)];
    const id = first.ok ? first.value.key.id : '';
    expect(again).toMatchObject({ ok: true, value: { key: { id } } });
    expect(again.ok && again.value.token).toBeUndefined();
    expect(await make({}, { key: 'once', fingerprint: 'other' })).toEqual({
      ok: false,
      error: { code: 'API_KEY_REQUEST_REUSED', keyId: id },
    });
    expect(database.apiKeys.stored).toHaveLength(1);
  });

  it('keeps two alive for a client: the third waits for the end of one', async () => {
    const { make, revoke } = world();
    const first = await make();
    await make();
    expect(await make()).toMatchObject({ error: { code: 'TOO_MANY_LIVE_KEYS', client: 'shop' } });
    expect(await make({ client: 'other' })).toMatchObject({ ok: true });
    await revoke.execute(BY, first.ok ? first.value.key.id : '');
    expect(await make()).toMatchObject({ ok: true });
  });

  it.each<[string, Partial<ApiKeyRequest>, string]>([
    ['no client', { client: '' }, 'CLIENT_INVALID'],
    ['a client that looks like two', { client: 'a/b' }, 'CLIENT_INVALID'],
    ['nothing it may do', { scopes: [] }, 'SCOPES_INVALID'],
    ['the platform', { scopes: ['platform'] }, 'SCOPES_INVALID'],
    ['a permission twice', { scopes: ['read', 'read'] }, 'SCOPES_INVALID'],
    ['keys and decisions at once', { scopes: ['administer', 'correct'] }, 'SCOPES_CONFLICT'],
    ['decisions within contexts', { scopes: ['resend'], contexts: [SELLER_CONTEXT] }, 'SCOPES_BEYOND_CONTEXTS'],
    ['contexts, but none', { scopes: ['issue'], contexts: [] }, 'CONTEXT_NOT_FOUND'],
    ['an end that has come', { expiresAt: NOW }, 'EXPIRY_INVALID'],
    ['more than a year', { expiresAt: NOW.add({ hours: 365 * 24, milliseconds: 1 }) }, 'EXPIRY_INVALID'],
  ])('refuses %s', async (_what, more, code) => {
    expect(await world().make(more)).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses a context of somebody else', async () => {
    const { database, make } = world();
    database.tenantContexts = database.tenantContexts.filter(({ identifier }) => identifier !== OTHER_CONTEXT);
    expect(await make({ contexts: [OTHER_CONTEXT] })).toMatchObject({ error: { code: 'CONTEXT_NOT_FOUND' } });
    expect(await make({ contexts: [SELLER_CONTEXT] })).toMatchObject({ ok: true });
  });
});

describe('revoking an API key', () => {
  it('ends it once, with one audit entry', async () => {
    const { database, make, revoke } = world();
    const made = await make();
    const id = made.ok ? made.value.key.id : '';
    expect(await revoke.execute(BY, id)).toMatchObject({ revokedAt: NOW });
    expect(await revoke.execute(BY, id)).toMatchObject({ revokedAt: NOW });
    expect(database.audit.entries.map(({ action }) => action)).toEqual(['api-key.created', 'api-key.revoked']);
    expect(await revoke.execute(BY, 'nobody')).toBeUndefined();
  });
});
