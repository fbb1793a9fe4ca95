import { INVOICE_TRANSITIONS, type BatchId, type InvoiceState, type TenantId } from '@latarnik/domain';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inState, plant } from '../testing/invoices-in-every-state.js';
import { anOfflineIssue, anOnlineIssue, aPlannedBatch, aReceivedInvoice } from '../testing/samples.js';
import { compareTemporalByValue } from '../testing/temporal-equality.js';
import { TestDatabase } from '../testing/test-database.js';

compareTemporalByValue();

const STATES = Object.keys(INVOICE_TRANSITIONS) as InvoiceState[];

let database: TestDatabase;
let tenant: TenantId;
let batchId: BatchId;

beforeAll(async () => {
  database = await TestDatabase.start({ queue: false });
  tenant = await database.aTenant();
  const batch = aPlannedBatch();
  batchId = batch.id;
  await database.unitOfWork.inTenant(tenant, ({ batches }) => batches.add(batch));
});
afterAll(() => database.stop());

describe('the lifecycle in the database', () => {
  it('is the table of the domain', async () => {
    const rows = await database.sql<{ from_state: string; to_state: string }>('SELECT * FROM invoice_transition');
    const stored = rows.map((row) => `${row.from_state} -> ${row.to_state}`).sort();
    const declared = STATES.flatMap((from) => INVOICE_TRANSITIONS[from].map((to) => `${from} -> ${to}`)).sort();
    expect(stored).toEqual(declared);
  });

  it.each(STATES)('lets an invoice leave %s only along it', async (from) => {
    const reached: InvoiceState[] = [];
    for (const to of STATES) {
      const { invoice, bytes } = aReceivedInvoice();
      const issue = to === 'not-issued' ? anOnlineIssue() : anOfflineIssue();
      await plant(database, tenant, inState(invoice, from, batchId, issue), bytes);
      const target = inState(invoice, to, batchId, issue);
      const error = await database.unitOfWork
        .inTenant(tenant, ({ invoices }) => invoices.save(target))
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      const stored = await database.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(invoice.id));
      if (error === undefined) {
        reached.push(to);
        expect(stored?.invoice).toEqual({ ...target, version: 1 });
      } else {
        expect(error).toMatchObject({ sqlState: 'LA002', constraint: 'invoice_transition' });
        expect(stored?.invoice.state).toBe(from);
      }
    }
    const declared: readonly InvoiceState[] = INVOICE_TRANSITIONS[from];
    expect(reached).toEqual(STATES.filter((to) => to === from || declared.includes(to)));
  });

  it.each(['planned', 'in-session', 'complete', 'not-issued'] as const)('does not begin in %s', async (state) => {
    const { invoice } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, state, batchId));
    const copy = database.sql(
      `INSERT INTO invoice SELECT (jsonb_populate_record(invoice, jsonb_build_object('id', gen_random_uuid(), 'number', 'copy'))).*
       FROM invoice WHERE id = $1`,
      [invoice.id],
    );
    await expect(copy).rejects.toMatchObject({ code: 'LA002' });
  });
});

describe('what an issued invoice keeps', () => {
  const changes = [
    ["mode = 'emergency'", 'invoice_issue_is_final'],
    [`mode_evidence = '{"kind": "own-choice", "reason": "another"}'`, 'invoice_issue_is_final'],
    ["issued_at = issued_at + interval '1 second'", 'invoice_issue_is_final'],
    ["kod_i = 'https://elsewhere'", 'invoice_issue_is_final'],
    ["kod_ii = 'https://elsewhere'", 'invoice_issue_is_final'],
    ["certificate_serial = '0000000000000000'", 'invoice_issue_is_final'],
    ["sha256 = sha256('other')", 'invoice_identity'],
    ["number = 'other'", 'invoice_identity'],
    ['issue_date = issue_date + 1', 'invoice_identity'],
    ['facts = facts || \'{"grossAmount": "1.00"}\'', 'invoice_identity'],
    ["seller_nip = '7740001454'", 'invoice_identity'],
    ['size_bytes = size_bytes + 1', 'invoice_identity'],
  ] as const;

  it.each(changes)('refuses %s', async (change, constraint) => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'issued', batchId), bytes);
    await expect(database.sql(`UPDATE invoice SET ${change} WHERE id = $1`, [invoice.id])).rejects.toMatchObject({
      constraint,
    });
  });

  it('is the offline issue also when it is planned again', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'issued', batchId), bytes);
    const other = {
      ...anOfflineIssue(),
      kodII: `${anOfflineIssue().kodII}x` as ReturnType<typeof anOfflineIssue>['kodII'],
    };
    const moving = database.unitOfWork.inTenant(tenant, ({ invoices }) =>
      invoices.save(inState(invoice, 'planned', batchId, other)),
    );
    await expect(moving).rejects.toMatchObject({ constraint: 'invoice_issue_is_final' });
  });

  it('may replace an online issue only by an offline one', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'in-session', batchId, anOnlineIssue()), bytes);
    const save = (state: InvoiceState) =>
      database.unitOfWork.inTenant(tenant, ({ invoices }) =>
        invoices.save(inState(invoice, state, batchId, anOfflineIssue())),
      );
    await expect(save('accepted')).rejects.toMatchObject({ constraint: 'invoice_issue_is_final' });
    await save('issued');
  });

  it.each(['invoice', 'invoice_document', 'invoice_evidence', 'invoice_upo'])(
    'is never deleted from %s',
    async (table) => {
      const { invoice, bytes } = aReceivedInvoice();
      await plant(database, tenant, inState(invoice, 'complete', batchId), bytes);
      const column = table === 'invoice' ? 'id' : 'invoice_id';
      await expect(database.sql(`DELETE FROM ${table} WHERE ${column} = $1`, [invoice.id])).rejects.toMatchObject({
        code: 'LA001',
      });
      await expect(database.sql(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject({ code: 'LA001' });
    },
  );

  it.each([
    ['invoice_document', 'bytes'],
    ['invoice_evidence', 'xades'],
    ['invoice_upo', 'upo'],
  ])('keeps the bytes of %s', async (table, column) => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'complete', batchId), bytes);
    const change = database.sql(`UPDATE ${table} SET ${column} = 'other' WHERE invoice_id = $1`, [invoice.id]);
    await expect(change).rejects.toMatchObject({ code: 'LA001' });
  });
});

it('nothing is due any more for an invoice that a person closed', async () => {
  const { invoice, bytes } = aReceivedInvoice();
  await plant(database, tenant, inState(invoice, 'conflict', batchId), bytes);
  const waitsFor = async () => {
    const sql = 'SELECT waits_for FROM invoice_term WHERE invoice_id = $1';
    return (await database.sql<{ waits_for: string | null }>(sql, [invoice.id])).map((row) => row.waits_for);
  };
  await database.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.save(inState(invoice, 'closed', batchId)));
  expect(await waitsFor()).toEqual([null]);
});

describe('what a state must have', () => {
  it.each([
    ['issued', 'kod_ii = NULL', 'invoice_issue'],
    ['issued', "channel = 'interactive'", 'invoice_delivery'],
    ['planned', 'batch_id = NULL', 'invoice_delivery'],
    ['in-session', 'channel = NULL, batch_id = NULL, session_reference = NULL', 'invoice_delivery'],
    ['accepted', 'ksef_number = NULL', 'invoice_acceptance'],
    ['complete', 'invoicing_date = NULL', 'invoice_acceptance'],
    ['rejected', 'refusal = NULL', 'invoice_refusal'],
    ['issued', "refusal = '{}'", 'invoice_refusal'],
    ['accepted', "refusal = '{}'", 'invoice_refusal'],
    ['planned', 'not_before = app_now()', 'invoice_not_before'],
    ['in-session', "invoicing_mode = 'offline'", 'invoice_invoicing_mode'],
    ['accepted', "invoicing_mode = 'other'", 'invoice_invoicing_mode_check'],
    ['issued', 'delivery_attempts = -1', 'invoice_delivery_attempts_check'],
    ['not-issued', 'not_issued_reason = NULL', 'invoice_not_issued'],
    ['issued', "mode = 'other'", 'invoice_mode_check'],
  ] as const)('%s refuses %s', async (state, change, constraint) => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, state, batchId), bytes);
    // Without the triggers, so that the CHECK alone is asked.
    const forced = database.force(`UPDATE invoice SET ${change} WHERE id = '${invoice.id}'`);
    await expect(forced).rejects.toMatchObject({ constraint });
  });

  it.each([
    "kind = 'open'",
    "digest = sha256('x')",
    "digest = sha256('x'), kind = 'due'",
    "digest = sha256('x'), kind = 'open', ends_at = now()",
    "digest = sha256('x'), kind = 'none', target_at = now()",
    'target_at = now()',
  ])('a term refuses %s', async (change) => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'issued', batchId), bytes);
    await database.sql("UPDATE invoice SET state = 'planned', channel = 'batch', batch_id = $2 WHERE id = $1", [
      ...[invoice.id, batchId],
    ]);
    const forced = database.force(`UPDATE invoice_term SET ${change} WHERE invoice_id = '${invoice.id}'`);
    await expect(forced).rejects.toMatchObject({ constraint: 'invoice_term_derived' });
    const unknown = "UPDATE invoice_term SET digest = sha256('x'), kind = 'open' WHERE invoice_id = $1";
    await expect(database.sql(unknown, [invoice.id])).rejects.toMatchObject({ code: '23503' });
    const deleted = 'DELETE FROM invoice_term WHERE invoice_id = $1';
    await expect(database.sql(deleted, [invoice.id])).rejects.toMatchObject({ code: 'LA001' });
  });

  it('a batch of its own context', async () => {
    const { invoice, bytes } = aReceivedInvoice({
      context: { type: 'InternalId', value: '5265877635-00001' as never },
    });
    await plant(database, tenant, inState(invoice, 'issued', batchId), bytes);
    const planning = database.unitOfWork.inTenant(tenant, ({ invoices }) =>
      invoices.save(inState(invoice, 'planned', batchId)),
    );
    await expect(planning).rejects.toMatchObject({ constraint: 'invoice_in_batch' });
  });

  it('a document', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    await plant(database, tenant, inState(invoice, 'issued', batchId), bytes);
    const copy = database.sql(
      `INSERT INTO invoice SELECT (jsonb_populate_record(invoice,
         jsonb_build_object('id', gen_random_uuid(), 'number', 'without bytes'))).*
       FROM invoice WHERE id = $1`,
      [invoice.id],
    );
    await expect(copy).rejects.toMatchObject({ code: expect.stringMatching(/23503|LA003/) });
  });
});
