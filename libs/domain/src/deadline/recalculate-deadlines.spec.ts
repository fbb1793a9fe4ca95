import { describe, expect, it } from '@jest/globals';
import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { situationOf } from '../legal-situation/legal-situation.js';
import { Temporal } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import {
  NO_RECORDS,
  SELLER_CONTEXT,
  TENANT,
  aReceivedInvoice,
  anAcceptance,
  anIssuedInvoice,
  someFacts,
} from '../testing/builders.js';
import { aBulletin, aMaintenanceBulletin, anEndBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { describeDeadline, termOf } from './due-term.js';
import { RecalculateDeadlines } from './recalculate-deadlines.js';

const recalculate = (world: DeliveryWorld, stop?: StopSignal, chunk?: number) =>
  new RecalculateDeadlines(world.database, JURISDICTION, world.clock, chunk).execute(TENANT, stop);

/** Never stops a run; does something just before it begins with its chunk of that number. */
function beforeChunk(chunk: number, happens: () => void): StopSignal {
  let looks = 0;
  return {
    get aborted() {
      looks += 1;
      if (looks === chunk) happens();
      return false;
    },
  };
}

const manyInvoices = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const number = `FV/${String(at).padStart(5, '0')}`;
    return anIssuedInvoice(number, {
      id: `invoice-${number}` as InvoiceId,
      facts: someFacts({ number: number as InvoiceNumber }),
    });
  });

async function deadlineOf(world: DeliveryWorld, number: string): Promise<string | undefined> {
  const stored = await world.database.invoices.find(world.invoice(number).id);
  return stored?.term === undefined ? undefined : describeDeadline(stored.term.deadline);
}

describe('RecalculateDeadlines', () => {
  it('moves the deadline of a waiting invoice as messages come, each move with an audit row', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(await recalculate(world)).toBe(0);

    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('open: the outage has not ended');

    const ended = { start: '2026-11-24T09:00:00+01:00', end: '2026-11-24T15:00:00+01:00' };
    await world.database.bulletins.add([anEndBulletin(ended)]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-12-03');

    expect(await recalculate(world)).toBe(0);
    const trail = await world.database.audit.of('invoice', world.invoice('FV/1').id);
    const why = { basis: 'art. 106nha', cause: 'regular check' };
    expect(trail.map(({ action, facts }) => [action, facts])).toEqual([
      ['deadline.moved', { ...why, from: '2026-11-24', deadline: 'open: the outage has not ended', target: null }],
      [
        'deadline.moved',
        {
          ...why,
          from: 'open: the outage has not ended',
          deadline: '2026-12-03',
          target: '2026-12-03T22:59:59.999Z',
        },
      ],
    ]);
    expect(world.database.outbox.events).toMatchObject([
      { type: 'deadlines.moved', subject: 'Nip:5265877635', facts: { invoices: 1, from: '2026-11-24' } },
      { type: 'document.due', subject: world.invoice('FV/1').id, facts: { document: 'invoice-with-two-codes' } },
      { type: 'deadlines.moved', subject: 'Nip:5265877635', facts: { invoices: 1, to: '2026-12-03' } },
    ]);
  });

  it('names what asked for it, and is done with it only at the end of the run', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    await world.database.recalculations.request('K/2026/AWR/01 version 1');
    await recalculate(world, { aborted: true });
    expect(await world.database.recalculations.pending()).toMatchObject({ causes: ['K/2026/AWR/01 version 1'] });

    expect(await recalculate(world)).toBe(1);
    expect(await world.database.recalculations.pending()).toBeUndefined();
    expect(world.database.audit.entries.at(-1)?.facts).toMatchObject({ cause: 'K/2026/AWR/01 version 1' });
  });

  it('does not move it for maintenance, nor for a total failure nobody has confirmed', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await world.database.bulletins.add([
      aMaintenanceBulletin({ start: '2026-11-24T08:00:00+01:00', end: '2026-11-25T02:00:00+01:00' }),
      aBulletin({ id: 'K/2026/AWC/01', category: 'total-failure', start: '2026-11-24T08:00:00+01:00' }),
    ]);
    expect(await recalculate(world)).toBe(0);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(world.database.audit.entries.map(({ action }) => action)).toEqual(['deadline.kept']);
    expect(world.database.outbox.events).toEqual([]);
    expect(await recalculate(world)).toBe(0);
    expect(world.database.audit.entries).toHaveLength(1);
  });

  it('passes over invoices that KSeF has accepted', async () => {
    const world = new DeliveryWorld();
    await world.runToEnd(await world.plannedBatch('FV/1'));
    await world.add('FV/2');
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
  });

  it('lifts the duty once a total failure is vouched for, and brings it back when the notice is withdrawn', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    const notice = aBulletin({
      id: 'notice:radio',
      category: 'total-failure',
      source: 'bip',
      start: '2026-11-23T12:00:00+01:00',
      fetchedAt: world.clock.now(),
      enteredBy: { person: 'Ewa Nowak', actor: 'api-key:1', readAt: 'Polskie Radio, 12:00' },
    });
    await world.database.legal.addNotice(notice);
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('none: nothing is sent');
    expect(await world.planner.execute(TENANT, 'worker')).toEqual([]);

    await world.database.legal.addNotice({ ...notice, version: 2, type: 'withdrawal' });
    expect(await recalculate(world)).toBe(1);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(await world.planner.execute(TENANT, 'worker')).toHaveLength(1);
  });

  it('holds a context to the policies of the house, never beyond the law', async () => {
    const world = new DeliveryWorld();
    await world.add('FV/1');
    await world.database.legal.addHousePolicyDecision({
      context: SELLER_CONTEXT,
      policies: [
        { kind: 'hours-before-end', hours: 6 },
        { kind: 'days-from-issue', days: 7 },
      ],
      author: 'Ewa Nowak',
      decidedAt: world.clock.now(),
      reason: 'Instrukcja obiegu faktur',
    });
    expect(await recalculate(world)).toBe(1);
    expect((await world.database.invoices.find(world.invoice('FV/1').id))?.term).toMatchObject({
      deadline: { day: Temporal.PlainDate.from('2026-11-24') },
      target: {
        at: Temporal.Instant.from('2026-11-24T17:59:59.999+01:00'),
        explanation: [
          'House policy "6 hours before the statutory end": 2026-11-24 17:59.',
          'House policy "7 days from issue" would be 2026-11-30 23:59, later than the law: not applied.',
        ],
      },
    });
  });

  it('is one run at a time: another one leaves what was asked for to be done', async () => {
    const world = new DeliveryWorld();
    const { bulletins, recalculations } = world.database;
    await world.add('FV/1');
    await bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    await recalculations.request('K/2026/AWR/01 version 1');
    const other = await recalculations.claim();
    expect(await recalculate(world)).toBe(0);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(await recalculations.pending()).toMatchObject({ causes: ['K/2026/AWR/01 version 1'] });

    await recalculations.release(other!);
    expect(await recalculate(world)).toBe(1);
    expect(recalculations.holder).toBeUndefined();
  });

  it('gives its lease back when it is stopped, and ends when it has lost it', async () => {
    const world = new DeliveryWorld();
    const { bulletins, recalculations } = world.database;
    await world.add('FV/1');
    await bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    await recalculations.request('K/2026/AWR/01 version 1');
    await recalculate(world, { aborted: true });
    expect(recalculations.holder).toBeUndefined();

    const lost = beforeChunk(1, () => (recalculations.holder = 'a later run'));
    expect(await recalculate(world, lost)).toBe(0);
    expect(await deadlineOf(world, 'FV/1')).toBe('2026-11-24');
    expect(recalculations.holder).toBe('a later run');
    expect(await recalculations.pending()).toMatchObject({ causes: ['K/2026/AWR/01 version 1'] });
  });

  it('begins anew when a message comes during the run: no term by older knowledge stays', async () => {
    const world = new DeliveryWorld();
    const { bulletins, recalculations } = world.database;
    await world.add(...manyInvoices(3));
    const start = '2026-11-24T09:00:00+01:00';
    await bulletins.add([aBulletin({ start })]);
    await recalculations.request('K/2026/AWR/01 version 1');
    const meanwhile = beforeChunk(2, () => {
      void bulletins.add([anEndBulletin({ start, end: '2026-11-24T15:00:00+01:00' })]);
      void recalculations.request('K/2026/AWR/02 version 1');
    });
    expect(await recalculate(world, meanwhile, 2)).toBe(2 + 3);
    expect([await deadlineOf(world, 'FV/00000'), await deadlineOf(world, 'FV/00002')]).toEqual([
      ...['2026-12-03', '2026-12-03'],
    ]);
    expect(await recalculations.pending()).toBeUndefined();
  });

  it('goes through more invoices than one transaction takes, each once', async () => {
    const world = new DeliveryWorld();
    await world.add(...manyInvoices(3));
    await world.database.bulletins.add([aBulletin({ start: '2026-11-24T09:00:00+01:00' })]);
    expect(await recalculate(world, undefined, 2)).toBe(3);
    expect(world.database.audit.entries.map(({ subject }) => subject.id)).toEqual([
      ...['invoice-FV/00000', 'invoice-FV/00001', 'invoice-FV/00002'],
    ]);
  });
});

describe('the term of an invoice', () => {
  const calm = situationOf(NO_RECORDS, JURISDICTION);
  const issued = anIssuedInvoice();
  const online = { ...issued, issue: { ...issued.issue, mode: 'online' as const } };

  it('is none for one that is not issued, or issued online', () => {
    expect(termOf(aReceivedInvoice(), calm)).toBeUndefined();
    expect(termOf({ ...online, state: 'in-session', delivery: { channel: 'interactive' } }, calm)).toBeUndefined();
  });

  it('is that of offline24 for one posted online that KSeF marked offline (art. 106nda(16))', () => {
    const accepted = (invoicingMode: 'online' | 'offline') =>
      termOf(
        {
          ...online,
          state: 'accepted',
          delivery: { channel: 'interactive' },
          acceptance: {
            ...anAcceptance(),
            invoicingDate: Temporal.Instant.from('2026-11-23T23:00:01Z'),
            invoicingMode,
          },
        },
        calm,
      );
    expect(accepted('online')).toBeUndefined();
    expect(accepted('offline')?.deadline).toMatchObject({
      regime: 'offline24',
      day: Temporal.PlainDate.from('2026-11-24'),
    });
  });

  it('says for people what it is', () => {
    const base = { regime: 'total-failure', basis: 'art. 106ng', explanation: [], calendarVersion: 'x' } as const;
    expect(describeDeadline({ ...base, kind: 'none' })).toBe('none: nothing is sent');
    expect(describeDeadline({ ...base, kind: 'open' })).toBe('open: the outage has not ended');
  });
});
