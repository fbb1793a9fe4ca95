import {
  blockUnsent,
  ConcurrentUpdateError,
  correctionHold,
  planInto,
  returnToQueue,
  retryLater,
  Temporal,
  type AwaitingQuery,
  type InvoiceId,
  type IssuedInvoice,
} from '@latarnik/domain';
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
  KSEF_NUMBER,
  nextId,
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
  const limit = { invoices: 10, bytes: 1_000_000, entryBytes: 0, invoiceBytes: 900_000, invoiceWithAttachmentBytes: 1 };
  const wanted = { context: CONTEXT, formCode, limit, datedUpTo: Temporal.PlainDate.from('2026-11-20') };
  const idsOf = (taken: readonly { readonly id: InvoiceId }[]) => taken.map(({ id }) => id);

  it('takes the earliest deadline first and those without one last, of one context', async () => {
    const none = await issued();
    const late = await issued({}, '2026-11-25');
    const early = await issued({}, '2026-11-23');
    await issued({ context: OTHER_CONTEXT }, '2026-11-23');
    const taken = await inTenant(stage.tenant, ({ invoices }) => invoices.lockAwaiting(wanted));
    expect(taken).toEqual([early, late, none].map(({ invoice: { id, sizeBytes } }) => ({ id, sizeBytes })));
  });

  it('takes by the target, then by the end, then by id', async () => {
    const [calm, same, pressed, first] = [
      await issued({}, '2026-11-25'),
      await issued({}, '2026-11-25'),
      await issued({}, '2026-11-26'),
      await issued({}, '2026-11-24'),
    ];
    const target = { at: dueOn('2026-11-24').endsAt, explanation: ['House policy.'] };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.saveTerm(pressed.invoice.id, { deadline: dueOn('2026-11-26'), target });
    });
    const taken = await inTenant(stage.tenant, ({ invoices }) => invoices.lockAwaiting(wanted));
    expect(idsOf(taken)).toEqual([first, pressed, calm, same].map(({ invoice }) => invoice.id));
  });

  it('leaves alone what is too large, dated too late, or not due soon enough', async () => {
    const [small, large] = [await issued({}, '2026-11-23'), await issued({ sizeBytes: 1_001 }, '2026-11-22')];
    const lower = { ...limit, invoiceBytes: 1_000 };
    const take = async (query: Partial<AwaitingQuery>) =>
      idsOf(await inTenant(stage.tenant, ({ invoices }) => invoices.lockAwaiting({ ...wanted, ...query })));
    expect(await take({ limit: lower })).toEqual([small.invoice.id]);
    expect(await take({ limit: lower, only: [large.invoice.id] })).toEqual([]);
    expect(await take({ datedUpTo: Temporal.PlainDate.from('2026-11-19') })).toEqual([]);
    expect(await take({ dueBefore: dueOn('2026-11-23').endsAt })).toEqual([large.invoice.id]);
    expect(await take({ limit: { ...limit, bytes: 1_100, entryBytes: 50 } })).toEqual([large.invoice.id]);
    expect(await take({ limit: { ...limit, bytes: 1_050, entryBytes: 50 } })).toEqual([]);
  });

  it('finds what is larger than KSeF takes in the context, and such an invoice is blocked as it is and goes later', async () => {
    const large = await issued({ sizeBytes: 1_000_001 }, '2026-11-23');
    await issued({ sizeBytes: 1_000 }, '2026-11-23');
    await issued({ sizeBytes: 1_000_001, context: OTHER_CONTEXT }, '2026-11-23');
    const found = (invoiceBytes: number) =>
      inTenant(stage.tenant, ({ invoices }) =>
        invoices.lockTooLarge({ context: CONTEXT, limit: { ...limit, invoiceBytes } }),
      );
    expect(await found(2_000_000)).toEqual([]);
    const [invoice, ...more] = await found(1_000_000);
    if (invoice === undefined) throw new Error('nothing was found');
    expect([invoice.id, more]).toEqual([large.invoice.id, []]);
    const refusal = { code: 0, description: 'too large', details: [], advice: 'Ask for more.' };
    const blocked = blockUnsent(invoice, refusal);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveAll([blocked]));
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.find(invoice.id));
    expect(stored?.invoice).toMatchObject({ state: 'blocked', refusal });
    expect(stored?.invoice).not.toHaveProperty('delivery');
    expect(await found(1_000_000)).toEqual([]);
    const waits = returnToQueue({ ...blocked, version: blocked.version + 1 }, blocked.issue);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveAll([waits]));
    expect(idsOf(await found(1_000_000))).toEqual([large.invoice.id]);
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
          stores.invoices.lockAwaiting({
            ...wanted,
            limit: { ...limit, invoices, bytes },
            ...(only === undefined ? {} : { only }),
          }),
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
      const ids = idsOf(await invoices.lockAwaiting({ ...wanted, limit: { ...limit, invoices: most } }));
      if (ids.length === 0) return [];
      const batch = aPlannedBatch(ids.length);
      await batches.add(batch);
      await invoices.planAll(batch.id, ids);
      return ids;
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
      const taken = idsOf(await invoices.lockAwaiting(wanted));
      late.plan = plan();
      await somebodyWaitsFor('advisory');
      const batch = aPlannedBatch(taken.length);
      await batches.add(batch);
      await invoices.planAll(batch.id, taken);
      return taken;
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
      expect(idsOf(await invoices.lockAwaiting(wanted))).toEqual([mine.invoice.id]);
      const inOther = inTenant(stage.tenant, (stores) =>
        stores.invoices.lockAwaiting({ ...wanted, context: OTHER_CONTEXT }),
      );
      expect(idsOf(await inOther)).toEqual([elsewhere.invoice.id]);
      const ofOther = inTenant(other, (stores) => stores.invoices.lockAwaiting(wanted));
      expect(idsOf(await ofOther)).toEqual([theirs.invoice.id]);
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
    const take = async (only?: readonly InvoiceId[]) =>
      idsOf(
        await inTenant(stage.tenant, ({ invoices }) =>
          invoices.lockAwaiting({ ...wanted, ...(only === undefined ? {} : { only }) }),
        ),
      );
    expect(await take()).toEqual([ready.invoice.id]);
    expect(await take([again.invoice.id])).toEqual([again.invoice.id]);
    try {
      await stage.database.passTime(3_601);
      expect(await take()).toEqual([again.invoice.id, ready.invoice.id]);
    } finally {
      await stage.database.passTime(0);
    }
  });
});

describe('planning', () => {
  it('changes of an invoice what planInto changes, and nothing else', async () => {
    const [one, two] = [await issued(), await issued()];
    const batch = aPlannedBatch(2);
    await inTenant(stage.tenant, async ({ invoices, batches }) => {
      await batches.add(batch);
      await invoices.planAll(batch.id, [one.invoice.id, two.invoice.id]);
    });
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.findAll([two.invoice.id, one.invoice.id]));
    const expected = [one, two].map(({ invoice }) => ({ ...planInto(invoice, batch.id), version: 1 }));
    expect(stored.map(({ invoice }) => invoice).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
  });

  it('is refused whole when one of them no longer waits', async () => {
    const [one, two] = [await issued(), await issued()];
    await planned([two]);
    const batch = aPlannedBatch(2);
    const planning = inTenant(stage.tenant, async ({ invoices, batches }) => {
      await batches.add(batch);
      await invoices.planAll(batch.id, [one.invoice.id, two.invoice.id]);
    });
    await expect(planning).rejects.toBeInstanceOf(ConcurrentUpdateError);
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.find(one.invoice.id));
    expect(stored?.invoice.state).toBe('issued');
  });

  it('of an invoice that is on its way is refused by the database itself, whoever asks', async () => {
    const sample = await issued();
    await planned([sample]);
    const other = aPlannedBatch();
    await inTenant(stage.tenant, ({ batches }) => batches.add(other));
    const moved = stage.database.sql('UPDATE invoice SET batch_id = $2 WHERE id = $1', [sample.invoice.id, other.id]);
    await expect(moved).rejects.toMatchObject({ code: '23505', constraint: 'delivery_attempt_live' });
    const rows = 'SELECT channel, ended_as FROM delivery_attempt WHERE invoice_id = $1 ORDER BY id';
    expect(await stage.database.sql(rows, [sample.invoice.id])).toEqual([{ channel: 'batch', ended_as: null }]);
    await stage.database.sql(
      "UPDATE invoice SET state = 'issued', channel = NULL, batch_id = NULL, version = 2 WHERE id = $1",
      [sample.invoice.id],
    );
    expect(await stage.database.sql(rows, [sample.invoice.id])).toEqual([{ channel: 'batch', ended_as: 'issued' }]);
    const again = await inTenant(stage.tenant, ({ invoices }) => invoices.findAll([sample.invoice.id]));
    await planned([{ ...sample, invoice: again[0]!.invoice as IssuedInvoice }]);
    expect(await stage.database.sql(rows, [sample.invoice.id])).toHaveLength(2);
  });

  it('holds corrections back as correctionHold of the domain says', async () => {
    const { formCode } = anIssuedInvoice().invoice.facts;
    const limit = { invoices: 100, bytes: 1_000_000, entryBytes: 0, invoiceBytes: 900_000 };
    const query = {
      ...{ context: CONTEXT, formCode, limit: { ...limit, invoiceWithAttachmentBytes: 1 } },
      datedUpTo: Temporal.PlainDate.from('2026-11-20'),
    };
    const fates = ['absent', 'waits', 'numbered', 'lifted', 'not-issued'] as const;
    const holds: string[] = [];
    for (const fate of fates) {
      for (const quotes of [false, true]) {
        const tenant = await stage.freshTenant();
        const original = fate === 'absent' ? undefined : await issued({ number: 'FV/1' });
        if (original !== undefined && fate !== 'absent') await meet(original.invoice.id, fate);
        const correction = await correctiveInvoice(quotes);
        const { taken, named, hold } = await inTenant(tenant, async ({ invoices }) => {
          const { id, facts } = correction;
          const originals = (await invoices.correctedBy([id])).get(id) ?? [];
          return {
            taken: (await invoices.lockAwaiting(query)).map((waiting) => waiting.id),
            named: (await invoices.lockAwaiting({ ...query, only: [id] })).map((waiting) => waiting.id),
            hold: correctionHold(facts, originals),
          };
        });
        holds.push(hold?.code ?? 'free');
        expect([fate, quotes, taken.includes(correction.id)]).toEqual([fate, quotes, hold === undefined]);
        expect(named.length === 1).toBe(hold?.code !== 'ORIGINAL_WITHOUT_NUMBER');
      }
    }
    expect(new Set(holds)).toEqual(new Set(['free', 'ORIGINAL_WITHOUT_NUMBER', 'ORIGINAL_HAS_NUMBER']));
  });

  async function correctiveInvoice(quotes: boolean): Promise<IssuedInvoice> {
    const { invoice, bytes } = anIssuedInvoice({ number: 'KOR/1' });
    const facts = { ...invoice.facts, kind: 'KOR' as const, correctedNumbers: ['FV/1'] };
    const correction = { ...invoice, facts: { ...facts, correctedKsefNumbers: quotes ? [KSEF_NUMBER] : [] } };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.add(correction, bytes);
      await invoices.addEvidence(correction.id, bytes);
    });
    return correction;
  }

  async function meet(id: InvoiceId, fate: 'waits' | 'numbered' | 'lifted' | 'not-issued'): Promise<void> {
    if (fate === 'numbered') {
      await stage.database.force(
        `UPDATE invoice SET state = 'accepted', channel = 'batch', batch_id = $2, session_reference = 's',
           ksef_number = $3, accepted_session_reference = 's', accepted_invoice_reference = 'r',
           invoicing_date = now() WHERE id = $1`,
        [id, nextId(), KSEF_NUMBER],
      );
      await stage.database.force('UPDATE invoice_term SET waits_for = NULL WHERE invoice_id = $1', [id]);
    }
    if (fate === 'not-issued') {
      await stage.database.force(
        `UPDATE invoice SET state = 'not-issued', not_issued_reason = 'x', mode = NULL, mode_evidence = NULL,
           issued_at = NULL, kod_i = NULL, kod_ii = NULL, certificate_serial = NULL WHERE id = $1`,
        [id],
      );
    }
    if (fate !== 'lifted') return;
    const { regime, basis, explanation, calendarVersion } = dueOn('2026-11-23');
    const none = { kind: 'none', regime, basis, explanation, calendarVersion } as const;
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(id, { deadline: none }));
  }
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

  it('ends a page of documents with the one that makes 4 MB of it', async () => {
    const large = { sizeBytes: 1_500_000 };
    const samples = [await issued(large), await issued(large), await issued(large), await issued()];
    const batch = await planned(samples);
    const sizes = async (after?: InvoiceId) =>
      (await inTenant(stage.tenant, ({ invoices }) => invoices.documentsOfBatch(batch, 200, after))).map(
        ({ bytes }) => bytes.length > 1_000_000,
      );
    expect(await sizes()).toEqual([true, true, true]);
    expect(await sizes(samples[2]!.invoice.id)).toEqual([false]);
    expect(await sizes(samples[3]!.invoice.id)).toEqual([]);
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
    const limit = { invoices: 10, bytes: 1_000_000, entryBytes: 0, invoiceBytes: 900_000 };
    const take = async (only?: readonly InvoiceId[]) =>
      (
        await inTenant(stage.tenant, ({ invoices }) =>
          invoices.lockAwaiting({
            ...{ context: CONTEXT, formCode, limit: { ...limit, invoiceWithAttachmentBytes: 1 } },
            datedUpTo: Temporal.PlainDate.from('2026-11-20'),
            ...(only === undefined ? {} : { only }),
          }),
        )
      ).map(({ id }) => id);
    const awaiting = async () =>
      (await stage.database.unitOfWork.inSystem(({ tenants }) => tenants.withAwaiting())).map(({ tenant }) => tenant);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(lifted.invoice.id, { deadline: none }));
    expect(await take()).toEqual([ready.invoice.id]);
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
