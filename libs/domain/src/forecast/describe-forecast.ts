import { warsawText } from '../calendar/warsaw-time.js';
import type { Forecast } from './forecast.js';

/** The forecast in a sentence, for an accountant: "this backlog clears at 14:20, due 23:59". */
export function describeForecast({
  waiting,
  underWay,
  clearsAt,
  clearsAtWorst,
  firstEndAt,
  late,
  lateAtWorst,
}: Forecast): string {
  if (waiting.invoices + underWay === 0) return 'Nothing waits.';
  const what = `${String(waiting.invoices + underWay)} invoice(s)`;
  const due = firstEndAt === undefined ? '' : `, the first due ${warsawText(firstEndAt)}`;
  if (clearsAt === undefined) return `${what} wait${due}; nobody knows yet when they can be sent.`;
  const worst = clearsAtWorst === undefined ? '' : ` (${warsawText(clearsAtWorst)} at worst)`;
  const base = `${what} will be in KSeF by ${warsawText(clearsAt)}${worst}${due}.`;
  if (late.afterStatutoryEnd > 0) return `${base} ${String(late.afterStatutoryEnd)} of them will be late.`;
  if (lateAtWorst.afterStatutoryEnd > 0)
    return `${base} At worst ${String(lateAtWorst.afterStatutoryEnd)} will be late.`;
  return base;
}
