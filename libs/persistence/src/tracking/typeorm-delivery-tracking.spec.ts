import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  accept,
  callDone,
  callFailed,
  callResolved,
  callUnknown,
  CALL_ATTEMPT_TRANSITIONS,
  deliverAgain,
  dropAttempt,
  enterSession,
  hashToBase64,
  invoiceHashFromBytes,
  planInto,
  proposeSecondDelivery,
  approveSecondDelivery,
  withdrawSecondDelivery,
  SECOND_DELIVERY_TRANSITIONS,
  type BatchId,
  type CallAttempt,
  type InSessionInvoice,
  type InvoiceReference,
  type KsefNumber,
  type PendingCall,
  type SecondDelivery,
  type SessionReference,
  type SessionRow,
  type UpoReference,
} from '@latarnik/domain';
import * as fc from 'fast-check';
import { ACCEPTANCE, aPlannedBatch, bytesOf, hashOf, nextId, NOON, SESSION } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const reference = (name: string) => `20261120-EE-${name}` as InvoiceReference;
const otherHash = invoiceHashFromBytes(new Uint8Array(32).fill(7));
const PAGE = '20261120-EU-1234567890-ABCDEF0123-45' as UpoReference;

const row = (invoice: { readonly hash: SessionRow['hash'] }, name: string, code: number): SessionRow => ({
  reference: reference(name),
  hash: invoice.hash,
  code,
  description: `status ${String(code)}`,
  details: ['a "detail"'],
  invoicingDate: NOON,
  ...(code === 200
    ? { ksefNumber: `5265877635-20261120-${name}`, acquisitionDate: NOON, invoicingMode: 'offline' }
    : {}),
  ...(code === 440 ? { originalKsefNumber: 'KSEF/1', originalSession: 'session-0' as SessionReference } : {}),
});

/** A batch whose invoices are in its session. */
async function inSessionBatch(count: number): Promise<{ id: BatchId; invoices: InSessionInvoice[] }> {
  const samples = [];
  for (let at = 0; at < count; at++) samples.push(await stage.issued({}, `2026-11-${String(28 - at)}`));
  const id = await stage.planned(samples);
  const invoices = samples.map(({ invoice }) => enterSession({ ...planInto(invoice, id), version: 1 }, SESSION));
  await inTenant(stage.tenant, (stores) => stores.invoices.saveAll(invoices));
  return { id, invoices: invoices.map((invoice) => ({ ...invoice, version: 2 })) };
}

const record = (rows: readonly SessionRow[], session = SESSION) =>
  inTenant(stage.tenant, ({ tracking }) => tracking.rows.record(session, rows));
const tally = (id: BatchId) => inTenant(stage.tenant, ({ tracking }) => tracking.rows.tally(id, SESSION));
const answered = (id: BatchId, codes: Parameters<typeof answeredBy>[1] = { except: [] }, limit = 100) =>
  answeredBy(id, codes, limit);
const answeredBy = (id: BatchId, codes: { only: number[] } | { except: number[] }, limit: number) =>
  inTenant(stage.tenant, ({ tracking }) => tracking.rows.answered(id, SESSION, codes, limit));

describe('rows of a session', () => {
  it('are given back as they were, whatever is in them', async () => {
    const { invoices } = await inSessionBatch(1);
    const rows = [row(invoices[0]!, 'A', 200), row({ hash: otherHash }, 'B', 440)];
    await record(rows);
    const list = (limit: number, after?: InvoiceReference) =>
      inTenant(stage.tenant, ({ tracking }) => tracking.rows.list(SESSION, limit, after));
    expect(await list(10)).toEqual(rows);
    expect(await list(1, reference('A'))).toEqual([rows[1]]);
    const other = await stage.database.aTenant();
    expect(await inTenant(other, ({ tracking }) => tracking.rows.list(SESSION, 10))).toEqual([]);
  });

  it('are counted against what the batch carried', async () => {
    const { id, invoices } = await inSessionBatch(4);
    const [a, b, c] = invoices;
    expect(await tally(id)).toEqual({ rows: 0, accepted: 0, unfinished: 0, missing: 4, foreign: 0 });
    await record([row(a!, 'A', 200), row(b!, 'B', 450), row(c!, 'C', 150), row({ hash: otherHash }, 'X', 200)]);
    expect(await tally(id)).toEqual({ rows: 4, accepted: 2, unfinished: 1, missing: 1, foreign: 1 });
  });

  it('answer for invoices on their way, the earliest deadline first', async () => {
    const { id, invoices } = await inSessionBatch(4);
    await record(invoices.map((invoice, at) => row(invoice, String(at), [200, 440, 150, 450][at]!)));
    const ids = async (codes?: { only: number[] } | { except: number[] }) =>
      (await answered(id, codes)).map(({ invoice }) => invoices.findIndex((each) => each.id === invoice.id));
    expect(await ids()).toEqual([3, 1, 0]);
    expect(await ids({ except: [440] })).toEqual([3, 0]);
    expect(await ids({ only: [440] })).toEqual([1]);
    expect(await answered(id, { except: [] }, 1)).toHaveLength(1);
    const [first] = await answered(id);
    expect(first).toEqual({ invoice: invoices[3], row: row(invoices[3]!, '3', 450) });
  });

  it('speak alike in whatever order, however often, and by whatever pages they come (P5)', async () => {
    const { id, invoices } = await inSessionBatch(3);
    const words = invoices.flatMap((invoice, at) => [
      row(invoice, `${String(at)}a`, 150),
      row(invoice, `${String(at)}a`, at === 1 ? 450 : 200),
      row(invoice, `${String(at)}b`, 440),
      row(invoice, `${String(at)}c`, 500),
    ]);
    const codesOf = async () =>
      Object.fromEntries((await answered(id)).map(({ invoice, row: told }) => [invoice.id, told.code]));
    const expected = Object.fromEntries(invoices.map((invoice, at) => [invoice.id, at === 1 ? 440 : 200]));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...words, ...words], { minLength: words.length * 2, maxLength: words.length * 2 }),
        fc.integer({ min: 1, max: 9 }),
        async (order, page) => {
          run += 1;
          await stage.database.sql('DELETE FROM session_row');
          for (let at = 0; at < order.length; at += page) await record(order.slice(at, at + page));
          expect(await codesOf()).toEqual(expected);
          expect(await tally(id)).toMatchObject({ rows: 9, unfinished: 0, missing: 0, foreign: 0 });
        },
      ),
      { numRuns: 25 },
    );
    expect(run).toBeGreaterThan(20);
  });

  it('tell every session that these bytes were ever in', async () => {
    const { invoices } = await inSessionBatch(1);
    await record([row(invoices[0]!, 'A', 440)], 'session-0' as SessionReference);
    const sessions = await inTenant(stage.tenant, ({ tracking }) => tracking.rows.sessionsWith(invoices[0]!.hash));
    expect(sessions).toEqual(['session-0']);
  });
});

describe('a page of a collective UPO', () => {
  const bytes = bytesOf('<Potwierdzenie/>');
  const signature = { verdict: 'not-checked' as const, reason: 'signer-unknown' as const };

  async function acceptedBatch(count: number) {
    const { id, invoices } = await inSessionBatch(count);
    const accepted = invoices.map((invoice, at) =>
      accept(invoice, { ...ACCEPTANCE, ksefNumber: `5265877635-20261120-00000000000${String(at)}-00` as KsefNumber }),
    );
    await inTenant(stage.tenant, (stores) => stores.invoices.saveAll(accepted));
    return { id, accepted };
  }

  it('completes exactly the accepted invoices that it names by number and hash', async () => {
    const { id, accepted } = await acceptedBatch(4);
    const entries = accepted.map(({ acceptance, hash }) => ({ ksefNumber: acceptance.ksefNumber, hash }));
    const named = [
      entries[0]!,
      { ...entries[1]!, hash: otherHash },
      { ...entries[2]!, ksefNumber: 'another' },
      entries[0]!,
    ];
    const completed = await inTenant(stage.tenant, async ({ tracking }) => {
      await tracking.upos.addPage(SESSION, PAGE, { bytes, entries: [], signature });
      return tracking.upos.completeByPage(SESSION, PAGE, named);
    });
    expect(completed).toEqual([{ id: accepted[0]!.id, ksefNumber: accepted[0]!.acceptance.ksefNumber }]);
    const counts = await inTenant(stage.tenant, ({ invoices }) => invoices.countByState(id));
    expect(Object.fromEntries(counts)).toEqual({ accepted: 3, complete: 1 });
    const proof = (at: number) => inTenant(stage.tenant, ({ tracking }) => tracking.upos.proofOf(accepted[at]!.id));
    expect(await proof(0)).toEqual({ kind: 'page', bytes, signature });
    expect(await proof(1)).toBeUndefined();
    const again = await inTenant(stage.tenant, ({ tracking }) => tracking.upos.completeByPage(SESSION, PAGE, entries));
    expect(again).toHaveLength(3);
  });

  it("completes an invoice that no row of a session named: its number is there, KSeF's reference of the row is not", async () => {
    const { invoices } = await inSessionBatch(1);
    const { invoice: _row, ...acceptance } = ACCEPTANCE;
    const [invoice] = invoices.map((each) => accept(each, acceptance));
    const entry = { ksefNumber: acceptance.ksefNumber, hash: invoice!.hash };
    const completed = await inTenant(stage.tenant, async (stores) => {
      await stores.invoices.saveAll([invoice!]);
      await stores.tracking.upos.addPage(SESSION, PAGE, { bytes, entries: [entry], signature });
      return stores.tracking.upos.completeByPage(SESSION, PAGE, [entry]);
    });
    expect(completed).toHaveLength(1);
    const stored = await inTenant(stage.tenant, ({ invoices: repository }) => repository.find(invoice!.id));
    expect(stored?.invoice).toMatchObject({ state: 'complete', acceptance });
    expect(stored?.invoice).not.toHaveProperty('acceptance.invoice');
  });

  it('gives way to the own UPO of an invoice, once that is there', async () => {
    const { accepted } = await acceptedBatch(1);
    const [invoice] = accepted;
    const own = { verdict: 'valid' as const, signer: 'O=MF', certificateSha256: 'q' };
    await inTenant(stage.tenant, async ({ tracking, invoices }) => {
      await tracking.upos.addPage(SESSION, PAGE, { bytes, entries: [] });
      await tracking.upos.completeByPage(SESSION, PAGE, [
        { ksefNumber: invoice!.acceptance.ksefNumber, hash: invoice!.hash },
      ]);
      await invoices.addUpo(invoice!.id, bytesOf('<own/>'), own);
    });
    const proof = await inTenant(stage.tenant, ({ tracking }) => tracking.upos.proofOf(invoice!.id));
    expect(proof).toEqual({ kind: 'own', bytes: bytesOf('<own/>'), signature: own });
  });

  it('is written once and is never complete without its document', async () => {
    const { accepted } = await acceptedBatch(1);
    const entry = { ksefNumber: accepted[0]!.acceptance.ksefNumber, hash: accepted[0]!.hash };
    const missing = inTenant(stage.tenant, ({ tracking }) => tracking.upos.completeByPage(SESSION, PAGE, [entry]));
    await expect(missing).rejects.toMatchObject({ sqlState: '23503' });
    await inTenant(stage.tenant, ({ tracking }) => tracking.upos.addPage(SESSION, PAGE, { bytes, entries: [] }));
    await inTenant(stage.tenant, ({ tracking }) =>
      tracking.upos.addPage(SESSION, PAGE, { bytes: bytesOf('x'), entries: [] }),
    );
    const stored = await stage.database.sql<{ bytes: Buffer }>('SELECT bytes FROM upo_page WHERE tenant_id = $1', [
      stage.tenant,
    ]);
    expect(stored.map(({ bytes: kept }) => kept.toString())).toEqual(['<Potwierdzenie/>']);
    await expect(stage.database.sql("UPDATE upo_page SET bytes = 'x'")).rejects.toMatchObject({ code: 'LA001' });
    const wrong = `INSERT INTO upo_page VALUES ($1, 'S', 'P', sha256('a'), 'b', '{"verdict": "valid"}')`;
    await expect(stage.database.sql(wrong, [stage.tenant])).rejects.toMatchObject({ constraint: 'upo_page_hash' });
  });
});

describe('calls', () => {
  let pending: PendingCall;
  beforeEach(async () => {
    const batch = aPlannedBatch(1);
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    pending = { id: nextId(), batchId: batch.id, call: 'open', at: NOON, fence: 3n, state: 'pending' };
  });

  it('follow the table of the domain', async () => {
    const rows = await stage.database.sql<{ pair: string }>(
      "SELECT from_state || ' ' || to_state AS pair FROM call_attempt_transition ORDER BY 1",
    );
    const declared = Object.entries(CALL_ATTEMPT_TRANSITIONS).flatMap(([from, tos]) =>
      tos.map((to) => `${from} ${to}`),
    );
    expect(rows.map(({ pair }) => pair)).toEqual(declared.sort());
  });

  it('are stored before they are made and settled after, each way that one can end', async () => {
    const later = NOON.add({ seconds: 5 });
    const unknown = callUnknown(pending, 'timed out', later);
    const ways: readonly (readonly CallAttempt[])[] = [
      [callDone(pending, SESSION, later)],
      [callFailed(pending, 'no', later)],
      [unknown, callResolved(unknown, 'it left one behind', ['orphan-1' as SessionReference])],
    ];
    for (const [at, way] of ways.entries()) {
      const id = nextId();
      await inTenant(stage.tenant, ({ tracking }) => tracking.attempts.begin({ ...pending, id }));
      for (const next of way) {
        const settled = { ...next, id } as Exclude<CallAttempt, PendingCall>;
        await inTenant(stage.tenant, ({ tracking }) => tracking.attempts.settle(settled));
        const stored = await inTenant(stage.tenant, ({ tracking }) => tracking.attempts.ofBatch(pending.batchId));
        expect(stored[at]).toEqual(settled);
      }
    }
    const known = (sessions: string[]) =>
      inTenant(stage.tenant, ({ tracking }) => tracking.attempts.knownSessions(sessions as SessionReference[]));
    expect(await known(['orphan-1', 'orphan-2'])).toEqual(['orphan-1']);
  });

  it('are refused moves outside it, changes of what was made, and deletion', async () => {
    const { attempts } = await inTenant(stage.tenant, ({ tracking }) => Promise.resolve(tracking));
    expect(attempts).toBeDefined();
    await inTenant(stage.tenant, ({ tracking }) => tracking.attempts.begin(pending));
    await inTenant(stage.tenant, ({ tracking }) => tracking.attempts.settle(callDone(pending, SESSION, NOON)));
    const move = inTenant(stage.tenant, ({ tracking }) => tracking.attempts.settle(callFailed(pending, 'no', NOON)));
    await expect(move).rejects.toMatchObject({ sqlState: 'LA002' });
    const refused = (sql: string) => stage.database.sql(sql).catch((error: unknown) => error);
    expect(await refused('UPDATE call_attempt SET fence = 4')).toMatchObject({ code: 'LA001' });
    expect(await refused('DELETE FROM call_attempt')).toMatchObject({ code: 'LA001' });
  });
});

describe('alarms', () => {
  it('are raised once for a batch', async () => {
    const batch = aPlannedBatch(1);
    const alarm = { kind: 'counts' as const, raisedAt: NOON, detail: 'one row is missing' };
    const raise = () => inTenant(stage.tenant, async ({ tracking }) => tracking.alarms.raise(batch.id, alarm));
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    expect([await raise(), await raise()]).toEqual([true, false]);
    expect(await inTenant(stage.tenant, ({ tracking }) => tracking.alarms.of(batch.id))).toEqual([alarm]);
  });
});

describe('a second delivery', () => {
  const asked = (batchId: BatchId) =>
    proposeSecondDelivery({
      batchId,
      session: SESSION,
      askedBy: { actor: 'api-key:a', person: 'Anna' },
      askedAt: NOON,
      reason: 'the deadline',
    });
  const find = (id: BatchId) => inTenant(stage.tenant, ({ tracking }) => tracking.secondDeliveries.find(id));
  const save = (delivery: SecondDelivery) =>
    inTenant(stage.tenant, ({ tracking }) => tracking.secondDeliveries.save(delivery));

  it('follows the table of the domain, and needs two persons', async () => {
    const rows = await stage.database.sql<{ pair: string }>(
      "SELECT from_state || ' ' || to_state AS pair FROM second_delivery_transition ORDER BY 1",
    );
    const declared = Object.entries(SECOND_DELIVERY_TRANSITIONS).flatMap(([from, tos]) =>
      tos.map((to) => `${from} ${to}`),
    );
    expect(rows.map(({ pair }) => pair)).toEqual(declared.sort());

    const { id } = await inSessionBatch(1);
    const second = aPlannedBatch(1);
    await inTenant(stage.tenant, ({ batches }) => batches.add(second));
    const proposal = asked(id);
    const approval = { approvedAt: NOON, secondBatchId: second.id, invoices: 1 };
    const approvedBy = (actor: string, person: string) =>
      approveSecondDelivery(proposal, { ...approval, approvedBy: { actor, person } });
    await expect(save(approvedBy('api-key:b', 'Beata'))).rejects.toMatchObject({ sqlState: 'LA002' });
    await save(proposal);
    expect(await find(id)).toEqual(proposal);
    const withdrawn = withdrawSecondDelivery(proposal, 'KSeF answered', NOON);
    await save(withdrawn);
    expect(await find(id)).toEqual(withdrawn);
    await save(proposal);
    await expect(save(approvedBy('api-key:a', 'Beata'))).rejects.toMatchObject({
      constraint: 'second_delivery_two_persons',
    });
    await expect(save(approvedBy('api-key:b', 'Anna'))).rejects.toMatchObject({
      constraint: 'second_delivery_two_persons',
    });
    const approved = approvedBy('api-key:b', 'Beata');
    await save(approved);
    expect(await find(id)).toEqual(approved);
    await expect(save(withdrawn)).rejects.toMatchObject({ sqlState: 'LA002' });
  });

  async function twice() {
    const { id, invoices } = await inSessionBatch(2);
    const second = aPlannedBatch(2);
    const again = invoices.map((invoice) => deliverAgain(invoice, second.id));
    await inTenant(stage.tenant, async (stores) => {
      await stores.batches.add(second);
      await stores.invoices.saveAll(again);
    });
    return {
      first: id,
      second: second.id,
      invoices: again.map((invoice) => ({ ...invoice, version: invoice.version + 1 })),
    };
  }
  const attemptsOf = (invoice: { readonly id: string }) =>
    stage.database.sql<{ batch_id: string; by_decision: boolean; ended_as: string | null }>(
      'SELECT batch_id, by_decision, ended_as FROM delivery_attempt WHERE invoice_id = $1 ORDER BY id',
      [invoice.id],
    );

  it('is in both batches, packed in the second one only, and recorded as a decision of people', async () => {
    const { first, second, invoices } = await twice();
    const inBatch = async (id: BatchId) =>
      (await inTenant(stage.tenant, (stores) => stores.invoices.inBatch(id))).map((invoice) => invoice.id);
    const ids = invoices.map(({ id }) => id);
    expect([await inBatch(first), await inBatch(second)]).toEqual([ids, ids]);
    const packed = (id: BatchId) =>
      inTenant(stage.tenant, async (stores) => (await stores.invoices.documentsOfBatch(id, 10)).length);
    expect([await packed(first), await packed(second)]).toEqual([0, 2]);
    expect(await inTenant(stage.tenant, (stores) => stores.invoices.inBatch(second))).toEqual(invoices);
    expect(await attemptsOf(invoices[0]!)).toEqual([
      { batch_id: first, by_decision: false, ended_as: null },
      { batch_id: second, by_decision: true, ended_as: null },
    ]);
    expect(await inTenant(stage.tenant, (stores) => stores.invoices.earliestEnd(first))).toEqual(
      await inTenant(stage.tenant, (stores) => stores.invoices.earliestEnd(second)),
    );
  });

  it('loses either of its attempts, and the other one goes on', async () => {
    const { first, second, invoices } = await twice();
    const [a, b] = invoices;
    await inTenant(stage.tenant, (stores) =>
      stores.invoices.saveAll([dropAttempt(a!, first)!, dropAttempt(b!, second)!]),
    );
    expect(await attemptsOf(a!)).toMatchObject([{ ended_as: 'dropped' }, { ended_as: null }]);
    expect(await attemptsOf(b!)).toMatchObject([{ ended_as: null }, { ended_as: 'dropped' }]);
    expect(await tally(first)).toMatchObject({ missing: 2 });
    expect(await tally(second)).toMatchObject({ missing: 2 });
    const found = await inTenant(stage.tenant, (stores) => stores.invoices.inBatch(first));
    expect(found.map(({ id }) => id)).toEqual([b!.id]);
    await inTenant(stage.tenant, (stores) =>
      stores.invoices.save(accept({ ...found[0]!, state: 'in-session' } as InSessionInvoice, ACCEPTANCE)),
    );
    expect(await attemptsOf(b!)).toMatchObject([{ ended_as: 'accepted' }, { ended_as: 'dropped' }]);
  });
});

it('what was planned and refused twice goes to a person', async () => {
  const sample = await stage.issued();
  const id = await stage.planned([sample]);
  const planned = { ...planInto(sample.invoice, id), version: 1 };
  const refusal = { code: 21405, description: 'no', details: [], advice: 'Look.' };
  await inTenant(stage.tenant, ({ invoices }) => invoices.save({ ...planned, state: 'needs-review', refusal }));
  const stored = await inTenant(stage.tenant, ({ invoices }) => invoices.find(sample.invoice.id));
  expect(stored?.invoice).toMatchObject({ state: 'needs-review', refusal });
  expect(hashToBase64(hashOf(sample.bytes))).toBe(hashToBase64(sample.invoice.hash));
});

it('a batch enters its session in one statement, as the function of the domain does it', async () => {
  const samples = [await stage.issued(), await stage.issued()];
  const id = await stage.planned(samples);
  const [first] = samples;
  const entered = await inTenant(stage.tenant, ({ invoices }) => invoices.enterSession(id, SESSION));
  expect(new Set(entered)).toEqual(new Set(samples.map(({ invoice }) => invoice.id)));
  const expected = enterSession({ ...planInto(first!.invoice, id), version: 2 }, SESSION);
  expect((await inTenant(stage.tenant, ({ invoices }) => invoices.find(first!.invoice.id)))?.invoice).toEqual(expected);
  expect(await inTenant(stage.tenant, ({ invoices }) => invoices.enterSession(id, SESSION))).toEqual([]);
});
