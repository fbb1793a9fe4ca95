import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecalculateDeadlines } from '../deadline/recalculate-deadlines.js';
import { Temporal } from '../shared/instant.js';
import { SELLER_CONTEXT, TENANT, anIssuedInvoice } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { alertStages, stageName } from './alert-stage.js';
import { RaiseAlerts } from './raise-alerts.js';

let world: DeliveryWorld;
beforeEach(async () => {
  world = new DeliveryWorld();
  await world.add('FV/1');
});

const lookAt = (moment: string) => {
  world.clock.set(moment);
  return new RaiseAlerts(world.database, world.clock, alertStages()).execute(TENANT);
};
const none = { 'T-24h': 0, 'T-6h': 0, 'T-1h': 0, 'target-missed': 0, 'open-24h': 0, overdue: 0 };

it('stages go from the earliest to overdue', () => {
  expect(alertStages([1, 48, 6, 6]).map(stageName)).toEqual([
    ...['T-48h', 'T-6h', 'T-1h', 'target-missed', 'open-24h', 'overdue'],
  ]);
});

describe('an invoice that is due on 24 November', () => {
  it('is warned of at each stage once, from its very moment', async () => {
    expect(await lookAt('2026-11-23T23:59:59.998+01:00')).toEqual(none);
    expect(await lookAt('2026-11-23T23:59:59.999+01:00')).toEqual({ ...none, 'T-24h': 1 });
    expect(await lookAt('2026-11-24T17:00:00+01:00')).toEqual(none);
    expect(await lookAt('2026-11-24T18:00:00+01:00')).toEqual({ ...none, 'T-6h': 1 });
    expect(await lookAt('2026-11-24T23:00:00+01:00')).toEqual({ ...none, 'T-1h': 1 });
    expect(await lookAt('2026-11-24T23:59:59.999+01:00')).toEqual(none);
    expect(await lookAt('2026-11-25T00:00:00+01:00')).toEqual({ ...none, overdue: 1 });
    expect(await lookAt('2026-11-26T00:00:00+01:00')).toEqual(none);
    expect(world.database.outbox.events.map(({ type, facts }) => [type, facts['stage']])).toEqual([
      ['deadline.alert', 'T-24h'],
      ['deadline.alert', 'T-6h'],
      ['deadline.alert', 'T-1h'],
      ['deadline.alert', 'overdue'],
    ]);
  });

  it('has every warning that passed while no worker ran, and is still to be sent', async () => {
    expect(await lookAt('2026-11-25T08:00:00+01:00')).toEqual({
      'T-24h': 1,
      'T-6h': 1,
      'T-1h': 1,
      overdue: 1,
      'target-missed': 0,
      'open-24h': 0,
    });
    expect(world.database.outbox.events[0]).toMatchObject({
      subject: world.invoice('FV/1').id,
      facts: { number: 'FV/1', context: 'Nip:5265877635', state: 'issued', dueAt: '2026-11-24T22:59:59.999Z' },
    });
    expect(await world.planner.execute(TENANT, 'worker')).toHaveLength(1);
  });

  it('has warnings of its own for the day it is moved to', async () => {
    await lookAt('2026-11-24T08:00:00+01:00');
    await world.database.bulletins.add([
      aBulletin({ start: '2026-11-24T09:00:00+01:00' }),
      anEndBulletin({ start: '2026-11-24T09:00:00+01:00', end: '2026-11-24T15:00:00+01:00' }),
    ]);
    world.clock.set('2026-11-24T16:00:00+01:00');
    await new RecalculateDeadlines(world.database, JURISDICTION, world.clock).execute(TENANT);
    expect(await lookAt('2026-11-25T08:00:00+01:00')).toEqual(none);
    expect(await lookAt('2026-12-03T01:00:00+01:00')).toEqual({ ...none, 'T-24h': 1 });
  });

  it('is warned of when the target of the house has passed', async () => {
    await world.database.legal.addHousePolicyDecision({
      context: SELLER_CONTEXT,
      policies: [{ kind: 'hours-before-end', hours: 12 }],
      author: 'Ewa',
      decidedAt: Temporal.Instant.from('2026-11-23T10:00:00Z'),
      reason: 'Instrukcja',
    });
    await new RecalculateDeadlines(world.database, JURISDICTION, world.clock).execute(TENANT);
    await lookAt('2026-11-24T11:59:59.999+01:00');
    expect(await lookAt('2026-11-24T12:00:00+01:00')).toEqual({ ...none, 'target-missed': 1 });
    expect(await lookAt('2026-11-24T12:00:01+01:00')).toEqual(none);
  });

  it('is warned of once when its deadline is open a day after its issue, until it is closed', async () => {
    const start = '2026-11-23T11:00:00+01:00';
    await world.database.bulletins.add([aBulletin({ start })]);
    const recalculate = () => new RecalculateDeadlines(world.database, JURISDICTION, world.clock).execute(TENANT);
    expect(await recalculate()).toBe(1);
    const { issuedAt } = anIssuedInvoice().issue;
    const dayLater = issuedAt.add({ hours: 24 });
    expect(await lookAt(dayLater.subtract({ milliseconds: 1 }).toString())).toEqual(none);
    expect(await lookAt(dayLater.toString())).toEqual({ ...none, 'open-24h': 1 });
    expect(world.database.outbox.events.at(-1)).toMatchObject({
      type: 'deadline.alert',
      facts: { stage: 'open-24h', dueAt: dayLater.toString() },
    });
    expect(await lookAt(dayLater.add({ hours: 1 }).toString())).toEqual(none);

    await world.add('FV/2');
    await world.database.bulletins.add([anEndBulletin({ start, end: '2026-11-24T15:00:00+01:00' })]);
    await recalculate();
    expect(await lookAt(dayLater.add({ hours: 2 }).toString())).toEqual(none);
  });

  it('is not warned of once KSeF has it', async () => {
    const [batch] = await world.planner.execute(TENANT, 'worker');
    await world.runToEnd(batch!.id);
    expect(await lookAt('2026-11-25T08:00:00+01:00')).toEqual(none);
  });
});
