import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { KsefThrottledError } from '../session/ksef-access.js';
import { ContinuationLostError } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { plainDocument } from '../testing/plain-document.js';
import { sha256 } from '../testing/sha256.js';
import { SettleDispute } from './settle-dispute.js';
import type { BatchId } from './batch.js';

const GO_ON = { aborted: false };

/** Advances for so many hours of the world's clock. @returns how often KSeF was asked for its list */
async function wait(world: DeliveryWorld, id: BatchId, hours: number): Promise<void> {
  const end = world.clock.now().add({ minutes: hours * 60 }).epochMilliseconds;
  while (world.clock.now().epochMilliseconds < end) {
    await world.worker().execute(TENANT, id, GO_ON);
    const next = world.database.batches.nextActionInSeconds(id);
    if (next === undefined) return;
    world.clock.advance(Math.max(1, next));
  }
}

const alarmsOf = async (world: DeliveryWorld, id: BatchId) =>
  (await world.database.tracking.alarms.of(id)).map(({ kind }) => kind);

describe('counts that do not agree (reliability C33)', () => {
  it('are told to people once, read again later and later, and after twelve hours given to a person', async () => {
    const world = new DeliveryWorld();
    world.ksef.unlisted.add('FV/2');
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    await wait(world, id, 1);
    expect(world.batch(id).state).toBe('reconciling');
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: in-session', 'FV/3: complete']);
    expect(await alarmsOf(world, id)).toContain('counts');
    expect(
      world.database.outbox.events.filter(({ type, facts }) => type === 'batch.alarm' && facts['kind'] === 'counts'),
    ).toHaveLength(1);

    await wait(world, id, 12);
    expect(world.batch(id)).toMatchObject({
      state: 'disputed',
      dispute: '1 of 3 invoices are in no row; invoices: KSeF says 3, its rows 2; accepted: KSeF says 3, its rows 2',
    });
    expect(world.invoice('FV/2')).toMatchObject({
      state: 'needs-review',
      refusal: { code: 0, advice: expect.stringContaining('session-1') },
    });
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    expect(await world.planner.named(TENANT, 'api-key:7', [world.invoice('FV/2').id])).toMatchObject({
      planned: [],
      passedOver: [{ reason: expect.stringMatching(/^KSeF may have it \(status 0\): .*Ask KSeF about session/) }],
    });
    expect(world.packager.disk.size).toBe(0);

    const settle = new SettleDispute(world.database, world.clock);
    const by = { actor: 'api-key:a', person: 'Anna' };
    expect(await settle.execute(TENANT, id, { ...by, person: ' ' }, 'x')).toMatchObject({
      error: { code: 'PERSON_MISSING' },
    });
    expect(await settle.execute(TENANT, id, by, ' ')).toMatchObject({ error: { code: 'REASON_MISSING' } });
    expect(await settle.execute(TENANT, id, by, 'KSeF says it was never there')).toMatchObject({
      ok: true,
      value: { state: 'done', settlement: 'KSeF says it was never there' },
    });
    expect(await settle.execute(TENANT, id, by, 'again')).toMatchObject({
      error: { code: 'NOT_DISPUTED', state: 'done' },
    });
  });

  it('of a failed session count as well: a list behind them proves nothing of what it lacks', async () => {
    const world = new DeliveryWorld();
    world.ksef.unlisted.add('FV/2');
    const id = await world.plannedBatch('FV/1', 'FV/2');
    world.ksef.during.set('status', () => {
      const [session] = world.ksef.sessions;
      Object.assign(session!, { code: 500, judged: [200, 200] });
      return Promise.resolve();
    });
    await wait(world, id, 1);
    expect(world.batch(id).state).toBe('reconciling');
    expect(world.invoice('FV/2').state).toBe('in-session');
  });

  it('agree in the end when KSeF lists the row after all', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    let hidden: (typeof world.ksef.sessions)[number]['rows'] = [];
    world.ksef.during.set('invoices', () => {
      hidden = world.ksef.sessions[0]!.rows.splice(1, 1);
      return Promise.resolve();
    });
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(await alarmsOf(world, id)).toEqual(['counts']);
    world.ksef.sessions[0]!.rows.push(...hidden);
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it('with a row of a file that was never sent end in dispute, though every invoice is complete', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    world.ksef.during.set('invoices', () => {
      const [session] = world.ksef.sessions;
      session!.rows.push({
        ...session!.rows[0]!,
        reference: 'alien' as never,
        hash: sha256(plainDocument({ number: 'X' })),
      });
      return Promise.resolve();
    });
    await wait(world, id, 13);
    expect(world.batch(id)).toMatchObject({
      state: 'disputed',
      dispute: expect.stringContaining('1 rows are of files that were not sent'),
    });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete']);
  });
});

describe('the reading of a list (reliability C32)', () => {
  it('goes on at the page where a worker died, and begins anew when KSeF lost the place', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    const asked: (string | undefined)[] = [];
    const invoices = world.ksef.invoices.bind(world.ksef);
    world.ksef.invoices = (access, session, token) => {
      asked.push(token);
      if (asked.length === 2) return Promise.reject(new KsefThrottledError(5));
      if (asked.length === 3) return Promise.reject(new ContinuationLostError('21418'));
      return invoices(access, session, token);
    };
    expect(await world.worker().execute(TENANT, id, GO_ON)).toBe('waiting');
    expect(world.batch(id)).toMatchObject({ reconciliation: { continuationToken: '2', phase: 'listing' } });
    world.clock.advance(60);
    expect(await world.worker('another').execute(TENANT, id, GO_ON)).toBe('ended');
    expect(asked).toEqual([undefined, '2', '2', undefined, '2', '4']);
  });

  it('comes to the same end in whatever order, however often, and in whatever pages rows come (P5)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1_000_000), { minLength: 12, maxLength: 12 }),
        fc.array(fc.nat(5), { maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        async (order, repeated, page) => {
          const world = new DeliveryWorld();
          world.ksef.verdicts.set('FV/2', [450]).set('FV/3', [410]);
          world.ksef.acceptBefore(plainDocument({ number: 'FV/4' }));
          world.ksef.acceptBefore(plainDocument({ number: 'FV/5', content: 'other' }));
          const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3', 'FV/4', 'FV/5', 'FV/6');
          await world.worker().execute(TENANT, id, GO_ON);
          world.clock.advance(60);
          world.ksef.invoices = (_access, reference, from: string | undefined) => {
            const token = from ?? '0';
            const own = world.ksef.sessions.find((session) => session.reference === reference)!.rows;
            const rows = [...own, ...repeated.flatMap((at) => own[at] ?? [])]
              .map((row, at) => ({ row, key: order[at % order.length]! }))
              .sort((a, b) => a.key - b.key)
              .map(({ row }) => row);
            const end = Number(token) + page;
            return Promise.resolve({
              invoices: rows.slice(Number(token), end),
              ...(end < rows.length ? { continuationToken: String(end) } : {}),
            });
          };
          expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
          expect(world.invoiceStates).toEqual([
            'FV/1: complete',
            'FV/2: rejected',
            'FV/3: blocked',
            'FV/4: complete',
            'FV/5: conflict',
            'FV/6: complete',
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('duplicates (reliability C34)', () => {
  it('of one earlier session are found out by reading that session, not each original', async () => {
    const world = new DeliveryWorld();
    const numbers = Array.from({ length: 30 }, (_, at) => `FV/${String(at + 1)}`);
    const first = await world.plannedBatch(...numbers);
    await world.runToEnd(first);
    const again = new DeliveryWorld();
    Object.assign(again.ksef, { ledger: world.ksef.ledger });
    again.ksef.sessions.push(...world.ksef.sessions);
    again.ksef.script('original', ...Array<KsefThrottledError>(50).fill(new KsefThrottledError(600)));
    const id = await again.plannedBatch(...numbers);
    expect(await again.runToEnd(id)).toMatchObject({ state: 'done', sessionCode: 445 });
    expect(new Set(again.invoiceStates.map((text) => text.split(': ')[1]))).toEqual(new Set(['complete']));
    expect(again.invoice('FV/7')).toMatchObject({ acceptance: { session: 'session-1' } });
  });

  it('are looked into by deadline; what a limit leaves is looked into later', async () => {
    const world = new DeliveryWorld();
    for (const number of ['FV/1', 'FV/2', 'FV/3']) world.ksef.acceptBefore(plainDocument({ number }));
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    const hashOf = world.ksef.hashOf.bind(world.ksef);
    let calls = 0;
    world.ksef.hashOf = (access, number) => {
      calls += 1;
      return calls === 2 ? Promise.reject(new KsefThrottledError(3000)) : hashOf(access, number);
    };
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    await world.worker().execute(TENANT, id, GO_ON);
    expect(world.invoiceStates.filter((text) => text.endsWith('in-session'))).toHaveLength(2);
    expect(world.database.batches.nextActionInSeconds(id)).toBe(3000);
    world.clock.advance(3000);
    await world.runToEnd(id);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it.each(['without a number', 'with a wrong session'])(
    '%s are found by seller and number, and proven all the same',
    async (how) => {
      const world = new DeliveryWorld();
      const entry = world.ksef.acceptBefore(plainDocument({ number: 'FV/1' }));
      const id = await world.plannedBatch('FV/1', 'FV/2');
      await world.worker().execute(TENANT, id, GO_ON);
      world.clock.advance(60);
      // The earlier session was ours: its rows were read then.
      await world.database.tracking.rows.record(entry.session, world.ksef.sessions[0]!.rows);
      world.ksef.during.set('invoices', () => {
        const rows = world.ksef.sessions.at(-1)!.rows;
        const at = rows.findIndex(({ code }) => code === 440);
        const { originalKsefNumber, originalSession: _session, ...row } = rows[at]!;
        rows[at] =
          how === 'without a number'
            ? row
            : {
                ...row,
                ...(originalKsefNumber === undefined ? {} : { originalKsefNumber }),
                originalSession: 'session-99' as SessionReference,
              };
        return Promise.resolve();
      });
      expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
      expect(world.invoice('FV/1')).toMatchObject({
        state: 'complete',
        acceptance: { ksefNumber: entry.ksefNumber, session: entry.session },
      });
    },
  );
});

describe('proofs', () => {
  it('of a whole session are one download, however many they prove', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
    let singles = 0;
    const upo = world.ksef.upo.bind(world.ksef);
    world.ksef.upo = (...args) => {
      singles += 1;
      return upo(...args);
    };
    await world.runToEnd(id);
    expect(singles).toBe(0);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it('that a page does not give are fetched one by one', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await world.worker().execute(TENANT, id, GO_ON);
    world.clock.advance(60);
    world.ksef.during.set('upoPage', () => {
      world.ksef.wrongUpos.add(world.ksef.ledger[0]!.ksefNumber);
      return Promise.resolve();
    });
    world.ksef.during.set('upo', () => {
      world.ksef.wrongUpos.clear();
      return Promise.resolve();
    });
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
    const proof = (number: string) => world.database.tracking.upos.proofOf(world.invoice(number).id);
    expect(await proof('FV/1')).toMatchObject({ kind: 'own' });
    expect(await proof('FV/2')).toMatchObject({ kind: 'page' });
  });

  it('that stay away are told to people', async () => {
    const world = new DeliveryWorld();
    world.ksef.upoReadsUntilReady = 10_000;
    const id = await world.plannedBatch('FV/1');
    await wait(world, id, 3);
    expect(world.invoiceStates).toEqual(['FV/1: accepted']);
    expect(await alarmsOf(world, id)).toContain('no-upo');
  });

  it('that never come are asked for by a person after twelve hours; the number stays', async () => {
    const world = new DeliveryWorld();
    world.ksef.upoReadsUntilReady = 10_000;
    const id = await world.plannedBatch('FV/1', 'FV/2');
    await wait(world, id, 13);
    expect(world.batch(id)).toMatchObject({ state: 'done' });
    expect(world.invoice('FV/2')).toMatchObject({
      state: 'needs-review',
      acceptance: { ksefNumber: world.ksef.ledger[1]!.ksefNumber },
      refusal: { advice: expect.stringContaining('nothing is to be sent again') },
    });
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);
    const { number, accepted } = { number: 'FV/2', accepted: world.ksef.ledger[1]!.ksefNumber };
    expect(await world.planner.named(TENANT, 'api-key:7', [world.invoice(number).id])).toMatchObject({
      planned: [],
      passedOver: [{ reason: `KSeF holds it as ${accepted}: nothing is sent again.` }],
    });
    expect(world.invoice(number)).toMatchObject({ acceptance: { ksefNumber: accepted } });
  });
});

describe('a status of KSeF that is not documented', () => {
  it.each([
    [250, [], [{ reason: expect.stringMatching(/^KSeF may have it \(status 250\)/) }]],
    [499, [{ state: 'planned' }], []],
  ])(
    '%i goes to a person, who sends it again by its name only when it is a refusal',
    async (code, planned, passedOver) => {
      const world = new DeliveryWorld();
      world.ksef.verdicts.set('FV/2', [code]);
      await world.runToEnd(await world.plannedBatch('FV/1', 'FV/2'));
      const { id } = world.invoice('FV/2');
      expect(world.invoice('FV/2')).toMatchObject({ state: 'needs-review', refusal: { code } });
      expect(await world.planner.named(TENANT, 'api-key:7', [id])).toMatchObject({ planned, passedOver });
    },
  );
});

describe('slow sessions', () => {
  it('are told after one and four hours, and near a deadline (C25, C26, C40)', async () => {
    const world = new DeliveryWorld();
    world.ksef.pollsUntilProcessed = 10_000;
    const id = await world.plannedBatch('FV/1');
    await wait(world, id, 0.9);
    expect(await alarmsOf(world, id)).toEqual([]);
    await wait(world, id, 0.3);
    expect(await alarmsOf(world, id)).toEqual(['processing-1h']);
    await wait(world, id, 4);
    expect(await alarmsOf(world, id)).toEqual(['processing-1h', 'processing-4h']);
    world.clock.set('2026-11-24T22:30:00+01:00');
    await world.worker().execute(TENANT, id, GO_ON);
    expect(await alarmsOf(world, id)).toEqual(['processing-1h', 'processing-4h', 'second-delivery-due']);
  });

  it('that nobody could close are told as well', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('close', ...Array<'lost-before'>(200).fill('lost-before'));
    const id = await world.plannedBatch('FV/1');
    await wait(world, id, 5);
    expect(await alarmsOf(world, id)).toEqual(['unclosed-1h', 'unclosed-4h']);
    const calls = await world.database.tracking.attempts.ofBatch(id);
    expect(calls[0]).toMatchObject({ call: 'open', state: 'done', session: 'session-1' });
    expect(calls[1]).toMatchObject({
      call: 'close',
      state: 'resolved',
      resolution: 'it did not arrive: the session has code 100',
    });
  });
});

describe('calls without an answer', () => {
  it('are recorded with what they left behind', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', 'lost-after', 'lost-before');
    const id = await world.plannedBatch('FV/1');
    await world.runToEnd(id);
    const calls = await world.database.tracking.attempts.ofBatch(id);
    expect(calls.map(({ call, state }) => `${call} ${state}`)).toEqual([
      'open resolved',
      'open resolved',
      'open done',
      'close done',
    ]);
    expect(calls[0]).toMatchObject({ orphans: ['session-1'], cause: 'timed out on the way back' });
    expect(calls[1]).toMatchObject({ orphans: [], resolution: expect.stringContaining('nothing behind') });
  });

  it('hold nothing up when the list cannot be had', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('open', 'lost-after');
    world.ksef.script('sessions', new KsefThrottledError(3600));
    const id = await world.plannedBatch('FV/1');
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done', openAttempts: 2 });
    expect((await world.database.tracking.attempts.ofBatch(id))[0]).toMatchObject({ state: 'unknown' });
  });
});
