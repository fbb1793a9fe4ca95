import { contextLabel, type DueDay } from '@latarnik/domain';
import { z } from 'zod';

export const DueDayView = z.object({
  day: z.iso.date().nullable().describe('last day, Europe/Warsaw; null while an outage has no end, or nothing is sent'),
  kind: z.enum(['due', 'open', 'none']).describe('open: an announced outage has not ended; none: nothing is sent'),
  context: z.string(),
  endsAt: z.iso.datetime().nullable().describe('statutory end'),
  targetAt: z.iso.datetime().nullable().describe('the earliest target of the house among them'),
  invoices: z.int().describe('waiting: issued offline and not in KSeF yet'),
  byRegime: z.record(z.string(), z.int()),
  atRisk: z.record(z.string(), z.int()).describe('of how many the end is nearer than that; overdue ones not counted'),
  overdue: z.int(),
  needPerson: z.int().describe('cannot be sent until a person acts: refused, blocked, in conflict or under review'),
  links: z.object({
    invoices: z.string().describe('invoices of the context with an end up to this one, also delivered ones'),
  }),
});
export type DueDayView = z.infer<typeof DueDayView>;

/** The earliest end first, then what has no end yet, then what is never sent. */
export function dueDayViews(days: readonly DueDay[]): DueDayView[] {
  return [...days].sort(earliestFirst).map(dueDayView);
}

/** The same order for other views of the days. */
export function earliestFirst(a: DueDay, b: DueDay): number {
  return (
    ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) ||
    (a.endsAt?.epochMilliseconds ?? 0) - (b.endsAt?.epochMilliseconds ?? 0) ||
    contextLabel(a.context).localeCompare(contextLabel(b.context), 'en')
  );
}

const ORDER: readonly DueDay['kind'][] = ['due', 'open', 'none'];

function dueDayView(due: DueDay): DueDayView {
  const { day, kind, context, endsAt, targetAt, invoices, byRegime, atRisk, overdue, needPerson } = due;
  return {
    day: day?.toString() ?? null,
    kind,
    context: contextLabel(context),
    endsAt: endsAt?.toString() ?? null,
    targetAt: targetAt?.toString() ?? null,
    invoices,
    byRegime: { ...byRegime },
    atRisk: { ...atRisk },
    overdue,
    needPerson,
    links: { invoices: invoicesLink(due) },
  };
}

function invoicesLink({ context, endsAt }: DueDay): string {
  const query = new URLSearchParams({ context: contextLabel(context) });
  // The filter is exclusive, the end inclusive.
  if (endsAt !== undefined) query.set('dueBefore', endsAt.add({ milliseconds: 1 }).toString());
  return `/v1/invoices?${query.toString()}`;
}
