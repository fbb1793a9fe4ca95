import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import { Temporal } from '../shared/instant.js';
import { TENANT, someFacts } from '../testing/builders.js';
import { CrashError, CrashPoints } from '../testing/crash-points.js';
import { plainDocument } from '../testing/plain-document.js';
import { refused as no, type Fault, type KsefCall } from '../testing/scripted-ksef.js';
import { sha256 } from '../testing/sha256.js';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import { CorrectionWorld } from './testing/correction-world.js';

let world: CorrectionWorld;
beforeEach(() => {
  world = new CorrectionWorld();
});

const mended = (number: string, content = 'two chairs ') => sha256(plainDocument({ number, content }));
const original = (number: string) => sha256(plainDocument({ number, content: 'two chairs' }));

describe('an approved technical correction', () => {
  it('is posted offline with the hash that the buyer holds, accepted, and proven by its UPO', async () => {
    const id = await world.refused('FV/1');
    const before = world.invoice(id);
    const correctionId = await world.approved(id);
    await world.work();
    expect(world.ksef.ledger).toMatchObject([
      { number: 'FV/1', hash: mended('FV/1'), declaredOffline: true, corrects: original('FV/1') },
    ]);
    const ksefNumber = world.ksef.ledger[0]?.ksefNumber;
    expect(world.invoice(id)).toMatchObject({
      state: 'complete',
      hash: original('FV/1'),
      acceptance: { ksefNumber, invoicingMode: 'offline' },
      corrected: { correctionId, hash: mended('FV/1') },
    });
    if (before.state !== 'rejected') throw new Error('not rejected');
    expect(world.invoice(id)).toMatchObject({ issue: before.issue, delivery: before.delivery });
    expect(world.correction(correctionId)).toMatchObject({ state: 'complete', acceptedOrdinal: 2 });
    expect(await world.database.invoices.upo(id)).toEqual(new TextEncoder().encode(`UPO ${String(ksefNumber)}`));
    const actions = world.database.audit.entries.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        'technical-correction.sending',
        'technical-correction.accepted',
        'invoice.accepted',
        'invoice.complete',
        'technical-correction.complete',
      ]),
    );
  });

  it('keeps the deadline of the original', async () => {
    const id = await world.refused('FV/1');
    const before = (await world.database.invoices.find(id))?.term;
    world.clock.advance(3600);
    await world.looked();
    await world.approved(id);
    await world.work();
    expect((await world.database.invoices.find(id))?.term).toEqual(before);
    expect(before?.deadline).toMatchObject({ kind: 'due', basis: 'art. 106nda(2)' });
  });

  it('is refused again and followed by another, which quotes the first file still', async () => {
    const id = await world.refused('FV/1');
    world.ksef.verdicts.set('FV/1', [450]);
    const second = await world.approved(id);
    await world.work();
    expect(world.correction(second)).toMatchObject({ state: 'refused', refusal: { code: 450 } });
    expect(world.invoice(id)).toMatchObject({ state: 'rejected', refusal: { code: 450 } });
    const again = await world.proposer().execute(world.request(id, { content: 'two chairs ' }));
    expect(again).toEqual({ ok: false, error: { code: 'BYTES_UNCHANGED', ordinal: 2 } });
    const third = await world.approved(id, ' two chairs');
    await world.work();
    expect(world.correction(third)).toMatchObject({ state: 'complete', ordinal: 3, acceptedOrdinal: 3 });
    expect(world.ksef.ledger).toMatchObject([{ hash: mended('FV/1', ' two chairs'), corrects: original('FV/1') }]);
  });

  it('shares one session with the others of its context, the earliest deadline first', async () => {
    const days = ['2026-11-23', '2026-11-20', '2026-11-19'];
    for (const [at, day] of days.entries()) {
      const number = `FV/${String(at)}`;
      const facts = someFacts({ number: number as InvoiceNumber, issueDate: Temporal.PlainDate.from(day) });
      await world.approved(await world.refused(number, 450, { facts }));
    }
    const before = world.ksef.sessions.length;
    await world.work();
    expect(world.ksef.sessions).toHaveLength(before + 1);
    expect(world.ksef.ledger.map(({ number }) => number)).toEqual(['FV/2', 'FV/1', 'FV/0']);
  });

  it('waits while sending is held, and nobody has looked at KSeF', async () => {
    const id = await world.refused('FV/1');
    await world.approved(id);
    for (let look = 0; look < 3; look++) {
      world.clock.advance(20);
      await world.database.connection.looked(false, world.clock.now());
    }
    await world.worker().execute(TENANT);
    expect(world.ksef.ledger).toEqual([]);
    expect(world.invoice(id).state).toBe('correcting');
  });
});

describe('a post without an answer', () => {
  it.each<Fault>(['lost-before', 'lost-after'])(
    'is found out by reading its session (%s), and never made twice',
    async (fault) => {
      const id = await world.refused('FV/1');
      await world.approved(id);
      world.ksef.script('post', fault);
      await world.work();
      expect(world.invoice(id).state).toBe('complete');
      expect(world.ksef.ledger).toHaveLength(1);
      const rows = world.ksef.sessions
        .flatMap((session) => session.rows)
        .filter(({ hash }) => hashToBase64(hash) === hashToBase64(mended('FV/1')));
      expect(rows).toHaveLength(1);
    },
  );

  it('looks first when the session is unavailable for a moment (21184), then takes a new one', async () => {
    const id = await world.refused('FV/1');
    await world.approved(id);
    world.ksef.script('post', no(21184));
    const before = world.ksef.sessions.length;
    await world.worker().execute(TENANT);
    expect(world.database.corrections.stored[0]).toMatchObject({ state: 'sending' });
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
    expect(world.ksef.sessions.length).toBe(before + 2);
  });
});

describe('what KSeF says to a post or to the file', () => {
  it.each([
    ['a full session', no(21155)],
    ['a closed session', no(21180)],
    ['a limit', { no: { code: 'KSEF_REFUSED', httpStatus: 429, description: 'wait' } } as const],
    ['a limit of ours', new KsefThrottledError(45)],
    ['another hash than it got', no(21403)],
  ])('%s: the same bytes go again', async (_what, fault) => {
    const id = await world.refused('FV/1');
    await world.approved(id);
    world.ksef.script('post', fault);
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
    expect(world.ksef.ledger).toHaveLength(1);
  });

  const limit = { code: 'KSEF_REFUSED', httpStatus: 429, description: 'wait', retryAfterSeconds: 45 } as const;
  it.each<[string, KsefCall, Fault]>([
    ['of ours', 'post', new KsefThrottledError(45)],
    ["of KSeF's", 'post', { no: limit }],
    ["of KSeF's on sessions", 'openOnline', { no: limit }],
    ['of ours on sessions', 'openOnline', new KsefThrottledError(45)],
  ])('stops at a limit %s: the others of the pass wait as long', async (_whose, call, fault) => {
    for (const number of ['FV/1', 'FV/2', 'FV/3']) await world.approved(await world.refused(number));
    world.ksef.script(call, fault);
    await world.worker().execute(TENANT);
    expect(world.ksef.ledger).toEqual([]);
    world.clock.advance(44);
    await world.worker().execute(TENANT);
    expect(world.ksef.ledger).toEqual([]);
    world.clock.advance(1);
    await world.worker().execute(TENANT);
    expect(world.ksef.ledger).toHaveLength(3);
  });

  it.each([
    ['no login', new KsefLoginError('LOGIN_REFUSED', 'no')],
    ['a limit', new KsefThrottledError(30)],
    ['no answer', 'lost-before' as const],
    ['a refusal', no(21405)],
  ])('no session because of %s: nothing was sent, and it is tried again', async (_what, fault) => {
    const id = await world.refused('FV/1');
    await world.approved(id);
    world.ksef.script('openOnline', fault);
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
  });

  it.each([405, 435, 500, 550])('status %i: the same bytes once more, counted', async (code) => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    world.ksef.verdicts.set('FV/1', [code]);
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
    expect(world.correction(correctionId)).toMatchObject({ state: 'complete', attempts: 1 });
  });

  it('gives up after six refusals that are not for the file; a person sends it again', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    world.ksef.verdicts.set('FV/1', [500, 500, 500, 500, 500, 500]);
    await world.work(60);
    expect(world.correction(correctionId)).toMatchObject({ state: 'needs-review', attempts: 5 });
    expect(world.invoice(id)).toMatchObject({ state: 'rejected', refusal: { code: 450 } });
    const resumed = await world.decide.resume({
      tenant: TENANT,
      invoiceId: id,
      correctionId,
      actor: 'api-key:1',
      person: 'Ewa Nowak',
    });
    expect(resumed).toMatchObject({ ok: true });
    await world.work();
    expect(world.invoice(id).state).toBe('complete');
  });

  it('a missing right: the same bytes after it was granted, or given up for another file', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    world.ksef.verdicts.set('FV/1', [410]);
    await world.work();
    expect(world.correction(correctionId)).toMatchObject({ state: 'blocked', refusal: { code: 410 } });
    expect(world.invoice(id)).toMatchObject({
      state: 'rejected',
      refusal: { code: 450, details: [expect.stringContaining('410')] },
    });
    expect(await world.proposer().execute(world.request(id, { content: ' two chairs' }))).toMatchObject({
      error: { code: 'CORRECTION_UNDER_WAY' },
    });
    const by = { tenant: TENANT, invoiceId: id, correctionId, actor: 'api-key:1', person: 'Ewa Nowak' };
    expect(await world.decide.decline(by)).toMatchObject({ ok: true, value: { state: 'declined' } });
    const next = await world.approved(id, ' two chairs');
    await world.work();
    expect(world.correction(next)).toMatchObject({ state: 'complete', ordinal: 3 });
  });
});

describe('what KSeF has already', () => {
  it('is adopted when the original was accepted after all (21167), in whatever session', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    const entry = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'two chairs' }));
    await world.work();
    expect(world.ksef.ledger).toHaveLength(1);
    expect(world.invoice(id)).toMatchObject({
      state: 'complete',
      acceptance: { ksefNumber: entry.ksefNumber, session: entry.session },
    });
    expect(world.invoice(id)).not.toHaveProperty('corrected');
    expect(world.correction(correctionId)).toMatchObject({ state: 'complete', acceptedOrdinal: 1 });
  });

  it('is adopted when this very file is a duplicate of one of the lineage (440)', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    const entry = world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'two chairs ' }));
    await world.work();
    expect(world.invoice(id)).toMatchObject({
      state: 'complete',
      acceptance: { ksefNumber: entry.ksefNumber },
      corrected: { correctionId, hash: mended('FV/1') },
    });
    expect(world.ksef.ledger).toHaveLength(1);
  });

  it('is a conflict when it is none of ours', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    world.ksef.acceptBefore(plainDocument({ number: 'FV/1', content: 'a table' }));
    await world.work();
    expect(world.correction(correctionId)).toMatchObject({ state: 'conflict', refusal: { code: 440 } });
    expect(world.invoice(id)).toMatchObject({ state: 'conflict', refusal: { code: 440 } });
  });

  it('is a conflict when another took its place as a correction (21166)', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    const stranger = plainDocument({ number: 'FV/1', content: 'two stools' });
    const opened = await world.ksef.interactiveSessions.open(
      { tenant: TENANT, context: world.invoice(id).context },
      world.invoice(id).facts.formCode,
    );
    if (opened.outcome === 'done') await opened.value.post(stranger, sha256(stranger), true, original('FV/1'));
    await world.work();
    expect(world.correction(correctionId)).toMatchObject({ state: 'conflict', refusal: { code: 21166 } });
    expect(world.invoice(id).state).toBe('conflict');
    expect(await world.proposer().execute(world.request(id, { content: ' two chairs' }))).toMatchObject({
      error: { code: 'CORRECTION_NOT_ALLOWED', ksefStatus: 21166 },
    });
  });

  it('goes to a person when it is found nowhere', async () => {
    const id = await world.refused('FV/1');
    const correctionId = await world.approved(id);
    world.ksef.script('post', no(21167));
    await world.work(60);
    expect(world.correction(correctionId)).toMatchObject({ state: 'needs-review', refusal: { code: 21167 } });
    expect(world.invoice(id).state).toBe('rejected');
  });
});

describe('a worker', () => {
  it('takes turns with another without posting anything twice', async () => {
    const ids: InvoiceId[] = [];
    for (const number of ['FV/1', 'FV/2', 'FV/3', 'FV/4']) {
      const id = await world.refused(number);
      await world.approved(id);
      ids.push(id);
    }
    for (let round = 0; round < 10; round++) {
      await Promise.all([1, 2, 3].map(() => world.worker().execute(TENANT)));
      world.clock.advance(100);
      await world.looked();
    }
    expect(ids.map((id) => world.invoice(id).state)).toEqual(['complete', 'complete', 'complete', 'complete']);
    expect(world.ksef.ledger).toHaveLength(4);
    const posted = world.ksef.sessions.flatMap(({ rows }) => rows).filter(({ code }) => code === 200);
    expect(posted).toHaveLength(4);
  });

  it('that dies anywhere leaves one accepted correction for each invoice, with number and UPO', async () => {
    let at = 0;
    let happened: boolean;
    do {
      world = new CorrectionWorld();
      for (const number of ['FV/1', 'FV/2']) await world.approved(await world.refused(number));
      world.ksef.verdicts.set('FV/2', [500]);
      const crash = new CrashPoints(at);
      const mortal = world.worker(crash);
      for (let round = 0; round < 4; round++) {
        try {
          await mortal.execute(TENANT);
          world.clock.advance(5);
        } catch (error) {
          expect(error).toBeInstanceOf(CrashError);
          break;
        }
      }
      world.clock.advance(200);
      await world.looked();
      await world.work(60);
      const states = world.database.invoices.stored.map(({ state }) => state);
      expect([at, states]).toEqual([at, ['complete', 'complete']]);
      expect([at, world.ksef.ledger.map(({ number }) => number).sort()]).toEqual([at, ['FV/1', 'FV/2']]);
      expect([at, world.database.corrections.stored.map(({ state }) => state)]).toEqual([at, ['complete', 'complete']]);
      happened = at === 0 || crash.happened;
      at += 1;
    } while (happened);
    expect(at).toBeGreaterThan(30);
  });

  it('stops asking a KSeF that does not answer, and goes on when it does', async () => {
    for (const number of ['FV/1', 'FV/2', 'FV/3', 'FV/4']) await world.approved(await world.refused(number));
    await world.worker().execute(TENANT);
    world.clock.advance(5);
    const { ksef } = world;
    const answering = ksef.invoice.bind(ksef);
    let asked = 0;
    ksef.invoice = () => {
      asked += 1;
      throw new KsefUnreachableError('gone');
    };
    await world.worker().execute(TENANT);
    expect(asked).toBe(2);
    ksef.invoice = answering;
    world.clock.advance(5);
    await world.work();
    expect(world.ksef.ledger).toHaveLength(4);
  });

  it('brings every invoice to one accepted file or back to a person, whatever KSeF answers', async () => {
    const fault = fc.constantFrom<Fault>(
      'lost-before',
      'lost-after',
      no(21155),
      no(21184),
      no(21180),
      new KsefThrottledError(20),
    );
    const script = fc.record({
      post: fc.array(fault, { maxLength: 4 }),
      open: fc.array(fc.constantFrom<Fault>('lost-before', no(21405), new KsefThrottledError(9)), { maxLength: 2 }),
      verdicts: fc.array(fc.constantFrom(100, 405, 500, 550, 450, 440, 410), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(script, async ({ post, open, verdicts }) => {
        world = new CorrectionWorld();
        const id = await world.refused('FV/1');
        await world.approved(id);
        world.ksef.script('post', ...post);
        world.ksef.script('openOnline', ...open);
        world.ksef.verdicts.set(
          'FV/1',
          verdicts.filter((code) => code !== 100),
        );
        await world.work(80);
        const { state } = world.invoice(id);
        expect(['complete', 'rejected', 'conflict']).toContain(state);
        expect(world.ksef.ledger.length).toBe(state === 'complete' ? 1 : 0);
        const [correction] = world.database.corrections.stored;
        expect(correction?.state === 'complete').toBe(state === 'complete');
      }),
      { numRuns: 100 },
    );
  });
});
