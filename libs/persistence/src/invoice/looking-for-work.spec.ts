import { planInto, retryLater, Temporal, type InvoiceId } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import {
  ACCEPTANCE,
  anIssuedInvoice,
  anOnlineIssue,
  aPlannedBatch,
  aReceivedInvoice,
  CONTEXT,
  dueOn,
  inSession,
  OTHER_CONTEXT,
  REFERENCE,
  SESSION,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { until } from '../testing/test-database.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const issued: Stage['issued'] = (...sample) => stage.issued(...sample);
const planned: Stage['planned'] = (samples) => stage.planned(samples);

describe('taking invoices into a batch', () => {
  const formCode = anIssuedInvoice().invoice.facts.formCode;
  const limit = { invoices: 10, bytes: 1_000_000 };

  it('takes the earliest deadline first and those without one last, of one context', async () => {
    const none = await issued();
    const late = await issued({}, '2026-11-25');
    const early = await issued({}, '2026-11-23');
    await issued({ context: OTHER_CONTEXT }, '2026-11-23');
    const taken = await inTenant(stage.tenant, ({ invoices }) => invoices.lockAwaiting(CONTEXT, formCode, limit));
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
        await inTenant(stage.tenant, (stores) =>
          stores.invoices.lockAwaiting(CONTEXT, formCode, { invoices, bytes }, only),
        )
      ).map(({ id }) => ids.indexOf(id));
    expect(await take(2, 10_000)).toEqual([0, 1]);
    expect(await take(10, 1_000)).toEqual([0, 1]);
    expect(await take(10, 999)).toEqual([0]);
    expect(await take(10, 10_000, [ids[2]!, ids[1]!])).toEqual([1, 2]);
    expect(await take(10, 10_000, [])).toEqual([]);
  });

  const plan = (most = limit.invoices) =>
    inTenant(stage.tenant, async ({ invoices, batches }) => {
      const taken = await invoices.lockAwaiting(CONTEXT, formCode, { ...limit, invoices: most });
      if (taken.length === 0) return [];
      const batch = aPlannedBatch(taken.length);
      await batches.add(batch);
      await invoices.saveAll(taken.map((invoice) => planInto(invoice, batch.id)));
      return taken.map(({ id }) => id);
    });

  /** A transaction waits for a lock of this kind. */
  const somebodyWaitsFor = (kind: 'advisory' | 'transactionid') =>
    until(async () => {
      const text = 'SELECT FROM pg_locks WHERE NOT granted AND locktype = $1';
      return (await stage.database.sql(text, [kind])).length > 0;
    });

  async function aBacklog(count: number): Promise<InvoiceId[]> {
    const ids: InvoiceId[] = [];
    for (let made = 0; made < count; made++) ids.push((await issued()).invoice.id);
    return ids;
  }

  it('never gives one invoice to two planners', async () => {
    await aBacklog(20);
    const rounds = [...(await Promise.all([plan(7), plan(7), plan(7), plan(7)])), await plan(7)];
    expect(rounds.map((taken) => taken.length).sort()).toEqual([0, 0, 6, 7, 7]);
    expect(new Set(rounds.flat()).size).toBe(20);
  });

  it('gives the whole backlog to the first of two planners, and nothing to the one that waited', async () => {
    const ids = await aBacklog(5);
    const late: { plan?: Promise<readonly InvoiceId[]> } = {};
    const first = await inTenant(stage.tenant, async ({ invoices, batches }) => {
      const taken = await invoices.lockAwaiting(CONTEXT, formCode, limit);
      late.plan = plan();
      await somebodyWaitsFor('advisory');
      const batch = aPlannedBatch(taken.length);
      await batches.add(batch);
      await invoices.saveAll(taken.map((invoice) => planInto(invoice, batch.id)));
      return taken.map(({ id }) => id);
    });
    expect(first).toEqual(ids);
    expect(await late.plan).toEqual([]);
  });

  it('does not hold up another context, or another tenant', async () => {
    const mine = await issued();
    const elsewhere = await issued({ context: OTHER_CONTEXT });
    const other = await stage.database.aTenant();
    const theirs = await issued({}, undefined, other);
    await inTenant(stage.tenant, async ({ invoices }) => {
      expect(await invoices.lockAwaiting(CONTEXT, formCode, limit)).toEqual([mine.invoice]);
      const inOther = inTenant(stage.tenant, (stores) => stores.invoices.lockAwaiting(OTHER_CONTEXT, formCode, limit));
      expect(await inOther).toEqual([elsewhere.invoice]);
      const ofOther = inTenant(other, (stores) => stores.invoices.lockAwaiting(CONTEXT, formCode, limit));
      expect(await ofOther).toEqual([theirs.invoice]);
    });
  });

  it('waits for an invoice that is just being changed, and takes it with the others', async () => {
    const ids = await aBacklog(3);
    await stage.database.sql('BEGIN');
    await stage.database.sql('UPDATE invoice SET updated_at = app_now() WHERE id = $1', [ids[1]]);
    const planning = plan();
    await somebodyWaitsFor('transactionid');
    await stage.database.sql('COMMIT');
    expect(await planning).toEqual(ids);
  });

  it('leaves an invoice that was taken away while it waited', async () => {
    const [first, second, third] = [await issued(), await issued(), await issued()];
    const batch = aPlannedBatch();
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    await stage.database.sql('BEGIN');
    await stage.database.sql(
      "UPDATE invoice SET state = 'planned', channel = 'batch', batch_id = $2, version = 1 WHERE id = $1",
      [second.invoice.id, batch.id],
    );
    const planning = plan();
    await somebodyWaitsFor('transactionid');
    await stage.database.sql('COMMIT');
    expect(await planning).toEqual([first.invoice.id, third.invoice.id]);
  });

  it('is done again after a deadlock with a change of deadlines', async () => {
    const ids = await aBacklog(2);
    const touch = (id: InvoiceId | undefined) =>
      stage.database.sql('UPDATE invoice SET updated_at = app_now() WHERE id = $1', [id]);
    await stage.database.sql('BEGIN');
    // PostgreSQL breaks off whoever looks for the deadlock first: the planner.
    await stage.database.sql("SET LOCAL deadlock_timeout = '1h'");
    await touch(ids[1]);
    const planning = plan();
    await somebodyWaitsFor('transactionid');
    await touch(ids[0]);
    await stage.database.sql('COMMIT');
    expect(await planning).toEqual(ids);
  });

  it('passes over what KSeF refused a moment ago until its time comes, unless it is named', async () => {
    const [again, ready] = [await issued({}, '2026-11-23'), await issued({}, '2026-11-24')];
    const batch = await planned([again]);
    const sent = { ...inSession(again.invoice, batch), version: 1 };
    const notBefore = Temporal.Instant.fromEpochMilliseconds(Date.now() + 3_600_000);
    const waiting = { ...retryLater(sent, again.invoice.issue, notBefore), version: 2 };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.save(sent);
      await invoices.save(waiting);
    });
    const stored = { ...waiting, version: 3, deliveryAttempts: 1 };
    const take = (only?: readonly InvoiceId[]) =>
      inTenant(stage.tenant, ({ invoices }) => invoices.lockAwaiting(CONTEXT, formCode, limit, only));
    expect(await take()).toEqual([ready.invoice]);
    expect(await take([again.invoice.id])).toEqual([stored]);
    try {
      await stage.database.passTime(3_601);
      expect(await take()).toEqual([stored, ready.invoice]);
    } finally {
      await stage.database.passTime(0);
    }
  });
});

describe('looking for work', () => {
  it('pages the documents of a batch by id', async () => {
    const samples = [await issued(), await issued(), await issued()];
    const batch = await planned(samples);
    const [first, second] = await inTenant(stage.tenant, async ({ invoices }) => [
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
    await inTenant(stage.tenant, async ({ invoices }) => {
      for (const { invoice, bytes } of [received, posted, accepted]) await invoices.add(invoice, bytes);
      await invoices.saveAll([posting, taken]);
      await invoices.save({ ...taken, version: 1, state: 'accepted', acceptance: ACCEPTANCE });
    });
    const found = await inTenant(stage.tenant, ({ invoices }) => invoices.unresolvedInteractive(10));
    expect(found.map(({ id, state }) => [id, state])).toEqual([
      [received.invoice.id, 'received'],
      [posted.invoice.id, 'in-session'],
      [accepted.invoice.id, 'accepted'],
    ]);
    expect(found[1]).toEqual({ ...posting, version: 1 });
    expect(await inTenant(stage.tenant, ({ invoices }) => invoices.unresolvedInteractive(1))).toHaveLength(1);
    const tenants = await stage.database.unitOfWork.inSystem((stores) => stores.tenants.withUnresolvedInteractive());
    expect(tenants).toContain(stage.tenant);
  });

  it('lets 50 deliveries without an answer not hide the 51st', async () => {
    const ids: InvoiceId[] = [];
    await inTenant(stage.tenant, async ({ invoices }) => {
      for (let made = 0; made < 51; made++) {
        const { invoice, bytes } = aReceivedInvoice();
        await invoices.add(invoice, bytes);
        ids.push(invoice.id);
      }
    });
    const look = async () =>
      (await inTenant(stage.tenant, ({ invoices }) => invoices.unresolvedInteractive(50))).map(({ id }) => id);
    const postpone = (id: InvoiceId, seconds: number) =>
      inTenant(stage.tenant, ({ invoices }) => invoices.postponeTracking(id, seconds));
    const tenants = () => stage.database.unitOfWork.inSystem((stores) => stores.tenants.withUnresolvedInteractive());
    const first = await look();
    expect(first).toEqual(ids.slice(0, 50));
    for (const [at, id] of first.entries()) await postpone(id, 600 - at);
    expect(await look()).toEqual(ids.slice(50));
    expect(await tenants()).toContain(stage.tenant);
    await postpone(ids[50]!, 900);
    expect(await look()).toEqual([]);
    expect(await tenants()).not.toContain(stage.tenant);
    try {
      await stage.database.passTime(700);
      expect(await look()).toEqual(first.toReversed());
      expect(await tenants()).toContain(stage.tenant);
    } finally {
      await stage.database.passTime(0);
    }
  });

  it('postpones a look without a new version, and only in its own tenant', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    const other = await stage.database.aTenant();
    await inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, bytes));
    const theft = inTenant(other, ({ invoices }) => invoices.postponeTracking(invoice.id, 600));
    await expect(theft).rejects.toThrow('not stored');
    expect(await inTenant(stage.tenant, ({ invoices }) => invoices.unresolvedInteractive(1))).toEqual([invoice]);
    await inTenant(stage.tenant, ({ invoices }) => invoices.postponeTracking(invoice.id, 600));
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.find(invoice.id));
    expect(stored?.invoice).toEqual(invoice);
  });

  it('leaves alone what a total failure lifted the duty from, even where it is named', async () => {
    const [lifted, ready] = [await issued({}, '2026-11-23'), await issued({}, '2026-11-24')];
    const { regime, basis, explanation, calendarVersion } = dueOn('2026-11-23');
    const none = { kind: 'none', regime, basis, explanation, calendarVersion } as const;
    const { formCode } = lifted.invoice.facts;
    const take = (only?: readonly InvoiceId[]) =>
      inTenant(stage.tenant, ({ invoices }) =>
        invoices.lockAwaiting(CONTEXT, formCode, { invoices: 10, bytes: 1_000_000 }, only),
      );
    const awaiting = async () =>
      (await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withAwaiting())).map(({ tenant }) => tenant);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(lifted.invoice.id, { deadline: none }));
    expect(await take()).toEqual([ready.invoice]);
    expect(await take([lifted.invoice.id])).toEqual([]);
    expect(await awaiting()).toContain(stage.tenant);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(ready.invoice.id, { deadline: none }));
    expect(await take()).toEqual([]);
    expect(await awaiting()).not.toContain(stage.tenant);
  });

  it('tells the sweeper which tenants have waiting invoices, and since when', async () => {
    const { invoice } = await issued();
    const find = async () =>
      (await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withAwaiting())).find(
        (waiting) => waiting.tenant === stage.tenant,
      );
    const [row] = await stage.database.sql<{ seconds: number }>(
      'SELECT extract(epoch FROM app_now() - $1::timestamptz)::double precision AS seconds',
      [invoice.issue.issuedAt.toString()],
    );
    const secondsSinceIssue = Math.max(0, row!.seconds);
    expect((await find())?.oldestSeconds).toBeGreaterThanOrEqual(secondsSinceIssue);
    await stage.database.passTime(1_000_000_000);
    expect((await find())?.oldestSeconds).toBeGreaterThanOrEqual(row!.seconds + 1_000_000_000);
    await stage.database.passTime(0);
    await planned([{ invoice, bytes: new Uint8Array() }]);
    expect(await find()).toBeUndefined();
  });

  it('does not wake the sweeper for invoices whose time has not come', async () => {
    const again = await issued();
    const sent = { ...inSession(again.invoice, await planned([again])), version: 1 };
    const notBefore = Temporal.Instant.fromEpochMilliseconds(Date.now() + 3_600_000);
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.save(sent);
      await invoices.save({ ...retryLater(sent, again.invoice.issue, notBefore), version: 2 });
    });
    const awaiting = async () =>
      (await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withAwaiting())).map(({ tenant }) => tenant);
    expect(await awaiting()).not.toContain(stage.tenant);
    try {
      await stage.database.passTime(3_601);
      expect(await awaiting()).toContain(stage.tenant);
    } finally {
      await stage.database.passTime(0);
    }
  });
});
