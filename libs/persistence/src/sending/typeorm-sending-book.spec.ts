import { describe, expect, it } from '@jest/globals';
import { retryLater, Temporal, type BatchId, type SendingRuleDecision } from '@latarnik/domain';
import {
  aPlannedBatch,
  aSealedPackage,
  anIssuedInvoice,
  CONTEXT,
  dueOn,
  inSession,
  KSEF_NUMBER,
  NOON,
  OTHER_CONTEXT,
  SESSION,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;
const waiting = () => inTenant(stage.tenant, ({ sending }) => sending.waiting());

const RULE: SendingRuleDecision = {
  schedule: { kind: 'daily', times: ['06:30', '18:00'] },
  hoursBeforeTarget: 5,
  ...{ person: 'Anna', actor: 'api-key:7', reason: 'At the end of the day.', decidedAt: NOON },
};

describe('what waits', () => {
  it('is told by context, with the oldest, the first target and the rule', async () => {
    expect(await waiting()).toEqual([]);
    const first = await stage.issued({}, '2026-11-24');
    await stage.issued({ context: OTHER_CONTEXT }, '2026-11-23');
    const target = { at: Temporal.Instant.from('2026-11-22T10:00:00Z'), explanation: ['House policy.'] };
    const early = await stage.issued({}, '2026-11-25');
    await inTenant(stage.tenant, ({ invoices }) =>
      invoices.saveTerm(early.invoice.id, { deadline: dueOn('2026-11-25'), target }),
    );
    const oldestAt = first.invoice.issue.issuedAt;
    expect(await waiting()).toEqual([
      { context: CONTEXT, oldestAt, firstTargetAt: target.at },
      { context: OTHER_CONTEXT, oldestAt, firstTargetAt: dueOn('2026-11-23').endsAt },
    ]);
    await inTenant(stage.tenant, async ({ sending }) => {
      await sending.addRule({ ...RULE, hoursBeforeTarget: 9 });
      await sending.addRule(RULE);
    });
    const { schedule, hoursBeforeTarget } = RULE;
    expect((await waiting()).map(({ rule }) => rule)).toEqual(Array(2).fill({ schedule, hoursBeforeTarget }));
    expect(await inTenant(stage.tenant, ({ sending }) => sending.rules())).toEqual([
      RULE,
      { ...RULE, hoursBeforeTarget: 9 },
    ]);
    const all = await stage.database.unitOfWork.inSystem((stores) => stores.waitingContexts());
    expect(all.filter(({ tenant }) => tenant === stage.tenant)).toHaveLength(2);
    const other = await stage.database.aTenant();
    expect(await inTenant(other, ({ sending }) => sending.waiting())).toEqual([]);
  });

  it('is counted by target, the earliest first, as much as a batch takes', async () => {
    const samples = [
      await stage.issued({ sizeBytes: 500 }, '2026-11-24'),
      await stage.issued({ sizeBytes: 700 }, '2026-11-23'),
      await stage.issued({ sizeBytes: 900 }, '2026-11-24'),
      await stage.issued({ sizeBytes: 100 }),
    ];
    const [tuesday, monday] = [dueOn('2026-11-24').endsAt, dueOn('2026-11-23').endsAt];
    const backlog = (most?: number) => inTenant(stage.tenant, ({ sending }) => sending.backlog(CONTEXT, most));
    const bytes = (...which: readonly number[]) => which.reduce((sum, at) => sum + samples[at]!.invoice.sizeBytes, 0);
    expect(await backlog()).toEqual([
      { targetAt: monday, endsAt: monday, invoices: 1, bytes: bytes(1) },
      { targetAt: tuesday, endsAt: tuesday, invoices: 2, bytes: bytes(0, 2) },
      { invoices: 1, bytes: bytes(3) },
    ]);
    expect(await backlog(2)).toEqual([
      { targetAt: monday, endsAt: monday, invoices: 1, bytes: bytes(1) },
      { targetAt: tuesday, endsAt: tuesday, invoices: 1, bytes: bytes(0) },
    ]);
  });

  it('and does not go by itself is told with its reason', async () => {
    const again = await stage.issued({}, '2026-11-23');
    const sent = { ...inSession(again.invoice, await stage.planned([again])), version: 1 };
    const later = Temporal.Instant.fromEpochMilliseconds(Date.now() + 3_600_000);
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.save(sent);
      await invoices.save({ ...retryLater(sent, again.invoice.issue, later), version: 2 });
    });
    await stage.issued({ number: 'FV/1' }, '2026-11-23');
    const { invoice, bytes } = anIssuedInvoice({ number: 'KOR/1' });
    const facts = {
      ...invoice.facts,
      kind: 'KOR' as const,
      correctedNumbers: ['FV/1'],
      correctedKsefNumbers: [KSEF_NUMBER],
    };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.add({ ...invoice, facts }, bytes);
      await invoices.addEvidence(invoice.id, bytes);
    });
    expect(await inTenant(stage.tenant, ({ sending }) => sending.held(CONTEXT))).toEqual([
      { reason: 'NOT_BEFORE', invoices: 1 },
      { reason: 'ORIGINAL_WITHOUT_NUMBER', invoices: 1 },
    ]);
    expect(await inTenant(stage.tenant, ({ sending }) => sending.backlog(CONTEXT))).toMatchObject([{ invoices: 1 }]);
  });
});

describe('a backlog of more than a batch', () => {
  it('is counted whole, by target, without those that may not go, its bytes by the average', async () => {
    const sample = await stage.issued({ sizeBytes: 500 }, '2026-11-24');
    const columns = (
      await stage.database.sql<{ name: string }>(
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'invoice' AND table_schema = 'public'",
      )
    ).map(({ name }) => name);
    const own = ['id', 'number', 'sha256', 'not_before'];
    const copied = columns.filter((name) => !own.includes(name));
    await stage.database.force(
      `INSERT INTO invoice (id, number, sha256, not_before, ${copied.join(', ')})
       SELECT gen_random_uuid(), 'B/' || at, sha256(('B/' || at)::bytea),
         CASE WHEN at <= 7 THEN app_now() + interval '1 hour' END, ${copied.map((name) => `one.${name}`).join(', ')}
       FROM generate_series(1, 10006) AS at, invoice AS one WHERE one.id = $1`,
      [sample.invoice.id],
    );
    await stage.database.force(
      `INSERT INTO invoice_term SELECT (jsonb_populate_record(term, jsonb_build_object('invoice_id', invoice.id))).*
       FROM invoice_term AS term JOIN invoice USING (tenant_id) WHERE term.invoice_id = $1 AND invoice.id <> $1`,
      [sample.invoice.id],
    );
    const endsAt = dueOn('2026-11-24').endsAt;
    const [backlog, held] = await inTenant(stage.tenant, async ({ sending }) => [
      await sending.backlog(CONTEXT),
      await sending.held(CONTEXT),
    ]);
    const { sizeBytes } = sample.invoice;
    expect(backlog).toEqual([{ targetAt: endsAt, endsAt, invoices: 10_000, bytes: 10_000 * sizeBytes }]);
    expect(held).toEqual([{ reason: 'NOT_BEFORE', invoices: 7 }]);
  });
});

describe('orders', () => {
  it('are open until nothing issued before them waits within their bounds', async () => {
    const sample = await stage.issued({}, '2026-11-24');
    await stage.issued({ context: OTHER_CONTEXT }, '2026-11-24');
    const orderedAt = NOON.add({ seconds: 1 });
    const order = { actor: 'api-key:7', context: CONTEXT, dueBefore: dueOn('2026-11-25').endsAt, orderedAt };
    const tooEarly = { actor: 'api-key:7', orderedAt: NOON.subtract({ seconds: 1 }) };
    const open = () => inTenant(stage.tenant, ({ sending }) => sending.openOrders());
    const end = () => inTenant(stage.tenant, ({ sending }) => sending.endFulfilledOrders());
    await inTenant(stage.tenant, async ({ sending }) => {
      await sending.addOrder(tooEarly);
      await sending.addOrder(order);
    });
    expect(await open()).toEqual([tooEarly, order]);
    await end();
    expect(await open()).toEqual([order]);
    expect((await waiting()).map(({ orderedAt: at, orderedDueBefore }) => [at, orderedDueBefore])).toEqual([
      [orderedAt, order.dueBefore],
      [undefined, undefined],
    ]);
    await stage.planned([sample]);
    await end();
    expect(await open()).toEqual([]);
  });
});

describe('batches under way, and past ones', () => {
  it('are told with their moments', async () => {
    const [openedAt, finishedAt] = [NOON.add({ seconds: 40 }), NOON.add({ seconds: 100 })];
    const batch = aPlannedBatch(7);
    await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
    const look = () =>
      inTenant(stage.tenant, async ({ sending }) => ({
        live: await sending.live(),
        past: await sending.past(CONTEXT, 5),
        openings: await sending.openings(CONTEXT, NOON),
        delivered: await sending.hasDeliveredSince(CONTEXT, openedAt),
      }));
    const plan = { id: batch.id, context: CONTEXT, invoices: 7, plannedAt: NOON };
    expect(await look()).toEqual({ live: [{ ...plan, state: 'planned' }], past: [], openings: [], delivered: false });

    const { sealedSessionKey: _key, initializationVector: _iv, ...sealed } = aSealedPackage(1);
    await force(batch.id, 'processing', { sealed, openedAt: openedAt.toString() });
    expect(await look()).toEqual({
      live: [{ ...plan, state: 'processing', openedAt }],
      ...{ past: [], openings: [openedAt], delivered: true },
    });
    const ended = { sealed, openedAt: openedAt.toString(), finishedAt: finishedAt.toString(), sessionCode: 200 };
    await force(batch.id, 'done', ended);
    expect(await look()).toEqual({
      ...{ live: [], openings: [openedAt], delivered: true },
      past: [{ invoices: 7, plannedAt: NOON, openedAt, finishedAt }],
    });
    expect(await inTenant(stage.tenant, ({ sending }) => sending.openings(CONTEXT, finishedAt))).toEqual([]);
  });

  function force(id: BatchId, state: string, body: unknown): Promise<void> {
    return stage.database.force(
      `UPDATE batch SET state = $2, session_reference = $3, body = $4,
         sealed_session_key = CASE WHEN $2 = 'done' THEN NULL ELSE '\\x00'::bytea END,
         initialization_vector = CASE WHEN $2 = 'done' THEN NULL ELSE decode(repeat('00', 16), 'hex') END,
         next_action_at = CASE WHEN $2 = 'done' THEN NULL ELSE next_action_at END
       WHERE id = $1`,
      [id, state, SESSION, JSON.stringify(body)],
    );
  }
});
