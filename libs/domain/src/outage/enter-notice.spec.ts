import { beforeEach, describe, expect, it } from '@jest/globals';
import { situationAsOf, situationOf } from '../legal-situation/legal-situation.js';
import { Temporal } from '../shared/instant.js';
import { TENANT } from '../testing/builders.js';
import { aBulletin } from '../testing/bulletins.js';
import { IssuingWorld, JURISDICTION } from '../testing/issuing-world.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { EnterNotice, type NoticeRequest } from './enter-notice.js';

const at = (text: string) => Temporal.Instant.from(text);
const EWA = { person: 'Ewa Nowak', actor: 'api-key:1', readAt: 'https://www.gov.pl/web/kas/komunikat-1' };
const START: NoticeRequest = {
  id: 'BIP 1/2026',
  version: 1,
  category: 'failure',
  type: 'start',
  title: 'Awaria KSeF',
  text: 'Od godziny 9:00 trwa awaria.',
  start: at('2026-11-23T09:00:00+01:00'),
  publishedAt: at('2026-11-23T09:30:00+01:00'),
  enteredBy: EWA,
  simulation: false,
};
const END: NoticeRequest = {
  ...START,
  id: 'BIP 2/2026',
  eventId: 'notice:BIP 1/2026',
  type: 'end',
  end: at('2026-11-23T10:30:00+01:00'),
  publishedAt: at('2026-11-23T10:45:00+01:00'),
};

let world: IssuingWorld;
beforeEach(() => {
  world = new IssuingWorld();
});
const enter = (request: NoticeRequest, environment: KsefEnvironment = 'production') =>
  new EnterNotice(world.database, world.clock, environment).execute(TENANT, request);
async function outages() {
  const records = await world.database.legal.read();
  return situationOf(records, { ...JURISDICTION, environment: 'production' }).outages;
}

describe('a notice entered by a person', () => {
  it('is evidence like any message: who, when and where it was read are kept', async () => {
    const entered = await enter(START);
    const notice = {
      id: 'notice:BIP 1/2026',
      version: 1,
      eventId: 'notice:BIP 1/2026',
      category: 'failure',
      type: 'start',
      title: 'Awaria KSeF',
      text: 'Od godziny 9:00 trwa awaria.',
      start: START.start,
      publishedAt: START.publishedAt,
      source: 'bip',
      fetchedAt: world.clock.now(),
      enteredBy: EWA,
    };
    expect(entered).toEqual({ ok: true, value: { notice, replayed: false } });
    expect((await world.database.legal.read()).bulletins).toEqual([notice]);
    expect(await outages()).toMatchObject([{ category: 'failure', eventId: 'notice:BIP 1/2026' }]);
    expect(world.database.audit.entries).toMatchObject([
      { actor: 'api-key:1', action: 'notice.entered', facts: { person: 'Ewa Nowak', readAt: EWA.readAt, version: 1 } },
    ]);
    expect(world.database.recalculations.causes).toEqual(['notice:BIP 1/2026 version 1']);
    expect(world.database.jobs.queued.at(-1)?.job).toEqual({ kind: 'recalculate-deadlines', tenant: TENANT });
  });

  it('sent twice is entered once', async () => {
    await enter(START);
    world.clock.advance(60);
    expect(await enter(START)).toMatchObject({ ok: true, value: { replayed: true } });
    expect((await world.database.legal.read()).bulletins).toHaveLength(1);
    expect(world.database.audit.entries).toHaveLength(1);
  });

  it('may end a failure that Latarnia announced', async () => {
    await world.announced(aBulletin());
    expect(await enter({ ...END, eventId: '1001' })).toMatchObject({ ok: true });
    expect(await outages()).toMatchObject([
      {
        eventId: '1001',
        end: END.end,
        ending: { bulletinId: 'notice:BIP 2/2026' },
        announcement: { bulletinId: 'K/2026/AWR/01' },
      },
    ]);
  });

  it('corrects an earlier entry as a whole, the moment of publication too', async () => {
    await enter({ ...START, publishedAt: at('2026-11-23T08:30:00+01:00') });
    expect(await enter({ ...START, version: 2 })).toMatchObject({ ok: true });
    expect(await outages()).toMatchObject([{ announcedAt: START.publishedAt, announcement: { version: 2 } }]);
  });

  it('can be withdrawn, and says nothing from then on; what was known before stays known', async () => {
    await enter(START);
    const before = world.clock.now();
    world.clock.advance(60);
    expect(await enter({ ...START, version: 2, type: 'withdrawal' })).toMatchObject({ ok: true });
    expect(await outages()).toEqual([]);
    expect(situationAsOf(await world.database.legal.read(), before, JURISDICTION).outages).toHaveLength(1);
    expect(world.database.audit.entries.at(-1)).toMatchObject({ action: 'notice.withdrawn' });
  });

  it('needs the next version to say something else', async () => {
    await enter(START);
    expect(await enter({ ...START, text: 'Inaczej.' })).toEqual({
      ok: false,
      error: { code: 'NOTICE_VERSION_TAKEN', next: 2 },
    });
    expect(await enter({ ...START, version: 3 })).toEqual({
      ok: false,
      error: { code: 'NOTICE_VERSION_SKIPPED', next: 2 },
    });
  });

  it('of an end is about an event that is known', async () => {
    expect(await enter(END)).toEqual({ ok: false, error: { code: 'EVENT_UNKNOWN', eventId: 'notice:BIP 1/2026' } });
  });

  it('may be made up to rehearse, but not on production', async () => {
    expect(await enter({ ...START, simulation: true })).toEqual({
      ok: false,
      error: { code: 'SIMULATION_ON_PRODUCTION' },
    });
    expect(await enter({ ...START, simulation: true }, 'demo')).toMatchObject({
      value: { notice: { source: 'simulation' } },
    });
  });

  it('that was made up elsewhere counts for nothing on production', async () => {
    await enter({ ...START, simulation: true }, 'demo');
    expect(await outages()).toEqual([]);
    expect(situationOf(await world.database.legal.read(), JURISDICTION).outages).toHaveLength(1);
  });

  it('of a total failure is the word of one person', async () => {
    await enter({ ...START, category: 'total-failure' });
    expect(await outages()).toEqual([]);
    const records = await world.database.legal.read();
    expect(situationOf(records, JURISDICTION).outages).toHaveLength(1);
  });

  it.each([
    ['an end before the start', { ...END, end: at('2026-11-23T08:59:00+01:00') }, 'end'],
    ['an end at the start', { ...END, end: START.start }, 'end'],
    ['an end to come', { ...END, end: at('2026-11-23T12:00:00+01:00') }, 'end'],
    ['an end message without the end', { ...START, type: 'end' as const, eventId: '1' }, 'end'],
    ['a start message with an end', { ...START, end: at('2026-11-23T10:00:00+01:00') }, 'end'],
    ['a failure to come', { ...START, start: at('2026-11-24T09:00:00+01:00') }, 'start'],
    ['a publication to come', { ...START, publishedAt: at('2026-11-23T12:00:00+01:00') }, 'publishedAt'],
    [
      'maintenance without an end',
      { ...START, category: 'maintenance' as const, type: 'announcement' as const },
      'end',
    ],
    ['a failure that is only announced', { ...START, type: 'announcement' as const }, 'type'],
    ['no person', { ...START, enteredBy: { ...EWA, person: ' ' } }, 'enteredBy.person'],
    ['no source', { ...START, enteredBy: { ...EWA, readAt: '' } }, 'enteredBy.readAt'],
    ['no number', { ...START, id: ' ' }, 'id'],
    ['no version', { ...START, version: 0 }, 'version'],
  ])('with %s is refused, field by field', async (_what, request, field) => {
    expect(await enter(request)).toMatchObject({
      ok: false,
      error: { code: 'NOTICE_INVALID', findings: [{ field }] },
    });
    expect((await world.database.legal.read()).bulletins).toEqual([]);
  });
});
