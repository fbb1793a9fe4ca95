import { err, type Finding, type Instant, ok, type Result } from '@latarnik/domain';

import { FindingList } from '../finding-list.js';
import { invoiceModel, type ParsedInvoice } from './model/invoice.js';
import { modelFindings } from './model-findings.js';
import { ruleFindings } from './model-rules.js';
import { type Hundredths, isTooLarge } from './money.js';
import { netOf } from './net.js';
import { orderTotal, type Totals, totalsOf, vatOfOrderLine } from './totals.js';
import { serialize } from './xml/element.js';
import { invoiceElement } from './xml/invoice.js';

/**
 * Writes the FA(3) file of a model. Shape first, then the rules between fields, then the sums: each stage reports all
 * it finds, and the next runs only on what the one before let through.
 * @param createdAt becomes DataWytworzeniaFa, to the second
 */
export function buildDocument(model: unknown, createdAt: Instant): Result<Uint8Array, readonly Finding[]> {
  const parsed = invoiceModel.safeParse(model, { reportInput: true });
  if (!parsed.success) return refuse(parsed.error.issues.flatMap(modelFindings));
  const broken = ruleFindings(parsed.data);
  if (broken.length > 0) return refuse(broken);
  const totals = totalsOf(parsed.data);
  const tooLarge = amountFindings(parsed.data, totals);
  if (tooLarge.length > 0) return refuse(tooLarge);
  return ok(serialize(invoiceElement(parsed.data, totals, createdAt)));
}

function refuse(found: readonly Finding[]): Result<never, readonly Finding[]> {
  const findings = new FindingList();
  for (const finding of found) findings.add(finding);
  return err(findings.toArray());
}

/** FA(3) amounts have 16 digits before the point; inputs are held to that, results of arithmetic are here. */
function amountFindings(invoice: ParsedInvoice, totals: Totals): Finding[] {
  const computed: (readonly [element: string, amount: Hundredths])[] = [
    ...(invoice.lines ?? []).map((line, at) => [`lines[${at}]`, netOf(line) ?? 0n] as const),
    ...(invoice.order?.lines ?? []).map((line, at) => [`order.lines[${at}]`, netOf(line) ?? 0n] as const),
    ...(invoice.order?.lines ?? []).map((line, at) => [`order.lines[${at}]`, vatOfOrderLine(line)] as const),
    ['order', orderTotal(invoice.order?.lines ?? [])],
    ['grossTotal', totals.gross],
    ...[...totals.groups.values()].flatMap(({ net, vat = 0n, vatPln = 0n }) =>
      [net, vat, vatPln].map((amount) => ['vatSummary', amount] as const),
    ),
  ];
  return computed
    .filter(([, amount]) => isTooLarge(amount))
    .map(([element]) => ({
      code: 'AMOUNT_TOO_LARGE',
      message: 'The computed amount has more than 16 digits before the decimal point.',
      element,
    }));
}
