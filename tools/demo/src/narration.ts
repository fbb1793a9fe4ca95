import type { InvoiceView } from './api-client.js';
import type { Entry } from './books.js';

const write = (text: string): void => {
  process.stdout.write(text);
};

export function say(line = ''): void {
  write(`${line}\n`);
}

export function chapter(title: string): void {
  say(`\n── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}`);
}

/** A bar that is drawn over itself on a terminal, and printed once for each change elsewhere. */
export class Progress {
  #last = '';

  constructor(private readonly total: number) {}

  show(done: number, note: string): void {
    const filled = Math.round((30 * done) / Math.max(1, this.total));
    const line = `  [${'█'.repeat(filled)}${'·'.repeat(30 - filled)}] ${String(done)}/${String(this.total)}  ${note}`;
    if (line === this.#last) return;
    this.#last = line;
    if (process.stdout.isTTY) write(`\r\u001b[K${line}`);
    else say(line);
  }

  end(): void {
    if (process.stdout.isTTY) say();
  }
}

export function sayIssued(invoice: InvoiceView, file: string): void {
  const { number, mode, deadline, codes } = invoice;
  say(`\n  ${number}   from ${file}`);
  say(`    mode      ${mode}`);
  say(`    due       ${dueText(deadline)}`);
  say(`    KOD I     ${codes.invoice.url}`);
  say(`    KOD II    ${codes.certificate?.url ?? '(none)'}`);
}

/** The due day with its article; of a failure that goes on, what it will be counted from. */
export function dueText(deadline: InvoiceView['deadline']): string {
  if (deadline === null) return '(none)';
  const day = deadline.day ?? 'open until the Ministry announces the end of the failure';
  return `${day}, ${deadline.basis}`;
}

export function saySummary(invoices: readonly InvoiceView[]): void {
  const rows = invoices.map(({ number, mode, deadline, status, ksefNumber }) => [
    number,
    mode,
    deadline?.day ?? deadline?.kind ?? '',
    deadline?.basis ?? '',
    status,
    ksefNumber ?? '',
  ]);
  sayTable(['number', 'mode', 'due', 'basis', 'status', 'KSeF number'], rows);
}

export function sayBooks(entries: readonly Entry[]): void {
  for (const { what, agrees, figures } of entries) say(`  ${agrees ? '✓' : '✗'} ${what.padEnd(52)} ${figures}`);
}

function sayTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`;
  say(line(head));
  say(line(widths.map((width) => '─'.repeat(width))));
  for (const row of rows) say(line(row));
}
