import { createHash } from 'node:crypto';
import { issuedOf, type JournalEntry } from '../client/journal.js';
import type { Evidence, InvoiceRow } from './evidence.js';
import { Check, type Finding } from './verdict.js';

export const sha256Base64 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
export const invoicesById = ({ invoices }: Evidence): ReadonlyMap<string, InvoiceRow> =>
  new Map(invoices.map((invoice) => [invoice.id, invoice]));

/** One file of an invoice: the one that was issued, or a technical correction of it. */
export interface LineageFile {
  readonly row: InvoiceRow;
  readonly document: Buffer | null;
}

/** Every file of every invoice by its hash. */
export function filesByHash({ invoices, corrections }: Evidence): ReadonlyMap<string, LineageFile> {
  const rows = new Map(invoices.map((row) => [row.id, row]));
  const issued = invoices.map((row) => [row.sha256, { row, document: row.document }] as const);
  const corrected = corrections.flatMap(({ invoice_id: id, sha256, document }) => {
    const row = rows.get(id);
    return row === undefined ? [] : [[sha256, { row, document }] as const];
  });
  return new Map([...corrected, ...issued]);
}

/** KSeF's statuses of an invoice from here on are refusals (domain rules 7.3). */
const FIRST_REFUSAL = 400;

/** I1: what clients were told is issued is there, byte for byte as they sent it. */
export function nothingIsLost(evidence: Evidence): Finding {
  const check = new Check('I1');
  const rows = invoicesById(evidence);
  for (const entry of evidence.journal) {
    check.that(
      entry.answers.every(({ status }) => status !== 0),
      () => `${entry.number}: no answer at all`,
    );
    for (const answer of issuedOf(entry)) {
      const row = rows.get(answer.id ?? '');
      check.that(
        row !== undefined,
        () => `${entry.number}: answered ${String(answer.status)} as ${answer.id ?? '?'}, and is not there`,
      );
      if (row === undefined) continue;
      // KSeF's own no to an online invoice un-issues it; nothing else may.
      check.that(
        row.state !== 'not-issued' || (row.refusal?.code ?? 0) >= FIRST_REFUSAL,
        () => `${row.id}: answered ${String(answer.status)}, and was not issued`,
      );
      const stored = row.document === null ? '' : sha256Base64(row.document);
      check.that(
        [row.sha256, answer.sha256, entry.sha256].every((sha256) => sha256 === stored),
        () => `${row.id}: its bytes are not those that were sent`,
      );
    }
  }
  return check.finding;
}

/** I2, the clients' side: one key is one invoice, one number is one invoice, and a lawful request gets its invoice. */
export function oneInvoicePerRequest({ journal, invoices }: Evidence): Finding {
  const check = new Check('I2');
  for (const entry of journal) {
    const ids = new Set(issuedOf(entry).map(({ id }) => id));
    check.that(ids.size <= 1, () => `${entry.key}: one key, invoices ${[...ids].join(' and ')}`);
    const codes = new Set(entry.answers.map(({ status, code }) => (status < 300 ? 'issued' : code)));
    check.that(codes.size === 1, () => `${entry.key}: one key, answers ${[...codes].join(' and ')}`);
  }
  for (const [number, entries] of groupBy(journal, numberOf)) {
    const issued = entries.filter((entry) => issuedOf(entry).length > 0);
    check.that(
      issued.length === 1,
      () => `${number}: issued to ${String(issued.length)} of ${String(entries.length)} keys`,
    );
  }
  const live = invoices.filter(({ state }) => state !== 'not-issued');
  for (const [number, rows] of groupBy(live, numberOf)) {
    check.that(rows.length === 1, () => `${number}: live twice, ${rows.map(({ id }) => id).join(' and ')}`);
  }
  return check.finding;
}

const numberOf = (it: JournalEntry | InvoiceRow): string =>
  `${'sellerNip' in it ? it.sellerNip : it.seller_nip} ${it.kind} ${it.number}`;

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
