import {
  intervalOf,
  Temporal,
  type BookLine,
  type DueTerm,
  type GroupTerm,
  type Instant,
  type InvoiceId,
  type InvoiceState,
  type MovedTerm,
  type OfflineMode,
  type StoredInvoice,
  type WaitingGroup,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  anOfflineIssue,
  anOnlineIssue,
  aReceivedInvoice,
  bytesOf,
  CONTEXT,
  dueOn,
  NOON,
  OTHER_CONTEXT,
} from '../testing/samples.js';
import { Stage } from '../testing/stage.js';
import { until } from '../testing/test-database.js';
import { daysOf, issuedUnder, moveTo, type Circumstances } from '../testing/waiting.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const DAY = Temporal.PlainDate.from('2026-11-20');
const BOUNDARIES = ['2026-11-20T10:00:00.000001Z', '2026-11-20T12:00:00Z'].map((text) => Temporal.Instant.from(text));
const INTERACTIVE = { channel: 'interactive' as const };
const usual: Circumstances = { context: CONTEXT, issueDate: DAY, mode: 'offline24', issuedAt: NOON.toString() };
const term = (day: string): DueTerm => ({ deadline: dueOn(day) });
const groups = (boundaries: readonly Instant[] = BOUNDARIES, tenant = stage.tenant) =>
  inTenant(tenant, ({ terms }) => terms.groups(boundaries));
const move = (given: readonly GroupTerm[], limit = 100, after?: InvoiceId, tenant = stage.tenant) =>
  inTenant(tenant, ({ terms }) => terms.move(given, BOUNDARIES, limit, after));
const withTerm = (found: readonly WaitingGroup[], day: string): readonly GroupTerm[] =>
  found.map((group) => ({ ...group, term: term(day) }));
const idsOf = (samples: readonly { readonly invoice: { readonly id: InvoiceId } }[]) =>
  samples.map(({ invoice }) => invoice.id);

describe('groups of waiting invoices', () => {
  it('part at each boundary, at the microsecond, by context, day and mode', async () => {
    const moments = ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000001Z', '2026-11-20T11:59:59.999999Z'];
    for (const issuedAt of [...moments, '2026-11-20T12:00:00Z']) await issuedUnder(stage, { ...usual, issuedAt });
    await issuedUnder(stage, { ...usual, context: OTHER_CONTEXT });
    await issuedUnder(stage, { ...usual, mode: 'total-failure' });
    await issuedUnder(stage, { ...usual, issueDate: DAY.subtract({ days: 1 }) });
    const found = (await groups()).map(({ context, issueDate, mode, interval, issuedAt, invoices }) =>
      [context.type, issueDate, mode, interval, issuedAt, invoices].join(' '),
    );
    expect(found).toEqual([
      'InternalId 2026-11-20 offline24 1 2026-11-20T11:00:00.123456Z 1',
      'Nip 2026-11-19 offline24 1 2026-11-20T11:00:00.123456Z 1',
      'Nip 2026-11-20 offline24 0 2026-11-20T10:00:00Z 1',
      'Nip 2026-11-20 offline24 1 2026-11-20T10:00:00.000001Z 2',
      'Nip 2026-11-20 offline24 2 2026-11-20T12:00:00Z 1',
      'Nip 2026-11-20 total-failure 1 2026-11-20T11:00:00.123456Z 1',
    ]);
    expect((await groups([])).map(({ interval, invoices }) => [interval, invoices])).toEqual([
      ...[1, 1, 4, 1].map((invoices) => [0, invoices]),
    ]);
  });

  it('hold what KSeF does not have yet, whatever hinders it, and nothing of another tenant', async () => {
    const states = ['issued', 'planned', 'in-session', 'blocked', 'rejected', 'accepted', 'complete'] as const;
    for (const state of states) await moveTo(stage, await issuedUnder(stage, usual), state);
    await issuedUnder(stage, usual, await stage.database.aTenant());
    expect((await groups()).map(({ invoices }) => invoices)).toEqual([5]);
  });
});

describe('what an invoice waits for', () => {
  const waitsFor = async (id: InvoiceId) => {
    const text = 'SELECT waits_for, mode, issued_at = $2 AS exact FROM invoice_term WHERE invoice_id = $1';
    return stage.database.sql(text, [id, NOON.toString()]);
  };
  const row = (waits: string | null) => [{ waits_for: waits, mode: 'offline24', exact: true }];

  it('follows its state', async () => {
    const states = {
      ...{ issued: 'sending', planned: 'acceptance', 'in-session': 'acceptance', blocked: 'acceptance' },
      ...{ rejected: 'acceptance', accepted: null, complete: null },
    } as const;
    for (const [state, waits] of Object.entries(states)) {
      const sample = await issuedUnder(stage, usual);
      await moveTo(stage, sample, state as keyof typeof states);
      expect([state, await waitsFor(sample.invoice.id)]).toEqual([state, row(waits)]);
    }
  });

  it('begins with an offline issue that replaces an online attempt, and again when it may be sent again', async () => {
    const { invoice, bytes } = aReceivedInvoice();
    const online = { ...invoice, state: 'in-session' as const, issue: anOnlineIssue(), delivery: INTERACTIVE };
    const offline = { ...invoice, version: 1, state: 'issued' as const, issue: anOfflineIssue() };
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.add(invoice, bytes);
      await invoices.save({ ...online, version: 0 });
    });
    expect(await waitsFor(invoice.id)).toEqual([]);
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.addEvidence(invoice.id, bytesOf('<ds:Signature/>'));
      await invoices.save(offline);
    });
    expect(await waitsFor(invoice.id)).toEqual(row('sending'));
    const blocked = await issuedUnder(stage, usual);
    await moveTo(stage, blocked, 'blocked');
    await inTenant(stage.tenant, ({ invoices }) => invoices.save({ ...blocked.invoice, version: 3 }));
    expect(await waitsFor(blocked.invoice.id)).toEqual(row('sending'));
  });
});

describe('moving terms', () => {
  it('goes by id in chunks, tells what was and what is, and moves nothing twice', async () => {
    const samples = [await issuedUnder(stage, usual), await issuedUnder(stage, usual), await issuedUnder(stage, usual)];
    const ids = idsOf(samples);
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(ids[1]!, term('2026-11-23')));
    const given = withTerm(await groups(), '2026-12-01');
    const first = await move(given, 2);
    expect(first).toEqual({
      moved: [
        { ids: [ids[0]], before: undefined, after: given[0] },
        { ids: [ids[1]], before: term('2026-11-23'), after: given[0] },
      ],
      last: ids[1],
    });
    expect(await daysOf(stage, ids)).toEqual(['2026-12-01', '2026-12-01', undefined]);
    expect(await move(given, 2, first.last)).toEqual({
      moved: [{ ids: [ids[2]], before: undefined, after: given[0] }],
    });
    expect(await move(given)).toEqual({ moved: [] });
    expect((await inTenant(stage.tenant, ({ invoices }) => invoices.find(ids[0]!)))?.invoice).toEqual(
      samples[0]?.invoice,
    );
  });

  it('looks at the target, not only at the day', async () => {
    const { invoice } = await issuedUnder(stage, usual);
    const [group] = await groups();
    const aimed = { ...group!, term: { ...term('2026-12-01'), target: { at: NOON, explanation: ['House policy.'] } } };
    await move(withTerm([group!], '2026-12-01'));
    expect((await move([aimed])).moved).toEqual([{ ids: [invoice.id], before: term('2026-12-01'), after: aimed }]);
    expect(await move([aimed])).toEqual({ moved: [] });
  });

  it('leaves those of no group given, the delivered and the other tenants alone', async () => {
    const other = await stage.database.aTenant();
    const theirs = await issuedUnder(stage, usual, other);
    const [early, delivered] = [
      await issuedUnder(stage, { ...usual, issuedAt: '2026-11-20T09:00:00Z' }),
      await issuedUnder(stage, usual),
    ];
    const given = withTerm(await groups(), '2026-12-01').filter(({ interval }) => interval === 1);
    await moveTo(stage, delivered, 'accepted');
    expect(await move(given)).toEqual({ moved: [] });
    expect(await daysOf(stage, idsOf([early, delivered]))).toEqual([undefined, undefined]);
    expect(await inTenant(other, ({ invoices }) => invoices.find(theirs.invoice.id))).toEqual({
      invoice: theirs.invoice,
    });
    expect(await move([])).toEqual({ moved: [] });
  });

  it('does no harm when two run at a time: each invoice is moved, and told of, once', async () => {
    const ids: InvoiceId[] = [];
    for (let made = 0; made < 40; made++) ids.push((await issuedUnder(stage, usual)).invoice.id);
    const given = withTerm(await groups(), '2026-12-01');
    const run = async (): Promise<readonly MovedTerm[]> => {
      const moved: MovedTerm[] = [];
      let after: InvoiceId | undefined;
      do {
        const chunk = await move(given, 7, after);
        moved.push(...chunk.moved);
        after = chunk.last;
      } while (after !== undefined);
      return moved;
    };
    const told = (await Promise.all([run(), run(), run()])).flat().flatMap((moved) => moved.ids);
    expect([...told].sort()).toEqual(ids);
    expect(new Set(await daysOf(stage, ids))).toEqual(new Set(['2026-12-01']));
  });

  it('yields to whoever gave an invoice another term meanwhile, or delivered it', async () => {
    const [raced, delivered, calm] = [
      await issuedUnder(stage, usual),
      await issuedUnder(stage, usual),
      await issuedUnder(stage, usual),
    ];
    const given = withTerm(await groups(), '2026-12-01');
    await inTenant(stage.tenant, ({ invoices }) => invoices.saveTerm(raced.invoice.id, term('2026-11-23')));
    const moving: { done?: ReturnType<typeof move> } = {};
    await inTenant(stage.tenant, async ({ invoices }) => {
      await invoices.saveTerm(raced.invoice.id, term('2026-11-30'));
      await stage.database.sql('UPDATE invoice_term SET waits_for = NULL WHERE invoice_id = $1', [
        delivered.invoice.id,
      ]);
      moving.done = move(given);
      await until(async () => {
        const waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
        return (await stage.database.sql(waiting)).length > 0;
      });
    });
    expect((await moving.done!).moved).toEqual([{ ids: [calm.invoice.id], before: undefined, after: given[0] }]);
    expect(await daysOf(stage, idsOf([raced, delivered, calm]))).toEqual(['2026-11-30', undefined, '2026-12-01']);
  });
});

describe('random histories', () => {
  const moment = fc.constantFrom('09:00:00', '10:00:00.000001', '11:00:00', '12:00:00', '13:30:00.5');
  const history = fc.array(
    fc.record({
      context: fc.constantFrom(CONTEXT, OTHER_CONTEXT),
      issueDate: fc.constantFrom(DAY, DAY.subtract({ days: 1 })),
      mode: fc.constantFrom<OfflineMode>('offline24', 'unavailability', 'emergency', 'total-failure'),
      issuedAt: moment.map((time) => `2026-11-20T${time}Z`),
      state: fc.constantFrom<InvoiceState>('issued', 'planned', 'in-session', 'rejected', 'accepted'),
      before: fc.constantFrom(undefined, '2026-11-23', '2026-11-24', '2026-12-01'),
    }),
    { minLength: 1, maxLength: 12 },
  );

  const waitingOf = (all: readonly StoredInvoice[]) =>
    all.filter(({ invoice }) => 'issue' in invoice && invoice.state !== 'accepted').reverse();
  const keyOf = ({ context, issueDate, mode, interval }: Omit<WaitingGroup, 'issuedAt' | 'invoices'>): string =>
    [context.type, issueDate.toString(), mode, interval].join('/');
  const groupOf = ({ invoice }: StoredInvoice): string => {
    if (!('issue' in invoice) || invoice.issue.mode === 'online') throw new Error('not offline');
    const { mode, issuedAt } = invoice.issue;
    const { context, facts } = invoice;
    return keyOf({ context, issueDate: facts.issueDate, mode, interval: intervalOf(issuedAt, BOUNDARIES) });
  };

  it('are grouped, moved and booked as the invoices themselves say', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (invoices) => {
        const tenant = await stage.freshTenant();
        for (const { state, before, ...circumstances } of invoices) {
          const sample = await issuedUnder(stage, circumstances);
          const { id } = sample.invoice;
          if (before !== undefined) await inTenant(tenant, (stores) => stores.invoices.saveTerm(id, term(before)));
          await moveTo(stage, sample, state);
        }
        const list = () => inTenant(tenant, (stores) => stores.invoices.list({}, 100));
        const before = await list();
        const waiting = waitingOf(before);
        const found = await groups();
        const counts = new Map<string, number>();
        for (const each of waiting) counts.set(groupOf(each), (counts.get(groupOf(each)) ?? 0) + 1);
        expect(new Map(found.map((group) => [keyOf(group), group.invoices]))).toEqual(counts);

        const given = found.map((group, at) => ({ ...group, term: term(at % 2 === 0 ? '2026-12-01' : '2026-12-02') }));
        const newTerm = (each: StoredInvoice) => given.find((group) => keyOf(group) === groupOf(each))?.term;
        const moved = (await move(given)).moved.flatMap(({ ids }) => ids);
        const expected = waiting.filter((each) => dayOf(each.term) !== dayOf(newTerm(each)));
        expect([...moved].sort()).toEqual(expected.map(({ invoice }) => invoice.id).sort());
        const after = await list();
        expect(after).toEqual(before.map((each) => (waiting.includes(each) ? { ...each, term: newTerm(each) } : each)));

        const lines = await inTenant(tenant, ({ deadlineBook }) => deadlineBook.lines());
        expect(lines).toEqual([...lines].sort(byEnd));
        const perContext = (context: BookLine['context']) =>
          lines.filter((line) => line.context.type === context.type).reduce((sum, line) => sum + line.invoices, 0);
        for (const context of [CONTEXT, OTHER_CONTEXT]) {
          const own = waiting.filter(({ invoice }) => invoice.context.type === context.type);
          expect(perContext(context)).toBe(own.length);
          const asked = await inTenant(tenant, ({ deadlineBook }) => deadlineBook.lines(context));
          expect(asked).toEqual(lines.filter((line) => line.context.type === context.type));
        }
        const needing = waiting.filter(({ invoice }) => invoice.state === 'rejected').length;
        expect(lines.reduce((sum, line) => sum + line.needPerson, 0)).toBe(needing);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

const dayOf = (given: DueTerm | undefined): string | undefined =>
  given?.deadline.kind === 'due' ? given.deadline.day.toString() : given?.deadline.kind;

const byEnd = (a: BookLine, b: BookLine): number =>
  (a.endsAt?.epochMilliseconds ?? 0) - (b.endsAt?.epochMilliseconds ?? 0);

describe('the deadline book', () => {
  it('has a line for each context, procedure and end, with the earliest target', async () => {
    const samples = [
      await issuedUnder(stage, usual),
      await issuedUnder(stage, usual),
      await issuedUnder(stage, { ...usual, context: OTHER_CONTEXT }),
      await issuedUnder(stage, usual),
      await issuedUnder(stage, usual),
    ];
    const { regime, basis, explanation, calendarVersion } = dueOn('2026-11-23');
    const at = (hour: string) => ({ at: Temporal.Instant.from(`2026-11-21T${hour}:00:00Z`), explanation: [] });
    const saved: readonly DueTerm[] = [
      { ...term('2026-11-23'), target: at('10') },
      { ...term('2026-11-23'), target: at('09') },
      term('2026-11-23'),
      { deadline: { kind: 'open', regime, basis, explanation, calendarVersion } },
    ];
    await inTenant(stage.tenant, async ({ invoices }) => {
      for (const [place, each] of saved.entries()) await invoices.saveTerm(samples[place]!.invoice.id, each);
    });
    const endsAt = Temporal.Instant.from('2026-11-23T22:59:59.999Z');
    expect(await inTenant(stage.tenant, ({ deadlineBook }) => deadlineBook.lines())).toEqual([
      { context: OTHER_CONTEXT, kind: 'due', regime, endsAt, invoices: 1, needPerson: 0 },
      { context: CONTEXT, kind: 'due', regime, endsAt, targetAt: at('09').at, invoices: 2, needPerson: 0 },
      { context: CONTEXT, kind: 'open', regime, invoices: 1, needPerson: 0 },
    ]);
  });
});
