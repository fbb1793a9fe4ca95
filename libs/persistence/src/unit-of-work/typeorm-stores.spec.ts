import {
  Temporal,
  toBase64,
  type AuditEntry,
  type AvailabilityBulletin,
  type Certificate,
  type CertificateId,
  type SealedKey,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import {
  aReceivedInvoice,
  aTenantId,
  bytesOf,
  CONTEXT,
  hashOf,
  nextId,
  NOON,
  OTHER_CONTEXT,
  serialOf,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

describe('tenants', () => {
  it('have their contexts and are found by their live keys', async () => {
    const id = aTenantId();
    const contexts = [{ id: nextId(), identifier: CONTEXT, name: 'Spółka' }];
    const sha256 = toBase64(hashOf(bytesOf('key of the shop')));
    await stage.database.directory.create({ id, name: 'Shop', contexts, apiKeys: [{ id: 'lk_shop', sha256 }] });
    expect(await inTenant(id, (stores) => stores.contexts.all())).toEqual(contexts);
    expect(await stage.database.apiKeys.authenticate(sha256)).toMatchObject({
      ...{ tenant: id, keyId: 'lk_shop', client: 'lk_shop' },
      permissions: ['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer'],
    });
    expect(await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.all())).toContain(id);
    await stage.database.sql('UPDATE api_key SET revoked_at = now() WHERE tenant_id = $1', [id]);
    expect(await stage.database.apiKeys.authenticate(sha256)).toMatchObject({
      keyId: 'lk_shop',
      revokedAt: expect.anything(),
    });
  });

  it('are not found by an unknown key or by what is no hash', async () => {
    expect(await stage.database.apiKeys.authenticate(toBase64(hashOf(bytesOf('unknown'))))).toBeUndefined();
    expect(await stage.database.apiKeys.authenticate('not Base64')).toBeUndefined();
    expect(await stage.database.apiKeys.authenticate('')).toBeUndefined();
  });

  it('are created whole or not at all', async () => {
    const sha256 = toBase64(hashOf(bytesOf('shared')));
    const [first, second] = [aTenantId(), aTenantId()];
    await stage.database.directory.create({ id: first, name: 'A', contexts: [], apiKeys: [{ id: 'a', sha256 }] });
    const clash = stage.database.directory.create({
      id: second,
      name: 'B',
      contexts: [{ id: nextId(), identifier: CONTEXT, name: 'B' }],
      apiKeys: [{ id: 'b', sha256 }],
    });
    await expect(clash).rejects.toMatchObject({ sqlState: '23505' });
    expect(await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.all())).not.toContain(second);
  });
});

describe('certificates', () => {
  const certificate = (
    purpose: Certificate['purpose'],
    context = CONTEXT,
    id = nextId() as CertificateId,
  ): Certificate => ({
    ...{ id, context, purpose, serial: serialOf(id) },
    keyAlgorithm: 'ec-p256',
    der: bytesOf('der'),
    subject: 'CN=Spółka',
    notBefore: NOON,
    notAfter: NOON.add({ hours: 24 * 700 }),
    sealedKey: bytesOf('sealed') as SealedKey,
  });

  it('are given by purpose and context, to their owner only', async () => {
    const [offline, login, elsewhere] = [
      certificate('offline'),
      certificate('authentication'),
      certificate('offline', OTHER_CONTEXT),
    ];
    await inTenant(stage.tenant, async ({ certificates }) => {
      for (const each of [offline, login, elsewhere]) await certificates.add(each);
    });
    const found = await inTenant(stage.tenant, async ({ certificates }) => [
      await certificates.offlineFor(CONTEXT),
      await certificates.authenticationFor(CONTEXT),
      await certificates.offlineFor(OTHER_CONTEXT),
      await certificates.authenticationFor(OTHER_CONTEXT),
      await certificates.all(),
    ]);
    expect(found).toEqual([[offline], [login], [elsewhere], [], [offline, login, elsewhere]]);
    const other = await stage.database.aTenant();
    expect(await inTenant(other, ({ certificates }) => certificates.all())).toEqual([]);
  });
});

describe('idempotency keys', () => {
  it('are taken once per tenant, kept with their invoice, and freed when asked', async () => {
    const other = await stage.database.aTenant();
    const { invoice, bytes } = aReceivedInvoice();
    const record = { key: 'order-1', fingerprint: 'print', invoiceId: invoice.id };
    const added = await inTenant(stage.tenant, async ({ idempotency, invoices }) => {
      // Before its invoice: the order within the transaction does not matter.
      const first = await idempotency.add(record);
      await invoices.add(invoice, bytes);
      return [first, await idempotency.add({ ...record, fingerprint: 'another' })];
    });
    expect(added).toEqual([true, false]);
    expect(await inTenant(stage.tenant, ({ idempotency }) => idempotency.find('order-1'))).toEqual(record);
    expect(await inTenant(other, ({ idempotency }) => idempotency.find('order-1'))).toBeUndefined();
    await inTenant(other, ({ idempotency }) => idempotency.remove('order-1'));
    expect(await inTenant(stage.tenant, ({ idempotency }) => idempotency.find('order-1'))).toEqual(record);
    await inTenant(stage.tenant, ({ idempotency }) => idempotency.remove('order-1'));
    expect(await inTenant(stage.tenant, ({ idempotency }) => idempotency.find('order-1'))).toBeUndefined();
  });

  it('go to one of two requests at the same moment', async () => {
    const request = () =>
      inTenant(stage.tenant, async ({ idempotency, invoices }) => {
        const { invoice, bytes } = aReceivedInvoice();
        await invoices.add(invoice, bytes);
        return idempotency.add({ key: 'order-2', fingerprint: 'print', invoiceId: invoice.id });
      });
    expect((await Promise.all([request(), request(), request()])).filter(Boolean)).toHaveLength(1);
  });

  it('never name an invoice that is not there, or that another tenant has', async () => {
    const other = await stage.database.aTenant();
    const { invoice, bytes } = aReceivedInvoice();
    await inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, bytes));
    const adding = inTenant(other, ({ idempotency }) =>
      idempotency.add({ key: 'order-3', fingerprint: 'print', invoiceId: invoice.id }),
    );
    await expect(adding).rejects.toMatchObject({ sqlState: '23503' });
  });
});

describe('the audit trail', () => {
  const entry = (action: string, id: string): AuditEntry => ({
    at: NOON,
    actor: 'api-key:lk_shop',
    action,
    subject: { kind: 'invoice', id },
    facts: { mode: 'offline24', attempts: 2, overdue: false, nothing: null },
  });

  it('gives the entries of a subject in the order of writing', async () => {
    const id = nextId();
    const entries = Array.from({ length: 2_500 }, (_, at) => entry(`invoice.step-${String(at)}`, id));
    await inTenant(stage.tenant, async ({ audit }) => {
      await audit.append(entries.slice(0, 2_400));
      await audit.append([]);
      await audit.append([...entries.slice(2_400), entry('invoice.other', nextId())]);
    });
    expect(await inTenant(stage.tenant, ({ audit }) => audit.of('invoice', id))).toEqual(entries);
    expect(await inTenant(stage.tenant, ({ audit }) => audit.of('batch', id))).toEqual([]);
  });

  it('takes one entry for each of many subjects, in their order', async () => {
    const [first, second] = [nextId(), nextId()];
    const { subject, ...rest } = entry('deadline.moved', first);
    await inTenant(stage.tenant, async ({ audit }) => {
      await audit.appendForEach([], { ...rest, kind: subject.kind });
      await audit.appendForEach([first, second], { ...rest, kind: subject.kind });
      await audit.appendForEach([second], { ...rest, kind: 'policy' });
    });
    const of = (kind: 'invoice' | 'policy', id: string) => inTenant(stage.tenant, ({ audit }) => audit.of(kind, id));
    expect(await of('invoice', first)).toEqual([entry('deadline.moved', first)]);
    expect(await of('invoice', second)).toEqual([entry('deadline.moved', second)]);
    expect(await of('policy', second)).toEqual([{ ...rest, subject: { kind: 'policy', id: second } }]);
  });

  it('is rolled back with the change it speaks of', async () => {
    const id = nextId();
    const failing = inTenant(stage.tenant, async ({ audit }) => {
      await audit.append([entry('invoice.issued', id)]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await inTenant(stage.tenant, ({ audit }) => audit.of('invoice', id))).toEqual([]);
  });

  it('only grows', async () => {
    await inTenant(stage.tenant, ({ audit }) => audit.append([entry('invoice.issued', nextId())]));
    for (const change of ["UPDATE audit_entry SET actor = 'x'", 'DELETE FROM audit_entry', 'TRUNCATE audit_entry']) {
      await expect(stage.database.sql(change)).rejects.toMatchObject({ code: 'LA001' });
    }
  });
});

describe('messages of the Ministry', () => {
  const bulletin = (id: string, version: number, publishedAt: string, end?: string): AvailabilityBulletin => ({
    id,
    version,
    eventId: `event of ${id}`,
    category: 'failure',
    type: end === undefined ? 'start' : 'end',
    title: 'Awaria',
    text: 'KSeF nie działa.',
    start: NOON,
    ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
    publishedAt: Temporal.Instant.from(publishedAt),
    source: 'latarnia',
    fetchedAt: NOON,
  });

  it('are kept in every version, told as new once, newest first, for all tenants', async () => {
    const first = bulletin('A/1', 1, '2026-11-20T10:00:00Z');
    const corrected = bulletin('A/1', 2, '2026-11-20T12:00:00Z', '2026-11-20T11:30:00Z');
    const other = bulletin('B/1', 1, '2026-11-20T11:00:00Z');
    const add = (...added: AvailabilityBulletin[]) =>
      stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.add(added));
    expect(await add()).toEqual([]);
    expect(await add(first, first)).toEqual([first]);
    expect(await add(first, corrected, other)).toEqual([corrected, other]);
    expect(await add(first, { ...corrected, title: 'changed in place' }, other)).toEqual([]);
    const all = await stage.database.unitOfWork.inSystem(({ bulletins }) => bulletins.all());
    expect(all).toEqual([corrected, other, first]);
    for (const change of ["UPDATE bulletin SET title = 'x'", 'DELETE FROM bulletin', 'TRUNCATE bulletin']) {
      await expect(stage.database.sql(change)).rejects.toMatchObject({ code: 'LA001' });
    }
  });
});
