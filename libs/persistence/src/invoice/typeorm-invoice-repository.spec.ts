import { ConcurrentUpdateError, planInto, Temporal, type DueTerm, type InvoiceId } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
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
  SELLER,
  SESSION,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const issued: Stage['issued'] = (...sample) => stage.issued(...sample);
const planned: Stage['planned'] = (samples) => stage.planned(samples);

describe('storing and reading', () => {
  it('gives back what was stored, and the exact bytes', async () => {
    const { invoice, bytes } = await issued({ number: 'FV/2026/11/0042' }, '2026-11-23');
    const found = await inTenant(stage.tenant, async ({ invoices }) => ({
      stored: await invoices.find(invoice.id),
      byNumber: await invoices.findByNumber(SELLER, 'VAT', 'FV/2026/11/0042'),
      bytes: await invoices.bytes(invoice.id),
      evidence: await invoices.evidence(invoice.id),
      upo: await invoices.upo(invoice.id),
    }));
    expect(found.stored?.invoice).toEqual(invoice);
    expect(found.stored?.term).toEqual({ deadline: dueOn('2026-11-23') });
    expect(found.byNumber).toEqual(invoice);
    expect(found.bytes).toEqual(bytes);
    expect(found.evidence).toEqual(bytesOf('<ds:Signature/>'));
    expect(found.upo).toBeUndefined();
  });

  it('knows nothing of an invoice that was never stored', async () => {
    const id = aReceivedInvoice().invoice.id;
    const found = await inTenant(stage.tenant, async ({ invoices }) => [
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
    const adding = inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, changed));
    await expect(adding).rejects.toMatchObject({ constraint: 'invoice_document_hash' });
    expect(await inTenant(stage.tenant, ({ invoices }) => invoices.find(invoice.id))).toBeUndefined();
  });

  it('refuses an invoice whose evidence is missing when the transaction commits', async () => {
    const { invoice, bytes } = anIssuedInvoice();
    const adding = inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, bytes));
    await expect(adding).rejects.toMatchObject({ constraint: 'invoice_needs_evidence' });
  });

  it('says nothing of the document in an error', async () => {
    const { invoice, bytes } = aReceivedInvoice({ number: 'SECRET-NUMBER' });
    const adding = inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, bytes.slice(1)));
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
    const added = await inTenant(stage.tenant, ({ invoices }) => invoices.add(second.invoice, second.bytes));
    expect(added).toEqual({ ok: false, error: { code: 'INVOICE_NUMBER_TAKEN', invoiceId: first.invoice.id } });
  });

  it('frees the number of an attempt that issued nothing', async () => {
    const first = aReceivedInvoice({ number: 'FV/2' });
    await inTenant(stage.tenant, ({ invoices }) => invoices.add(first.invoice, first.bytes));
    await inTenant(stage.tenant, ({ invoices }) =>
      invoices.save({ ...first.invoice, state: 'not-issued', reason: 'refused' }),
    );
    const second = await issued({ number: 'FV/2' });
    const live = await inTenant(stage.tenant, ({ invoices }) => invoices.findByNumber(SELLER, 'VAT', 'FV/2'));
    expect(live?.id).toBe(second.invoice.id);
  });

  it('lets exactly one of two racing transactions have the number', async () => {
    const samples = Array.from({ length: 5 }, () => aReceivedInvoice({ number: 'FV/3' }));
    const results = await Promise.all(
      samples.map(({ invoice, bytes }) => inTenant(stage.tenant, ({ invoices }) => invoices.add(invoice, bytes))),
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
    const other = await stage.database.aTenant();
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
    const other = await stage.database.aTenant();
    const { invoice } = await issued();
    const theft = planInto(invoice, aPlannedBatch().id);
    await expect(inTenant(other, ({ invoices }) => invoices.save(theft))).rejects.toBeInstanceOf(ConcurrentUpdateError);
    await expect(
      inTenant(other, ({ invoices }) => invoices.saveTerm(invoice.id, { deadline: dueOn('2026-11-23') })),
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
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.find(sample.invoice.id));
    expect(stored?.invoice).toEqual({ ...planInto(sample.invoice, batch), version: 1 });
    await expect(
      inTenant(stage.tenant, ({ invoices }) => invoices.save(planInto(sample.invoice, batch))),
    ).rejects.toBeInstanceOf(ConcurrentUpdateError);
  });

  it('saves none of many when one of them moved on', async () => {
    const [first, second] = [await issued(), await issued()];
    const batch = aPlannedBatch(2);
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    const stale = { ...planInto(second.invoice, batch.id), version: 7 };
    await expect(
      inTenant(stage.tenant, ({ invoices }) => invoices.saveAll([planInto(first.invoice, batch.id), stale])),
    ).rejects.toBeInstanceOf(ConcurrentUpdateError);
    expect(await inTenant(stage.tenant, ({ invoices }) => invoices.inBatch(batch.id))).toEqual([]);
  });

  it('follows a delivery to its proof', async () => {
    const sample = await issued();
    const batch = await planned([sample]);
    const session = { ...inSession(sample.invoice, batch), version: 1 };
    await inTenant(stage.tenant, ({ invoices }) => invoices.save(session));
    const accepted = { ...session, state: 'accepted' as const, acceptance: ACCEPTANCE, version: 2 };
    await inTenant(stage.tenant, ({ invoices }) => invoices.save(accepted));
    const complete = { ...accepted, state: 'complete' as const, version: 3 };
    await expect(inTenant(stage.tenant, ({ invoices }) => invoices.save(complete))).rejects.toMatchObject({
      constraint: 'invoice_needs_upo',
    });
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.addUpo(sample.invoice.id, bytesOf('<UPO/>'));
      await invoices.save(complete);
    });
    const found = await inTenant(stage.tenant, async ({ invoices }) => ({
      stored: await invoices.find(sample.invoice.id),
      upo: await invoices.upo(sample.invoice.id),
    }));
    expect(found).toEqual({ stored: { invoice: { ...complete, version: 4 } }, upo: bytesOf('<UPO/>') });
  });

  it('keeps the first UPO', async () => {
    const { invoice } = await issued();
    await inTenant(stage.tenant, ({ invoices }) => invoices.addUpo(invoice.id, bytesOf('first')));
    await inTenant(stage.tenant, ({ invoices }) => invoices.addUpo(invoice.id, bytesOf('second')));
    expect(await inTenant(stage.tenant, ({ invoices }) => invoices.upo(invoice.id))).toEqual(bytesOf('first'));
  });

  it('saves 10,000 invoices in one transaction and reads them again', async () => {
    const count = 10_000;
    const samples = Array.from({ length: count }, () => anIssuedInvoice());
    const batch = aPlannedBatch(count);
    await stage.database.sql('BEGIN');
    await stage.database.sql(
      `INSERT INTO invoice (tenant_id, id, context_type, context_value, seller_nip, kind, number, issue_date,
         form_system_code, form_schema_version, form_value, facts, sha256, size_bytes, state, version, received_at)
       SELECT $1, row.id, 'Nip', '5265877635', '5265877635', 'VAT', row.id::text, '2026-11-20', 'FA (3)', '1-0E', 'FA',
         $3, sha256(row.id::text::bytea), 36, 'received', 0, $4
       FROM unnest($2::uuid[]) AS row (id)`,
      [stage.tenant, samples.map(({ invoice }) => invoice.id), JSON.stringify({ sellerName: 'x' }), NOON.toString()],
    );
    await stage.database.sql(
      `INSERT INTO invoice_document (tenant_id, invoice_id, sha256, size_bytes, bytes)
       SELECT tenant_id, id, sha256, size_bytes, id::text::bytea FROM invoice WHERE tenant_id = $1`,
      [stage.tenant],
    );
    await stage.database.sql(
      `INSERT INTO invoice_evidence (tenant_id, invoice_id, xades) SELECT tenant_id, id, '' FROM invoice WHERE tenant_id = $1`,
      [stage.tenant],
    );
    await stage.database.sql('COMMIT');
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveAll(samples.map(({ invoice }) => invoice)));
    const locked = await inTenant(stage.tenant, async ({ batches, invoices }) => {
      const waiting = await invoices.lockAwaiting({
        ...{ context: CONTEXT, formCode: samples[0]!.invoice.facts.formCode },
        limit: {
          ...{ invoices: count, bytes: 5_000_000_000, entryBytes: 0 },
          ...{ invoiceBytes: 1_000_000, invoiceWithAttachmentBytes: 3_000_000 },
        },
        datedUpTo: Temporal.PlainDate.from('2026-11-20'),
      });
      await batches.add(batch);
      await invoices.planAll(
        batch.id,
        waiting.map(({ id }) => id),
      );
      return waiting.length;
    });
    expect(locked).toBe(count);
    const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.inBatch(batch.id, ['planned']));
    expect(stored).toHaveLength(count);
    expect(new Set(stored.map(({ version }) => version))).toEqual(new Set([2]));
  });
});

describe('listing', () => {
  it('is newest first, by pages', async () => {
    const ids = [await issued(), await issued(), await issued()].map(({ invoice }) => invoice.id);
    const page = (after?: InvoiceId) => inTenant(stage.tenant, ({ invoices }) => invoices.list({}, 2, after));
    const first = (await page()).map(({ invoice }) => invoice.id);
    const second = (await page(first[1])).map(({ invoice }) => invoice.id);
    expect([first, second]).toEqual([[ids[2], ids[1]], [ids[0]]]);
  });

  it.each([
    ['newest', ['C', 'D', 'A', 'B']],
    ['oldest', ['B', 'A', 'D', 'C']],
    ['number', ['A', 'B', 'C', 'D']],
    ['number-descending', ['D', 'C', 'B', 'A']],
    ['deadline', ['A', 'C', 'B', 'D']],
  ] as const)('goes by pages in each order: %s', async (order, expected) => {
    await issued({ number: 'B' }, '2026-11-25');
    await issued({ number: 'A' }, '2026-11-23');
    const received = aReceivedInvoice({ number: 'D' });
    await inTenant(stage.tenant, ({ invoices }) => invoices.add(received.invoice, received.bytes));
    await issued({ number: 'C' }, '2026-11-24');
    const page = (after?: InvoiceId) => inTenant(stage.tenant, ({ invoices }) => invoices.list({}, 3, after, order));
    const first = await page();
    const found = [...first, ...(await page(first.at(-1)?.invoice.id))];
    expect(found.map(({ invoice }) => invoice.facts.number)).toEqual(expected);
  });

  it('filters by status, mode, context, number and deadline', async () => {
    const waiting = await issued({ number: 'A' }, '2026-11-23');
    const later = await issued({ number: 'B', context: OTHER_CONTEXT }, '2026-11-24');
    const onTheWay = await issued({ number: 'C' });
    await planned([onTheWay]);
    const received = aReceivedInvoice({ number: 'D' });
    await inTenant(stage.tenant, ({ invoices }) => invoices.add(received.invoice, received.bytes));
    const names = async (filter: object) =>
      (await inTenant(stage.tenant, ({ invoices }) => invoices.list(filter, 10))).map(
        ({ invoice }) => invoice.facts.number,
      );
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

describe('terms', () => {
  const save = (id: InvoiceId, term: DueTerm) => inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(id, term));
  const find = (id: InvoiceId) => inTenant(stage.tenant, ({ invoices }) => invoices.find(id));
  const open = { regime: 'emergency', basis: 'art. 106nf(4)', explanation: ['open'], calendarVersion: '1' } as const;
  const target = { at: Temporal.Instant.from('2026-11-21T08:00:00.000001Z'), explanation: ['House policy.'] };

  it('move without raising the version', async () => {
    const { invoice } = await issued({}, '2026-11-23');
    const due: DueTerm = { deadline: { ...dueOn('2026-12-01'), restoredAt: NOON }, target };
    await save(invoice.id, due);
    expect(await find(invoice.id)).toEqual({ invoice, term: due });
    await save(invoice.id, { deadline: { kind: 'open', ...open }, target });
    expect(await find(invoice.id)).toEqual({ invoice, term: { deadline: { kind: 'open', ...open }, target } });
    await save(invoice.id, { deadline: { kind: 'none', ...open } });
    expect(await find(invoice.id)).toEqual({ invoice, term: { deadline: { kind: 'none', ...open } } });
  });

  it('are stored once for all invoices that share them, for each tenant', async () => {
    const other = await stage.database.aTenant();
    const term = { deadline: dueOn('2026-11-23'), target };
    await Promise.all(
      [stage.tenant, stage.tenant, stage.tenant, other].map(async (tenant) => {
        const { invoice } = await stage.issued({}, undefined, tenant);
        await inTenant(tenant, ({ invoices }) => invoices.saveTerm(invoice.id, term));
      }),
    );
    const stored = await stage.database.sql<{ values: number; invoices: number }>(
      `SELECT (SELECT count(*)::integer FROM deadline_value WHERE tenant_id = $1) AS values,
         (SELECT count(*)::integer FROM invoice_term WHERE tenant_id = $1) AS invoices`,
      [stage.tenant],
    );
    expect(stored).toEqual([{ values: 1, invoices: 3 }]);
    for (const change of ["UPDATE deadline_value SET value = '{}'", 'DELETE FROM deadline_value']) {
      await expect(stage.database.sql(change)).rejects.toMatchObject({ code: 'LA001' });
    }
    const forged = "INSERT INTO deadline_value VALUES ($1, sha256('x'), '{}')";
    await expect(stage.database.sql(forged, [stage.tenant])).rejects.toMatchObject({
      constraint: 'deadline_value_digest',
    });
  });

  it('are kept for an invoice that KSeF marked offline', async () => {
    const online = aReceivedInvoice();
    const posted = {
      ...online.invoice,
      state: 'in-session' as const,
      issue: anOnlineIssue(),
      delivery: { channel: 'interactive' as const, session: SESSION, invoice: REFERENCE },
    };
    const accepted = { ...posted, version: 1, state: 'accepted' as const, acceptance: ACCEPTANCE };
    const term = { deadline: dueOn('2026-11-23') };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.add(online.invoice, online.bytes);
      await invoices.save(posted);
      await invoices.save(accepted);
      await invoices.saveTerm(online.invoice.id, term);
    });
    expect(await find(online.invoice.id)).toEqual({ invoice: { ...accepted, version: 2 }, term });
    expect(await inTenant(stage.tenant, ({ terms }) => terms.groups([]))).toEqual([]);
  });
});
