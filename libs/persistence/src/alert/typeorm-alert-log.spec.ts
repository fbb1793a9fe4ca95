import { Temporal, type AlertStage, type DueTerm, type InvoiceId } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { CONTEXT, dueOn, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { issuedUnder, moveTo } from '../testing/waiting.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const END = Temporal.Instant.from('2026-11-23T22:59:59.999Z');
const OVERDUE: AlertStage = { kind: 'overdue' };
const OPEN: AlertStage = { kind: 'still-open', hours: 24 };
const MISSED: AlertStage = { kind: 'target-missed' };
const before = (hours: number): AlertStage => ({ kind: 'before-end', hours });
const ms = (milliseconds: number) => ({ milliseconds });

async function waitingUntil(term: DueTerm, issuedAt = NOON.toString()) {
  const issueDate = Temporal.PlainDate.from('2026-11-20');
  const sample = await issuedUnder(stage, {
    ...{ context: CONTEXT, issueDate, mode: 'offline24', issuedAt },
  });
  await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(sample.invoice.id, term));
  return sample;
}
const raise = (stageOf: AlertStage, now: Temporal.Instant, limit = 10, tenant = stage.tenant) =>
  inTenant(tenant, ({ alerts }) => alerts.raise(stageOf, now, limit));
const idsRaised = async (...args: Parameters<typeof raise>) => (await raise(...args)).map(({ invoiceId }) => invoiceId);

describe('alerts', () => {
  it('are raised from their very moment on, once', async () => {
    const { invoice } = await waitingUntil({ deadline: dueOn('2026-11-23') });
    const start = END.subtract({ hours: 24 });
    expect(await raise(before(24), start.subtract(ms(1)))).toEqual([]);
    const raised = { invoiceId: invoice.id, stage: 'T-24h', dueAt: END, raisedAt: start };
    const told = { ...raised, number: invoice.facts.number, context: CONTEXT, state: 'issued' };
    expect(await raise(before(24), start)).toEqual([told]);
    expect(await raise(before(24), start)).toEqual([]);
    expect(await raise(OVERDUE, END)).toEqual([]);
    const late = END.add(ms(1));
    expect(await idsRaised(OVERDUE, late)).toEqual([invoice.id]);
    expect(await inTenant(stage.tenant, ({ alerts }) => alerts.of(invoice.id))).toEqual([
      raised,
      { ...raised, stage: 'overdue', raisedAt: late },
    ]);
    expect(await inTenant(stage.tenant, ({ alerts }) => alerts.recent(1))).toEqual([
      { ...told, stage: 'overdue', raisedAt: late },
    ]);
  });

  it('are raised for moments that passed while nobody looked, earliest end first, so many at a time', async () => {
    const [late, early, middle] = [
      await waitingUntil({ deadline: dueOn('2026-11-25') }),
      await waitingUntil({ deadline: dueOn('2026-11-23') }),
      await waitingUntil({ deadline: dueOn('2026-11-24') }),
    ].map(({ invoice }) => invoice.id);
    const now = END.add({ hours: 24 * 30 });
    expect(await idsRaised(before(6), now, 2)).toEqual([early, middle]);
    expect(await idsRaised(before(6), now, 2)).toEqual([late]);
    expect((await inTenant(stage.tenant, ({ alerts }) => alerts.recent(10))).map(({ invoiceId }) => invoiceId)).toEqual(
      [...[late, middle, early]],
    );
  });

  it('are raised for what lies before the last one, too', async () => {
    const now = END.add({ hours: 24 * 30 });
    const [first, last] = [
      (await waitingUntil({ deadline: dueOn('2026-11-23') })).invoice.id,
      (await waitingUntil({ deadline: dueOn('2026-11-26') })).invoice.id,
    ];
    expect(await idsRaised(OVERDUE, now)).toEqual([first, last]);
    const straggler = (await waitingUntil({ deadline: dueOn('2026-11-24') })).invoice.id;
    const beyond = (await waitingUntil({ deadline: dueOn('2026-11-27') })).invoice.id;
    expect(await idsRaised(OVERDUE, now, 2)).toEqual([straggler, beyond]);
    expect(await idsRaised(OVERDUE, now)).toEqual([]);
  });

  it('begin anew where the deadline moved', async () => {
    const { invoice } = await waitingUntil({ deadline: dueOn('2026-11-23') });
    const now = END.add({ hours: 24 * 30 });
    await raise(OVERDUE, now);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(invoice.id, { deadline: dueOn('2026-11-24') }));
    expect((await raise(OVERDUE, now)).map(({ dueAt }) => dueAt)).toEqual([END.add({ hours: 24 })]);
  });

  it('warn of a target where it is another moment than the end, also while no end is known', async () => {
    const { regime, basis, explanation, calendarVersion } = dueOn('2026-11-23');
    const target = { at: END.subtract({ hours: 40 }), explanation: [] };
    const open = { kind: 'open', regime, basis, explanation, calendarVersion } as const;
    const [aimed, endless] = [
      await waitingUntil({ deadline: dueOn('2026-11-23'), target }),
      await waitingUntil({ deadline: open, target: { ...target, at: target.at.add(ms(1)) } }),
    ].map(({ invoice }) => invoice.id);
    await waitingUntil({ deadline: dueOn('2026-11-23'), target: { at: END, explanation: [] } });
    await waitingUntil({ deadline: open });
    expect(await raise(MISSED, target.at)).toEqual([]);
    expect((await raise(MISSED, target.at.add(ms(1)))).map(({ invoiceId, dueAt }) => [invoiceId, dueAt])).toEqual([
      [aimed, target.at],
    ]);
    expect(await idsRaised(MISSED, END.add({ hours: 1 }))).toEqual([endless]);
    expect(await idsRaised(OVERDUE, END.add({ hours: 1 }))).toHaveLength(2);
  });

  it('are raised once for a deadline that is open so long after issue, the first issued first', async () => {
    const { regime, basis, explanation, calendarVersion } = dueOn('2026-11-23');
    const deadline = { kind: 'open', regime, basis, explanation, calendarVersion } as const;
    const issuedAt = (hours: number) => NOON.add({ hours }).toString();
    const [late, early, middle, closed] = [
      await waitingUntil({ deadline }, issuedAt(3)),
      await waitingUntil({ deadline }, issuedAt(1)),
      await waitingUntil({ deadline }, issuedAt(2)),
      await waitingUntil({ deadline: dueOn('2026-11-23') }, issuedAt(0)),
    ].map(({ invoice }) => invoice.id) as [InvoiceId, InvoiceId, InvoiceId, InvoiceId];
    const dueAt = NOON.add({ hours: 25 });
    expect(await raise(OPEN, dueAt.subtract(ms(1)))).toEqual([]);
    expect(await raise(OPEN, dueAt)).toMatchObject([{ invoiceId: early, stage: 'open-24h', dueAt, raisedAt: dueAt }]);
    expect(await idsRaised(OPEN, dueAt.add({ hours: 2 }))).toEqual([middle, late]);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(closed, { deadline }));
    expect(await idsRaised(OPEN, dueAt.add({ hours: 2 }))).toEqual([closed]);
    expect(await raise(OPEN, END.add({ hours: 24 * 30 }))).toEqual([]);
  });

  it('are not raised for what was delivered, and not for another tenant', async () => {
    const delivered = await waitingUntil({ deadline: dueOn('2026-11-23') });
    await moveTo(stage, delivered, 'accepted');
    const blocked = await waitingUntil({ deadline: dueOn('2026-11-23') });
    await moveTo(stage, blocked, 'blocked');
    const other = await stage.database.aTenant();
    expect(await raise(OVERDUE, END.add(ms(1)), 10, other)).toEqual([]);
    expect(await raise(OVERDUE, END.add(ms(1)))).toMatchObject([{ invoiceId: blocked.invoice.id, state: 'blocked' }]);
    const seen = await inTenant(other, async ({ alerts }) => [
      await alerts.recent(10),
      await alerts.of(blocked.invoice.id),
    ]);
    expect(seen).toEqual([[], []]);
  });

  it('are raised once when two look at a time', async () => {
    const ids: InvoiceId[] = [];
    for (let made = 0; made < 20; made++) ids.push((await waitingUntil({ deadline: dueOn('2026-11-23') })).invoice.id);
    const now = END.add(ms(1));
    const raised = await Promise.all([idsRaised(OVERDUE, now, 15), idsRaised(OVERDUE, now, 15)]);
    const rest = await idsRaised(OVERDUE, now, 15);
    expect([...raised.flat(), ...rest].sort()).toEqual(ids);
    await expect(stage.database.sql("UPDATE alert SET stage = 'x'")).rejects.toMatchObject({ code: 'LA001' });
  });
});

describe('the outbox', () => {
  it('keeps events in the order of writing, and is rolled back with its change', async () => {
    const event = (type: string) => ({ at: NOON, type, subject: 'Nip:5265877635', facts: { invoices: 2, from: null } });
    await inTenant(stage.tenant, async ({ outbox }) => {
      await outbox.append([]);
      await outbox.append([event('first'), event('second')]);
    });
    const failing = inTenant(stage.tenant, async ({ outbox }) => {
      await outbox.append([event('third')]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const stored = await stage.database.sql(
      'SELECT type, subject, facts, at = $2 AS exact FROM outbox_event WHERE tenant_id = $1 ORDER BY id',
      [stage.tenant, NOON.toString()],
    );
    const expected = { subject: 'Nip:5265877635', facts: { invoices: 2, from: null }, exact: true };
    expect(stored).toEqual([
      { type: 'first', ...expected },
      { type: 'second', ...expected },
    ]);
  });
});
