import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SELLER_CONTEXT } from '../testing/builders.js';
import type { BatchId } from '../batch/batch.js';
import type { BacklogLine, LiveBatch } from '../sending/sending-book.port.js';
import { Temporal } from '../shared/instant.js';
import { describeForecast } from './describe-forecast.js';
import { measuredSpeed } from './delivery-speed.js';
import { forecast, type ForecastInputs } from './forecast.js';
import { latestSafeOpening } from '../sending/sending-turn.js';

const at = (text: string) => Temporal.Instant.from(text);
const NOW = at('2026-11-23T13:00:00Z');
const END = at('2026-11-23T22:59:59.999Z');

/** Ready in 60 s, numbered in 300 s; at worst 120 s, and 600 s done twice. */
const SPEED = {
  typical: { preparationSeconds: 60, processingSeconds: 300 },
  worst: { preparationSeconds: 120, processingSeconds: 600 },
  deliveries: 20,
};
const line = (invoices: number, endsAt = END): BacklogLine => ({
  targetAt: endsAt,
  endsAt,
  invoices,
  bytes: invoices * 5_000,
});
const inputs = (change: Partial<ForecastInputs> = {}): ForecastInputs => ({
  now: NOW,
  sendingFrom: NOW,
  backlog: [],
  held: [],
  live: [],
  openings: [],
  limits: {
    ...{ invoices: 10_000, bytes: 5_000_000_000, entryBytes: 2_048 },
    openings: { perSecond: 10, perMinute: 20, perHour: 60 },
  },
  lanes: 2,
  speed: SPEED,
  ...change,
});
const live = (change: Partial<LiveBatch> = {}): LiveBatch => ({
  ...{ id: 'batch-1' as BatchId, context: SELLER_CONTEXT, state: 'processing', invoices: 500, plannedAt: NOW },
  ...change,
});

describe('a forecast, worked out by hand', () => {
  it('of nothing is now', () => {
    expect(forecast(inputs())).toMatchObject({ sessions: 0, underWay: 0, clearsAt: NOW, clearsAtWorst: NOW });
    expect(describeForecast(forecast(inputs()))).toBe('Nothing waits.');
  });

  it('of one session is its preparation and its processing', () => {
    const told = forecast(inputs({ backlog: [line(10_000)] }));
    expect(told).toMatchObject({
      sessions: 1,
      clearsAt: at('2026-11-23T13:06:00Z'),
      clearsAtWorst: at('2026-11-23T13:22:00Z'),
    });
    expect(told.late).toEqual({ afterStatutoryEnd: 0, afterTarget: 0 });
    expect(describeForecast(told)).toBe(
      '10000 invoice(s) will be in KSeF by 2026-11-23 14:06 (2026-11-23 14:22 at worst), the first due 2026-11-23 23:59.',
    );
  });

  it('of four sessions in two lanes is ready after two rounds', () => {
    const told = forecast(inputs({ backlog: [line(30_001)] }));
    expect(told).toMatchObject({ sessions: 4, clearsAt: at('2026-11-23T13:07:00Z') });
  });

  it('of a million waits for the windows of KSeF: the 61st opening is an hour after the first', () => {
    // 100 sessions in two lanes are ready at 13:01, 13:01, 13:02 …; the first 60 are open by 13:30. The 100th may be
    // opened an hour after the 40th (13:20): at 14:20, and has its numbers at 14:25.
    expect(forecast(inputs({ backlog: [line(1_000_000)] }))).toMatchObject({
      sessions: 100,
      clearsAt: at('2026-11-23T14:25:00Z'),
    });
  });

  it('counts what was opened in the last hour already', () => {
    const openings = Array.from({ length: 60 }, (_, n) => NOW.subtract({ minutes: 59 - n }));
    const told = forecast(inputs({ backlog: [line(1)], openings }));
    // The oldest of the 60 was opened at 12:01; its hour ends at 13:01, when this one is ready too.
    expect(told.clearsAt).toEqual(at('2026-11-23T13:06:00Z'));
    expect(forecast(inputs({ backlog: [line(10_001)], openings })).clearsAt).toEqual(at('2026-11-23T13:07:00Z'));
  });

  it('waits for what is under way', () => {
    const told = forecast(inputs({ live: [live({ openedAt: at('2026-11-23T12:58:00Z') })] }));
    expect(told).toMatchObject({ sessions: 0, underWay: 500, clearsAt: at('2026-11-23T13:03:00Z') });
    const planned = forecast(inputs({ live: [live({ state: 'planned' })], backlog: [line(20_000)] }));
    expect(planned).toMatchObject({ sessions: 3, clearsAt: at('2026-11-23T13:07:00Z') });
  });

  it('marks those that are late, expected and at worst, by day and by target', () => {
    const backlog = [
      line(10_000, at('2026-11-23T13:05:59Z')),
      line(10_000, at('2026-11-23T13:06:00Z')),
      { ...line(5, at('2026-11-23T14:00:00Z')), targetAt: at('2026-11-23T13:00:00Z') },
    ];
    const told = forecast(inputs({ backlog }));
    expect(told.late).toEqual({ afterStatutoryEnd: 10_000, afterTarget: 10_005 });
    expect(told.lateAtWorst).toEqual({ afterStatutoryEnd: 20_000, afterTarget: 20_005 });
    expect(describeForecast(told)).toContain('10000 of them will be late.');
  });

  it('begins when sending begins, and says so when nobody knows', () => {
    const later = forecast(inputs({ backlog: [line(1)], sendingFrom: at('2026-11-23T15:00:00Z') }));
    expect(later.clearsAt).toEqual(at('2026-11-23T15:06:00Z'));
    const unknown = forecast(inputs({ backlog: [line(7, at('2026-11-23T12:00:00Z'))], sendingFrom: undefined }));
    expect(unknown).not.toHaveProperty('clearsAt');
    expect(unknown.late.afterStatutoryEnd).toBe(7);
    expect(describeForecast(unknown)).toContain('nobody knows yet when');
  });

  it('splits by bytes as the planner does, with room for the archive', () => {
    // 3 MB each: 5,000,000,000 / 3,002,048 is 1,665 invoices in a session.
    const backlog = [{ endsAt: END, targetAt: END, invoices: 3_331, bytes: 3_331 * 3_000_000 }];
    expect(forecast(inputs({ backlog })).sessions).toBe(3);
  });
});

describe('a forecast', () => {
  const ms = (instant: Temporal.Instant | undefined) => instant?.epochMilliseconds ?? Number.NaN;
  const lines = fc.array(
    fc.record({ invoices: fc.integer({ min: 1, max: 60_000 }), hours: fc.integer({ min: -2, max: 48 }) }),
    { minLength: 1, maxLength: 8 },
  );
  const backlogOf = (given: readonly { invoices: number; hours: number }[]) =>
    [...given].sort((a, b) => a.hours - b.hours).map(({ invoices, hours }) => line(invoices, NOW.add({ hours })));

  it('is never earlier for more', () => {
    fc.assert(
      fc.property(lines, fc.nat(7), fc.integer({ min: 1, max: 30_000 }), fc.nat(60), (given, which, more, opened) => {
        const openings = Array.from({ length: opened }, (_, n) => NOW.subtract({ seconds: 3_000 - n }));
        const chosen = given[which % given.length]!;
        const larger = given.map((each) => (each === chosen ? { ...each, invoices: each.invoices + more } : each));
        const [before, after] = [given, larger].map((each) => forecast(inputs({ backlog: backlogOf(each), openings })));
        expect(ms(after!.clearsAt)).toBeGreaterThanOrEqual(ms(before!.clearsAt));
        expect(ms(after!.clearsAtWorst)).toBeGreaterThanOrEqual(ms(before!.clearsAtWorst));
        expect(after!.late.afterStatutoryEnd).toBeGreaterThanOrEqual(before!.late.afterStatutoryEnd);
      }),
    );
  });

  it('at worst is never better than expected', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const told = forecast(inputs({ backlog: backlogOf(given) }));
        expect(ms(told.clearsAtWorst)).toBeGreaterThanOrEqual(ms(told.clearsAt));
        expect(told.lateAtWorst.afterStatutoryEnd).toBeGreaterThanOrEqual(told.late.afterStatutoryEnd);
        expect(told.waiting.invoices).toBe(given.reduce((sum, { invoices }) => sum + invoices, 0));
      }),
    );
  });
});

describe('the speed of a context', () => {
  const past = (preparation: number, processing: number) => {
    const plannedAt = NOW;
    const openedAt = plannedAt.add({ milliseconds: Math.ceil(preparation * 1000) });
    return { invoices: 1, plannedAt, openedAt, finishedAt: openedAt.add({ milliseconds: processing * 1000 }) };
  };
  it('is assumed until three deliveries were measured', () => {
    expect(measuredSpeed([past(1, 1), past(1, 1)])).toMatchObject({
      ...{ typical: { preparationSeconds: 60, processingSeconds: 300 }, deliveries: 2 },
      worst: { preparationSeconds: 600, processingSeconds: 3_600 },
    });
  });
  it('is the middle one and the slowest of the last ones', () => {
    expect(measuredSpeed([past(9, 40), past(5, 10), past(7, 900)])).toEqual({
      ...{ typical: { preparationSeconds: 7, processingSeconds: 40 }, deliveries: 3 },
      worst: { preparationSeconds: 9, processingSeconds: 900 },
    });
  });
  it('is measured in whole seconds, rounded up: moments are reckoned back with it', () => {
    const { worst } = measuredSpeed([past(1, 1), past(2.001, 4), past(3.0004, 2_404.736)]);

    expect(worst).toEqual({ preparationSeconds: 4, processingSeconds: 2_405 });
    expect(latestSafeOpening(NOW, 1, worst)).toEqual(NOW.subtract({ seconds: 2 * (1_200 + 2_405) }));
  });
});
