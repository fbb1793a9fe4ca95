import { beforeEach, describe, expect, it } from '@jest/globals';
import type { InvoiceId } from '../invoice/invoice.js';
import { Temporal } from '../shared/instant.js';
import { TENANT } from '../testing/builders.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { JURISDICTION } from '../testing/issuing-world.js';
import { ChangeDeadlinePolicy } from './decide-policies.js';
import { ExplainDeadline } from './explain-deadline.js';

const at = (text: string) => Temporal.Instant.from(text);
const failure = { start: '2026-11-24T09:00:00+01:00' };

let world: DeliveryWorld;
beforeEach(async () => {
  world = new DeliveryWorld();
  await world.add('FV/1');
  await world.database.bulletins.add([
    aBulletin({ ...failure, fetchedAt: at('2026-11-24T10:01:00+01:00') }),
    anEndBulletin({ ...failure, end: '2026-11-25T00:00:00+01:00', fetchedAt: at('2026-11-25T00:05:00+01:00') }),
  ]);
});

const explain = (asOf: string) =>
  new ExplainDeadline(world.database, JURISDICTION).execute(TENANT, world.invoice('FV/1').id, at(asOf));

describe('what was known of a deadline', () => {
  it('on the 24th at 10:00 was the law without the failure', async () => {
    expect(await explain('2026-11-24T10:00:00+01:00')).toMatchObject({
      term: { deadline: { day: Temporal.PlainDate.from('2026-11-24'), inputs: { bulletins: [] } } },
      steps: [
        'Issued on 2026-11-23 11:00 (Europe/Warsaw), dated 2026-11-23.',
        'No announced outage covers the moment of issue: offline24.',
        'Due on the next business day after 2026-11-23, which is 2026-11-24 (art. 106nda(2)).',
      ],
      otherReadings: [],
      storedIsReplayable: true,
    });
  });

  it('a little later was that no day could be named', async () => {
    expect(await explain('2026-11-24T10:01:00+01:00')).toMatchObject({ term: { deadline: { kind: 'open' } } });
  });

  it('in the end was a day that another reading would put earlier', async () => {
    expect(await explain('2026-11-25T00:05:00+01:00')).toMatchObject({
      term: { deadline: { day: Temporal.PlainDate.from('2026-12-04') } },
      otherReadings: expect.arrayContaining([
        expect.objectContaining({
          policy: 'endAtMidnight',
          deadline: expect.objectContaining({ day: Temporal.PlainDate.from('2026-12-03') }),
        }),
      ]),
    });
  });

  it('follows the reading the tenant had by then, and not the later one', async () => {
    world.clock.set('2026-11-26T10:00:00+01:00');
    const request = { policy: 'endAtMidnight', reading: 'day-before', author: 'Anna', reason: 'Opinion' };
    await new ChangeDeadlinePolicy(world.database, world.clock).execute(TENANT, 'api-key:1', request);
    const dayAt = async (asOf: string) => (await explain(asOf))?.term?.deadline;
    expect(await dayAt('2026-11-26T09:59:59+01:00')).toMatchObject({ day: Temporal.PlainDate.from('2026-12-04') });
    expect(await dayAt('2026-11-26T10:00:00+01:00')).toMatchObject({ day: Temporal.PlainDate.from('2026-12-03') });
  });

  it('before the issue was nothing, and of no invoice is nothing', async () => {
    expect(await explain('2026-11-23T10:59:59+01:00')).toMatchObject({ steps: [] });
    const none = new ExplainDeadline(world.database, JURISDICTION);
    expect(await none.execute(TENANT, 'none' as InvoiceId, at('2026-11-24T10:00:00Z'))).toBeUndefined();
  });
});
