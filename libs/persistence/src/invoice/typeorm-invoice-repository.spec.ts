import {
  ConcurrentUpdateError,
  planInto,
  Temporal,
  type BatchId,
  type InvoiceId,
  type IssuedInvoice,
  type TenantId,
} from '@latarnik/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ACCEPTANCE,
  anIssuedInvoice,
  anOnlineIssue,
  aPlannedBatch,
  aReceivedInvoice,
  bytesOf,
  CONTEXT,
  dueOn,
  inSession,
  NOON,
  OTHER_CONTEXT,
  REFERENCE,
  REFUSAL,
  SELLER,
  SESSION,
  type Sample,
  type SampleOptions,
} from '../testing/samples.js';
import { compareTemporalByValue } from '../testing/temporal-equality.js';
import { TestDatabase } from '../testing/test-database.js';

compareTemporalByValue();

let database: TestDatabase;
let tenant: TenantId;

beforeAll(async () => {
  database = await TestDatabase.start({ queue: false });
});
afterAll(() => database.stop());
beforeEach(async () => {
  tenant = await database.aTenant();
});

const inTenant: TestDatabase['unitOfWork']['inTenant'] = (owner, work) => database.unitOfWork.inTenant(owner, work);

/** Stores an invoice as the issuing use case does: bytes and evidence in one transaction. */
async function issued(options: SampleOptions = {}, due?: string, owner = tenant): Promise<Sample<IssuedInvoice>> {
  const sample = anIssuedInvoice(options);
  await inTenant(owner, async ({ invoices }) => {
    expect(await invoices.add(sample.invoice, sample.bytes)).toEqual({ ok: true, value: undefined });
    await invoices.addEvidence(sample.invoice.id, bytesOf('<ds:Signature/>'));
    if (due !== undefined) await invoices.saveDeadlines([{ id: sample.invoice.id, deadline: dueOn(due) }]);
  });
  return sample;
}

/** Plans invoices into a new batch. */
async function planned(samples: readonly Sample<IssuedInvoice>[]): Promise<BatchId> {
  const batch = aPlannedBatch(samples.length);
  await inTenant(tenant, async ({ batches, invoices }) => {
    await batches.add(batch);
    await invoices.saveAll(samples.map(({ invoice }) => planInto(invoice, batch.id)));
  });
  return batch.id;
}

describe('storing and reading', () => {
  it('gives back what was stored, and the exact bytes', async () => {
    const { invoice, bytes } = await issued({ number: 'FV/2026/11/0042' }, '2026-11-23');
    const found = await inTenant(tenant, async ({ invoices }) => ({
      stored: await invoices.find(invoice.id),
      byNumber: await invoices.findByNumber(SELLER, 'VAT', 'FV/2026/11/0042'),
      bytes: await invoices.bytes(invoice.id),
      evidence: await invoices.evidence(invoice.id),
      upo: await invoices.upo(invoice.id),
    }));
    expect(found.stored?.invoice).toEqual(invoice);
    expect(found.stored?.deadline).toEqual(dueOn('2026-11-23'));
    expect(found.byNumber).toEqual(invoice);
    expect(found.bytes).toEqual(bytes);
    expect(found.evidence).toEqual(bytesOf('<ds:Signature/>'));
    expect(found.upo).toBeUndefined();
  });

  it('knows nothing of an invoice that was never stored', async () => {
    const id = aReceivedInvoice().invoice.id;
    const found = await inTenant(tenant, async ({ invoices }) => [
      await invoices.find(id),
      await invoices.findByNumber(SELLER, 'VAT', 'FV/none'),
      await invoices.bytes(id),
      await invoices.evidence(id),
    ]);
    expect(found).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('refuses bytes whose SHA-256 is not the hash of the invoice', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    const changed = Uint8Array.from(bytes, (byte, at) => (at === 3 ? byte ^ 1 : byte));
    const adding = inTenant(tenant, ({ invoices }) => invoices.add(invoice, changed));
    await expect(adding).rejects.toMatchObject({ constraint: 'invoice_document_hash' });
    expect(await inTenant(tenant, ({ invoices }) => invoices.find(invoice.id))).toBeUndefined();
  });

  it('refuses an invoice whose evidence is missing when the transaction commits', async () => {
    const { invoice, bytes } = anIssuedInvoice();
    const adding = inTenant(tenant, ({ invoices }) => invoices.add(invoice, bytes));
    await expect(adding).rejects.toMatchObject({ constraint: 'invoice_needs_evidence' });
  });

  it('says nothing of the document in an error', async () => {
    const { invoice, bytes } = aReceivedInvoice({ number: 'SECRET-NUMBER' });
    const adding = inTenant(tenant, ({ invoices }) => invoices.add(invoice, bytes.slice(1)));
    const error = await adding.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    const told = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(told).not.toMatch(/SECRET-NUMBER|Faktura|Zażółć/);
    expect(told).toContain('invoice_document');
  });
});

describe('one live invoice per number', () => {
  it('names the first invoice with this seller, kind and number', async () => {
    const first = await issued({ number: 'FV/1' });
    const second = aReceivedInvoice({ number: 'FV/1' });
    const added = await inTenant(tenant, ({ invoices }) => invoices.add(second.invoice, second.bytes));
    expect(added).toEqual({ ok: false, error: { code: 'INVOICE_NUMBER_TAKEN', invoiceId: first.invoice.id } });
  });

  it('frees the number of an attempt that issued nothing', async () => {
    const first = aReceivedInvoice({ number: 'FV/2' });
    await inTenant(tenant, ({ invoices }) => invoices.add(first.invoice, first.bytes));
    await inTenant(tenant, ({ invoices }) =>
      invoices.save({ ...first.invoice, state: 'not-issued', reason: 'refused' }),
    );
    const second = await issued({ number: 'FV/2' });
    const live = await inTenant(tenant, ({ invoices }) => invoices.findByNumber(SELLER, 'VAT', 'FV/2'));
    expect(live?.id).toBe(second.invoice.id);
  });

  it('lets exactly one of two racing transactions have the number', async () => {
    const samples = Array.from({ length: 5 }, () => aReceivedInvoice({ number: 'FV/3' }));
    const results = await Promise.all(
      samples.map(({ invoice, bytes }) => inTenant(tenant, ({ invoices }) => invoices.add(invoice, bytes))),
    );
    const winner = results.findIndex(({ ok }) => ok);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter((_, at) => at !== winner)).toEqual(
      Array(4).fill({ ok: false, error: { code: 'INVOICE_NUMBER_TAKEN', invoiceId: samples[winner]?.invoice.id } }),
    );
  });
});

describe('two tenants', () => {
  it('have the same numbers and never see one another', async () => {
    const other = await database.aTenant();
    const mine = await issued({ number: 'FV/1' });
    const theirs = await issued({ number: 'FV/1' }, undefined, other);
    const batch = await planned([mine]);
    const seen = await inTenant(other, async ({ invoices, batches, audit }) => ({
      found: await invoices.find(mine.invoice.id),
      byNumber: (await invoices.findByNumber(SELLER, 'VAT', 'FV/1'))?.id,
      listed: (await invoices.list({}, 10)).map(({ invoice }) => invoice.id),
      bytes: await invoices.bytes(mine.invoice.id),
      evidence: await invoices.evidence(mine.invoice.id),
      batch: await batches.find(batch),
      batches: await batches.list(10),
      inBatch: await invoices.inBatch(batch),
      documents: await invoices.documentsOfBatch(batch, 10),
      lease: await batches.lease(batch, 'thief', 60),
      audit: await audit.of('invoice', mine.invoice.id),
    }));
    expect(seen).toEqual({
      found: undefined,
      byNumber: theirs.invoice.id,
      listed: [theirs.invoice.id],
      bytes: undefined,
      evidence: undefined,
      batch: undefined,
      batches: [],
      inBatch: [],
      documents: [],
      lease: undefined,
      audit: [],
    });
  });

  it('cannot save what the other one has', async () => {
    const other = await database.aTenant();
    const { invoice } = await issued();
    const theft = planInto(invoice, aPlannedBatch().id);
    await expect(inTenant(other, ({ invoices }) => invoices.save(theft))).rejects.toBeInstanceOf(ConcurrentUpdateError);
    await expect(
      inTenant(other, ({ invoices }) => invoices.saveDeadlines([{ id: invoice.id, deadline: dueOn('2026-11-23') }])),
    ).rejects.toThrow('not stored');
    await expect(inTenant(other, ({ invoices }) => invoices.addUpo(invoice.id, bytesOf('upo')))).rejects.toMatchObject({
      sqlState: '23503',
    });
  });
});

describe('saving', () => {
  it('raises the version, and refuses a version that moved on', async () => {
    const sample = await issued();
    const batch = await planned([sample]);
    const stored = await inTenant(tenant, ({ invoices }) => invoices.find(sample.invoice.id));
    expect(stored?.invoice).toEqual({ ...planInto(sample.invoice, batch), version: 1 });
    await expect(
      inTenant(tenant, ({ invoices }) => invoices.save(planInto(sample.invoice, batch))),
    ).rejects.toBeInstanceOf(ConcurrentUpdateError);
  });

  it('saves none of many when one of them moved on', async () => {
    const [first, second] = [await issued(), await issued()];
    const batch = aPlannedBatch(2);
    await inTenant(tenant, ({ batches }) => batches.add(batch));
    const stale = { ...planInto(second.invoice, batch.id), version: 7 };
    await expect(
      inTenant(tenant, ({ invoices }) => invoices.saveAll([planInto(first.invoice, batch.id), stale])),
    ).rejects.toBeInstanceOf(ConcurrentUpdateError);
    expect(await inTenant(tenant, ({ invoices }) => invoices.inBatch(batch.id))).toEqual([]);
  });

  it('follows a delivery to its proof', async () => {
    const sample = await issued();
    const batch = await planned([sample]);
    const session = { ...inSession(sample.invoice, batch), version: 1 };
    await inTenant(tenant, ({ invoices }) => invoices.save(session));
    const accepted = { ...session, state: 'accepted' as const, acceptance: ACCEPTANCE, version: 2 };
    await inTenant(tenant, ({ invoices }) => invoices.save(accepted));
    const complete = { ...accepted, state: 'complete' as const, version: 3 };
    await expect(inTenant(tenant, ({ invoices }) => invoices.save(complete))).rejects.toMatchObject({
      constraint: 'invoice_needs_upo',
    });
    await inTenant(tenant, async ({ invoices }) => {
      await invoices.addUpo(sample.invoice.id, bytesOf('<UPO/>'));
      await invoices.save(complete);
    });
    const found = await inTenant(tenant, async ({ invoices }) => ({
      stored: await invoices.find(sample.invoice.id),
      upo: await invoices.upo(sample.invoice.id),
    }));
    expect(found).toEqual({ stored: { invoice: { ...complete, version: 4 } }, upo: bytesOf('<UPO/>') });
  });

  it('keeps the first UPO', async () => {
    const { invoice } = await issued();
    await inTenant(tenant, ({ invoices }) => invoices.addUpo(invoice.id, bytesOf('first')));
    await inTenant(tenant, ({ invoices }) => invoices.addUpo(invoice.id, bytesOf('second')));
    expect(await inTenant(tenant, ({ invoices }) => invoices.upo(invoice.id))).toEqual(bytesOf('first'));
  });

  it('saves 10,000 invoices in one transaction and reads them again', async () => {
    const count = 10_000;
    const samples = Array.from({ length: count }, () => anIssuedInvoice());
    const batch = aPlannedBatch(count);
    await database.sql('BEGIN');
    await database.sql(
      `INSERT INTO invoice (tenant_id, id, context_type, context_value, seller_nip, kind, number, issue_date,
         form_system_code, form_schema_version, form_value, facts, sha256, size_bytes, state, version, received_at)
       SELECT $1, row.id, 'Nip', '5265877635', '5265877635', 'VAT', row.id::text, '2026-11-20', 'FA (3)', '1-0E', 'FA',
         $3, sha256(row.id::text::bytea), 36, 'received', 0, $4
       FROM unnest($2::uuid[]) AS row (id)`,
      [tenant, samples.map(({ invoice }) => invoice.id), JSON.stringify({ sellerName: 'x' }), NOON.toString()],
    );
    await database.sql(
      `INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes)
       SELECT tenant_id, id, sha256, size_bytes, id::text::bytea FROM invoice WHERE tenant_id = $1`,
      [tenant],
    );
    await database.sql(
      `INSERT INTO invoice_evidence (tenant_id, invoice_id, xades) SELECT tenant_id, id, '' FROM invoice WHERE tenant_id = $1`,
      [tenant],
    );
    await database.sql('COMMIT');
    await inTenant(tenant, ({ invoices }) => invoices.saveAll(samples.map(({ invoice }) => invoice)));
    const locked = await inTenant(tenant, async ({ batches, invoices }) => {
      const waiting = await invoices.lockAwaiting(CONTEXT, samples[0]!.invoice.facts.formCode, {
        invoices: count,
        bytes: 5_000_000_000,
      });
      await batches.add(batch);
      await invoices.saveAll(waiting.map((invoice) => planInto(invoice, batch.id)));
      return waiting.length;
    });
    expect(locked).toBe(count);
    const stored = await inTenant(tenant, ({ invoices }) => invoices.inBatch(batch.id, ['planned']));
    expect(stored).toHaveLength(count);
    expect(new Set(stored.map(({ version }) => version))).toEqual(new Set([2]));
  });
});

describe('listing', () => {
  it('is newest first, by pages', async () => {
    const ids = [await issued(), await issued(), await issued()].map(({ invoice }) => invoice.id);
    const page = (after?: InvoiceId) => inTenant(tenant, ({ invoices }) => invoices.list({}, 2, after));
    const first = (await page()).map(({ invoice }) => invoice.id);
    const second = (await page(first[1])).map(({ invoice }) => invoice.id);
    expect([first, second]).toEqual([[ids[2], ids[1]], [ids[0]]]);
  });

  it('filters by status, mode, context, number and deadline', async () => {
    const waiting = await issued({ number: 'A' }, '2026-11-23');
    const later = await issued({ number: 'B', context: OTHER_CONTEXT }, '2026-11-24');
    const onTheWay = await issued({ number: 'C' });
    await planned([onTheWay]);
    const received = aReceivedInvoice({ number: 'D' });
    await inTenant(tenant, ({ invoices }) => invoices.add(received.invoice, received.bytes));
    const names = async (filter: object) =>
      (await inTenant(tenant, ({ invoices }) => invoices.list(filter, 10))).map(({ invoice }) => invoice.facts.number);
    expect(await names({ status: 'signed' })).toEqual(['B', 'A']);
    expect(await names({ status: 'processing' })).toEqual(['C']);
    expect(await names({ status: 'pending' })).toEqual(['D']);
    expect(await names({ status: 'sent' })).toEqual([]);
    expect(await names({ mode: 'offline24' })).toEqual(['C', 'B', 'A']);
    expect(await names({ mode: 'online' })).toEqual([]);
    expect(await names({ context: OTHER_CONTEXT })).toEqual(['B']);
    expect(await names({ number: 'A' })).toEqual(['A']);
    const end = Temporal.Instant.from('2026-11-23T22:59:59.999Z');
    expect(await names({ dueBefore: end })).toEqual([]);
    expect(await names({ dueBefore: end.add({ milliseconds: 1 }) })).toEqual(['A']);
    expect(waiting.invoice.id < later.invoice.id).toBe(true);
  });
});

describe('taking invoices into a batch', () => {
  const formCode = anIssuedInvoice().invoice.facts.formCode;
  const limit = { invoices: 10, bytes: 1_000_000 };

  it('takes the earliest deadline first and those without one last, of one context', async () => {
    const none = await issued();
    const late = await issued({}, '2026-11-25');
    const early = await issued({}, '2026-11-23');
    await issued({ context: OTHER_CONTEXT }, '2026-11-23');
    const taken = await inTenant(tenant, ({ invoices }) => invoices.lockAwaiting(CONTEXT, formCode, limit));
    expect(taken).toEqual([early.invoice, late.invoice, none.invoice]);
  });

  it('stops at the number of invoices, at the bytes, and takes only those named', async () => {
    const samples = [
      await issued({ sizeBytes: 600 }, '2026-11-23'),
      await issued({ sizeBytes: 400 }, '2026-11-24'),
      await issued({ sizeBytes: 100 }, '2026-11-25'),
    ];
    const ids = samples.map(({ invoice }) => invoice.id);
    const take = async (invoices: number, bytes: number, only?: readonly InvoiceId[]) =>
      (
        await inTenant(tenant, (stores) => stores.invoices.lockAwaiting(CONTEXT, formCode, { invoices, bytes }, only))
      ).map(({ id }) => ids.indexOf(id));
    expect(await take(2, 10_000)).toEqual([0, 1]);
    expect(await take(10, 1_000)).toEqual([0, 1]);
    expect(await take(10, 999)).toEqual([0]);
    expect(await take(10, 10_000, [ids[2]!, ids[1]!])).toEqual([1, 2]);
    expect(await take(10, 10_000, [])).toEqual([]);
  });

  it('never gives one invoice to two planners', async () => {
    const samples = [];
    for (let made = 0; made < 20; made++) samples.push(await issued());
    const plan = () =>
      inTenant(tenant, async ({ invoices, batches }) => {
        const taken = await invoices.lockAwaiting(CONTEXT, formCode, { invoices: 7, bytes: 1_000_000 });
        if (taken.length === 0) return [];
        const batch = aPlannedBatch(taken.length);
        await batches.add(batch);
        await invoices.saveAll(taken.map((invoice) => planInto(invoice, batch.id)));
        return taken.map(({ id }) => id as string);
      });
    const rounds = [...(await Promise.all([plan(), plan(), plan(), plan()])), await plan(), await plan(), await plan()];
    const taken = rounds.flat();
    expect(taken).toHaveLength(20);
    expect(new Set(taken).size).toBe(20);
  });
});

describe('looking for work', () => {
  it('pages the documents of a batch by id', async () => {
    const samples = [await issued(), await issued(), await issued()];
    const batch = await planned(samples);
    const [first, second] = await inTenant(tenant, async ({ invoices }) => [
      await invoices.documentsOfBatch(batch, 2),
      await invoices.documentsOfBatch(batch, 2, samples[1]!.invoice.id),
    ]);
    const expected = samples.map(({ invoice, bytes }) => ({ id: invoice.id, hash: invoice.hash, bytes }));
    expect([first, second]).toEqual([expected.slice(0, 2), expected.slice(2)]);
  });

  it('finds what interactive sessions still owe an answer on', async () => {
    const [received, posted, accepted, offline] = [
      aReceivedInvoice(),
      aReceivedInvoice(),
      aReceivedInvoice(),
      await issued(),
    ];
    await planned([offline]);
    const posting = {
      ...posted.invoice,
      state: 'in-session' as const,
      issue: anOnlineIssue(),
      delivery: { channel: 'interactive' as const, session: SESSION, invoice: REFERENCE },
    };
    const taken = { ...posting, id: accepted.invoice.id, facts: accepted.invoice.facts, hash: accepted.invoice.hash };
    await inTenant(tenant, async ({ invoices }) => {
      for (const { invoice, bytes } of [received, posted, accepted]) await invoices.add(invoice, bytes);
      await invoices.saveAll([posting, taken]);
      await invoices.save({ ...taken, version: 1, state: 'accepted', acceptance: ACCEPTANCE });
    });
    const found = await inTenant(tenant, ({ invoices }) => invoices.unresolvedInteractive(10));
    expect(found.map(({ id, state }) => [id, state])).toEqual([
      [received.invoice.id, 'received'],
      [posted.invoice.id, 'in-session'],
      [accepted.invoice.id, 'accepted'],
    ]);
    expect(found[1]).toEqual({ ...posting, version: 1 });
    expect(await inTenant(tenant, ({ invoices }) => invoices.unresolvedInteractive(1))).toHaveLength(1);
    const tenants = await database.unitOfWork.inSystem((stores) => stores.tenants.withUnresolvedInteractive());
    expect(tenants).toContain(tenant);
  });

  it('finds those whose deadlines still move, by pages', async () => {
    const [waiting, blocked, rejected] = [await issued({}, '2026-11-23'), await issued(), await issued()];
    const online = aReceivedInvoice();
    await inTenant(tenant, async ({ invoices }) => {
      await invoices.add(online.invoice, online.bytes);
      await invoices.save({
        ...online.invoice,
        state: 'in-session',
        issue: anOnlineIssue(),
        delivery: { channel: 'interactive' },
      });
    });
    const batch = await planned([blocked, rejected]);
    const refused = [blocked, rejected].map(({ invoice }) => ({ ...inSession(invoice, batch), version: 1 }));
    await inTenant(tenant, async ({ invoices }) => {
      await invoices.saveAll(refused);
      await invoices.save({ ...refused[0]!, version: 2, state: 'blocked', refusal: REFUSAL });
      await invoices.save({ ...refused[1]!, version: 2, state: 'rejected', refusal: REFUSAL });
    });
    const page = (limit: number, after?: InvoiceId) =>
      inTenant(tenant, ({ invoices }) => invoices.waiting(limit, after));
    const all = [waiting, blocked, rejected].map(({ invoice }) => invoice.id);
    expect((await page(10)).map(({ invoice }) => invoice.id)).toEqual(all);
    expect(await page(1)).toEqual([{ invoice: waiting.invoice, deadline: dueOn('2026-11-23') }]);
    expect((await page(1, waiting.invoice.id)).map(({ invoice }) => invoice.id)).toEqual([blocked.invoice.id]);
  });

  it('tells the sweeper which tenants have waiting invoices, and since when', async () => {
    const { invoice } = await issued();
    const find = async () =>
      (await database.unitOfWork.inSystem(({ tenants }) => tenants.withAwaiting())).find(
        (waiting) => waiting.tenant === tenant,
      );
    const [row] = await database.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM app_now() - $1::timestamptz)::double precision AS seconds',
      [invoice.issue.issuedAt.toString()],
    );
    const secondsSinceIssue = Math.max(0, row!.seconds);
    expect((await find())?.oldestSeconds).toBeGreaterThanOrEqual(secondsSinceIssue);
    await database.passTime(1_000_000_000);
    expect((await find())?.oldestSeconds).toBeGreaterThanOrEqual(row!.seconds + 1_000_000_000);
    await database.passTime(0);
    await planned([{ invoice, bytes: new Uint8Array() }]);
    expect(await find()).toBeUndefined();
  });
});

describe('deadlines', () => {
  it('move without raising the version', async () => {
    const { invoice } = await issued({}, '2026-11-23');
    await inTenant(tenant, ({ invoices }) =>
      invoices.saveDeadlines([{ id: invoice.id, deadline: dueOn('2026-12-01') }]),
    );
    const open = { regime: 'emergency', basis: 'art. 106nf(4)', explanation: ['open'], calendarVersion: '1' } as const;
    expect((await inTenant(tenant, ({ invoices }) => invoices.find(invoice.id)))?.deadline).toEqual(
      dueOn('2026-12-01'),
    );
    await inTenant(tenant, ({ invoices }) =>
      invoices.saveDeadlines([{ id: invoice.id, deadline: { kind: 'open', ...open } }]),
    );
    const stored = await inTenant(tenant, ({ invoices }) => invoices.find(invoice.id));
    expect(stored).toEqual({ invoice, deadline: { kind: 'open', ...open } });
  });
});
