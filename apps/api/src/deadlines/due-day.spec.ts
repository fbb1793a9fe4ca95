import { describe, expect, it } from '@jest/globals';
import { Temporal, type ContextIdentifier, type DueDay, type TenantId } from '@latarnik/domain';
import ICAL from 'ical.js';
import { CONTEXT, instant } from '../testing/samples.js';
import { deadlineCalendar } from './deadline-calendar.js';
import { dueDayViews } from './due-day.view.js';

const TENANT = '10000000-0000-4000-8000-000000000001' as TenantId;
const OTHER_TENANT = '10000000-0000-4000-8000-000000000002' as TenantId;
const NOW = instant('2026-11-20T10:00:00.123Z');
const EU: ContextIdentifier = { type: 'NipVatUe', value: '5265877635-DE+1*2' as ContextIdentifier['value'] };

const monday: DueDay = {
  day: Temporal.PlainDate.from('2026-11-23'),
  context: CONTEXT,
  kind: 'due',
  endsAt: instant('2026-11-23T22:59:59.999Z'),
  targetAt: instant('2026-11-23T12:00:00Z'),
  invoices: 12,
  needPerson: 2,
  byRegime: { offline24: 12 },
  atRisk: { '24h': 12, '6h': 0, '1h': 0 },
  overdue: 0,
};
const summerDay: DueDay = {
  ...monday,
  day: Temporal.PlainDate.from('2026-07-23'),
  endsAt: instant('2026-07-23T21:59:59.999Z'),
};
const without: Omit<DueDay, 'day' | 'endsAt' | 'kind'> = {
  context: CONTEXT,
  invoices: 1,
  needPerson: 0,
  byRegime: { emergency: 1 },
  atRisk: { '24h': 0, '6h': 0, '1h': 0 },
  overdue: 0,
};
const open: DueDay = { ...without, kind: 'open' };
const lifted: DueDay = { ...without, kind: 'none' };

const eventsOf = (days: readonly DueDay[], tenant = TENANT) =>
  new ICAL.Component(ICAL.parse(deadlineCalendar(tenant, days, NOW)) as unknown[])
    .getAllSubcomponents('vevent')
    .map((event) => new ICAL.Event(event));

describe('the days with something due', () => {
  it('are listed by their end, then what has none yet, then what is never sent', () => {
    const views = dueDayViews([lifted, open, monday, { ...summerDay, context: EU }]);

    expect(views.map(({ kind, day, context }) => [kind, day, context])).toEqual([
      ['due', '2026-07-23', 'NipVatUe:5265877635-DE+1*2'],
      ['due', '2026-11-23', 'Nip:5265877635'],
      ['open', null, 'Nip:5265877635'],
      ['none', null, 'Nip:5265877635'],
    ]);
  });

  it('lead to their invoices: the filter excludes the moment it names', () => {
    const link = new URL(dueDayViews([{ ...monday, context: EU }])[0]?.links.invoices ?? '', 'http://api');

    expect(link.searchParams.get('context')).toBe('NipVatUe:5265877635-DE+1*2');
    expect(link.searchParams.get('dueBefore')).toBe('2026-11-23T23:00:00Z');
  });
});

describe('the calendar feed', () => {
  it('has an event for each day with an end, which ends with the deadline, in winter and in summer', () => {
    const events = eventsOf([summerDay, monday, open, lifted]);

    expect(events.map(({ endDate }) => endDate.toJSDate().toISOString())).toEqual([
      '2026-07-23T21:59:59.000Z',
      '2026-11-23T22:59:59.000Z',
    ]);
    expect(events.map(({ startDate }) => startDate.toJSDate().toISOString())).toEqual([
      '2026-07-23T20:59:59.000Z',
      '2026-11-23T21:59:59.000Z',
    ]);
  });

  it('says in Polish and in English what is to be done', () => {
    const counts = [1, 2, 5, 22, 112].map((invoices) => ({ ...monday, invoices }));

    expect(eventsOf(counts).map(({ summary }) => summary)).toEqual([
      'KSeF: 1 faktura do przesłania / 1 invoice to send (Nip:5265877635)',
      'KSeF: 2 faktury do przesłania / 2 invoices to send (Nip:5265877635)',
      'KSeF: 5 faktur do przesłania / 5 invoices to send (Nip:5265877635)',
      'KSeF: 22 faktury do przesłania / 22 invoices to send (Nip:5265877635)',
      'KSeF: 112 faktur do przesłania / 112 invoices to send (Nip:5265877635)',
    ]);
    expect(eventsOf([monday])[0]?.description).toContain(
      'Wymaga działania: 2.\n12 invoices to send to KSeF, last day:',
    );
  });

  it('warns at the hours of risk before the end', () => {
    const alarms = eventsOf([monday])[0]?.component.getAllSubcomponents('valarm') ?? [];

    expect(
      alarms.map((alarm) => [
        String(alarm.getFirstPropertyValue('trigger')),
        alarm.getFirstProperty('trigger')?.getParameter('related'),
      ]),
    ).toEqual([
      ['-P1D', 'END'],
      ['-PT6H', 'END'],
      ['-PT1H', 'END'],
    ]);
  });

  it('keeps the name of an event while the numbers change, and none is another tenant’s or context’s', () => {
    const uidOf = (day: DueDay, tenant = TENANT): string | undefined => eventsOf([day], tenant)[0]?.uid;
    const own = uidOf(monday);

    expect(own).toMatch(/^[0-9a-f]{32}@deadlines\.latarnik$/);
    expect(uidOf({ ...monday, invoices: 3 })).toBe(own);
    expect(new Set([own, uidOf(monday, OTHER_TENANT), uidOf(summerDay), uidOf({ ...monday, context: EU })]).size).toBe(
      4,
    );
  });

  it('is folded and ended as RFC 5545 wants it, and holds no event when nothing is due', () => {
    const text = deadlineCalendar(TENANT, [{ ...monday, context: EU }], NOW);

    expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
    expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75 && !line.includes('\n'))).toBe(true);
    expect(eventsOf([open])).toEqual([]);
  });
});
