import { setTimeout as pause } from 'node:timers/promises';
import type { System } from '@latarnik/launcher';
import { ApiClient, type InvoiceView } from './api-client.js';
import { balanceBooks } from './books.js';
import { exampleInvoices } from './example-invoices.js';
import { chapter, Progress, say, sayBooks, sayIssued, saySummary } from './narration.js';

const LEAST_INVOICES = 24;
const POLL_MS = 250;
/** Far more than the work takes; a demo that hangs has failed. */
const PATIENCE_MS = 120_000;

/** The main job, narrated. @returns whether every invoice ended accepted and the books agree */
export async function runDemo(system: System): Promise<boolean> {
  const api = new ApiClient(system);
  chapter('1. KSeF goes down');
  await waitForMode(api, 'online');
  say(`  Before: ${(await api.availability()).reason}`);
  const failure = await system.control.beginFailure('Awaria KSeF 2.0 (pokaz)');
  await waitForMode(api, 'emergency');
  say(`  Now:    ${(await api.availability()).reason}`);

  chapter('2. Invoices are issued all the same');
  const issued = await issueAll(system, api);

  chapter('3. The failure ends; one batch takes everything to KSeF');
  await system.control.endOutage(failure);
  await follow(api, issued.length);

  chapter('4. Summary');
  saySummary([...(await api.allInvoices())].reverse());
  const [first] = await api.allInvoices();
  say('\n  Why that day?');
  for (const step of first?.deadline?.explanation ?? []) say(`    - ${step}`);

  chapter('5. The books');
  const books = await balanceBooks(system, api, issued);
  sayBooks(books);
  return books.every(({ agrees }) => agrees);
}

async function issueAll(system: System, api: ApiClient): Promise<readonly InvoiceView[]> {
  const issued: InvoiceView[] = [];
  for (const example of await exampleInvoices(LEAST_INVOICES, warsawToday())) {
    const invoice = await api.issue(example);
    // A self-billed invoice names another seller, who has to let the buyer issue in KSeF.
    if (invoice.sellerNip !== system.contextNip)
      await system.control.allowIssuing(system.contextNip, invoice.sellerNip);
    sayIssued(invoice, example.file);
    issued.push(invoice);
  }
  return issued;
}

async function follow(api: ApiClient, total: number): Promise<void> {
  const progress = new Progress(total);
  const isSettled = ({ status }: InvoiceView): boolean => status === 'sent' || status === 'error';
  await until(async () => {
    const invoices = await api.allInvoices();
    const states = (await api.batches()).map(({ state }) => state);
    progress.show(
      invoices.filter(isSettled).length,
      `in KSeF with number and UPO; batch ${states.join(', ') || 'not planned yet'}`,
    );
    return invoices.every(isSettled);
  });
  progress.end();
}

async function waitForMode(api: ApiClient, mode: string): Promise<void> {
  await until(async () => (await api.availability()).mode === mode);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('the demo waited in vain; see the logs in .latarnik/demo/logs');
    await pause(POLL_MS);
  }
}

/** Today's date in Poland, as P_1 wants it. */
function warsawToday(): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
}
