import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { exampleInvoices, type ExampleInvoice } from '@latarnik/demo';
import { startSystem, type System } from '@latarnik/launcher';
import { printFigure } from './figure.js';
import { millisecondsEach } from './measure.js';

const INVOICES = 20_000;
/** How much of the request has been answered when the API's memory is looked at first. */
const EARLY = 0.1;
const LOOK_EVERY_MS = 250;

interface Course {
  readonly answered: number;
  readonly seconds: number;
  /** Resident memory (MB) of the API each time it was looked at, with the lines answered by then. */
  readonly memory: readonly { readonly answered: number; readonly megabytes: number }[];
}

/**
 * One bulk request of 20,000 invoices (or `-- bulk N`) to a whole system, everything on, by a sender who writes as fast as
 * is taken and reads as fast as is answered: invoices per second, memory of the API at a tenth of the way and at its most
 * (it is to stay flat), how long single issues take meanwhile, and the same request once more, which issues nothing.
 */
export async function bulkBench(arguments_: readonly string[]): Promise<void> {
  const invoices = Number(arguments_[0] ?? INVOICES);
  const directory = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  const system = await startSystem({ directory, env: { LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
  try {
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
    const [example] = (await exampleInvoices(1, today)).filter(({ contentType }) => contentType === 'application/xml');
    if (example === undefined) throw new Error('no example to issue');
    const alone = await millisecondsEach(() => single(system, example));
    const key = randomUUID();
    const during: number[] = [];
    const bulk = { isDone: false };
    const beside = (async () => {
      while (!bulk.isDone) during.push(await timed(() => single(system, example)));
    })();
    const first = await send(system, example, invoices, key);
    bulk.isDone = true;
    await beside;
    report('bulk', first, invoices);
    printFigure({ name: 'bulk.single-beside.p50', value: median(during), unit: 'ms' });
    printFigure({ name: 'bulk.single-alone.mean', value: alone, unit: 'ms' });
    report('bulk.again', await send(system, example, invoices, key), invoices);
  } finally {
    await system.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function report(name: string, { answered, seconds, memory }: Course, invoices: number): void {
  if (answered !== invoices) throw new Error(`${String(answered)} of ${String(invoices)} lines were answered with 201`);
  const early = memory.find((look) => look.answered >= EARLY * invoices) ?? memory[0];
  const most = Math.max(...memory.map(({ megabytes }) => megabytes));
  printFigure({ name, value: answered / seconds, unit: 'invoices/s' });
  printFigure({ name: `${name}.memory`, value: most, unit: 'MB', limit: early?.megabytes ?? most });
}

const timed = async (work: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function renumbered({ body, number }: ExampleInvoice, to: string): Buffer {
  return Buffer.from(new TextDecoder().decode(body).replace(`<P_2>${number}</P_2>`, `<P_2>${to}</P_2>`));
}

async function single({ apiUrl, apiKey }: System, example: ExampleInvoice): Promise<void> {
  const response = await fetch(`${apiUrl}/v1/invoices?mode=offline24`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${apiKey}`, 'content-type': 'application/xml' },
      'idempotency-key': randomUUID(),
    },
    body: renumbered(example, `S/${randomUUID().slice(0, 13)}`),
  });
  await response.text();
  if (response.status !== 201) throw new Error(`issue answered ${String(response.status)}`);
}

function* linesOf(example: ExampleInvoice, invoices: number): Generator<string> {
  for (let at = 1; at <= invoices; at += 1) {
    yield `${JSON.stringify({ xml: renumbered(example, `BULK/${String(at)}`).toString('base64') })}\n`;
  }
}

async function send(system: System, example: ExampleInvoice, invoices: number, key: string): Promise<Course> {
  const memory: { answered: number; megabytes: number }[] = [];
  let answered = 0;
  const looking = setInterval(() => {
    void residentMegabytes(system).then((megabytes) => memory.push({ answered, megabytes }));
  }, LOOK_EVERY_MS);
  const from = performance.now();
  try {
    for await (const line of answersTo(system, Readable.from(linesOf(example, invoices)), key)) {
      if (line.includes('"status":201')) answered += 1;
      else if (!line.includes('"summary"')) throw new Error(line.slice(0, 500));
    }
    return { answered, seconds: (performance.now() - from) / 1000, memory };
  } finally {
    clearInterval(looking);
  }
}

/** Writes and reads at once. */
async function* answersTo({ apiUrl, apiKey }: System, body: Readable, key: string): AsyncGenerator<string> {
  const headers = {
    ...{ authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson', 'idempotency-key': key },
  };
  const response = await new Promise<Readable>((resolve, reject) => {
    const sending = request(`${apiUrl}/v1/invoices/bulk?mode=offline24`, { method: 'POST', headers }, resolve);
    sending.once('error', reject);
    body.pipe(sending);
  });
  let rest = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Of the API process, as Linux tells it. */
async function residentMegabytes({ api }: System): Promise<number> {
  const status = await readFile(`/proc/${String(api.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
