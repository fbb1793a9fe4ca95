import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { printFigure } from './figure.js';
import type { Measured, Order } from './pack-once.js';
import { writeInvoices } from './pack-source.js';
import type { WorkName } from './pack-work.js';

const run = promisify(execFile);

const INVOICES = 10_000;
const TURNS = 5;
/** The peer takes many times as long; its figures are steady. */
const PEER_TURNS = 3;
const WARM_UPS = 2;
const MEMORY_LIMIT_MB = 200;
/** Room that an invoice takes in an archive beside its bytes, as the planner counts it. */
const ENTRY_BYTES = 2_048;

/**
 * A batch packed, read back and compared, hashed, split and encrypted, on disk. The limits were measured in turns with it:
 * the bare calls on the same bytes, and the package `ksef-client-ts`, which reads nothing back.
 *
 * With `--database` instead: the invoices read from PostgreSQL as the product does it, which must not take longer.
 * With `--bytes N` instead: a package of so many bytes that cannot be compressed, and the memory it takes.
 */
export async function packBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { bytes: { type: 'string' }, database: { type: 'boolean' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'latarnik-bench-'));
  try {
    if (values.database === true) await (await import('./pack-database.js')).packFromDatabase(folder, INVOICES);
    else if (values.bytes === undefined) await packManySmall(folder);
    else await packLarge(folder, wholeNumber(values.bytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function packManySmall(folder: string): Promise<void> {
  const file = await writeInvoices(join(folder, 'invoices.bin'), INVOICES);
  const invoices = join(folder, 'invoices.json');
  await writeFile(invoices, JSON.stringify(file));
  const order = (work: WorkName, warmUps = WARM_UPS): Order => ({ work, folder, invoices, warmUps });
  const runs: Record<'product' | 'bare' | 'peer', Measured[]> = { product: [], bare: [], peer: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    runs.bare.push(await inOwnProcess(order('bare')));
    runs.product.push(await inOwnProcess(order('product')));
    if (turn < PEER_TURNS) runs.peer.push(await inOwnProcess(order('peer', 0)));
  }
  const [product, bare, peer] = [medianOf(runs.product), medianOf(runs.bare), medianOf(runs.peer)];
  printFigure({ name: 'pack.time', value: product.seconds, unit: 's for 10000', limit: bare.seconds });
  printFigure({ name: 'pack.cpu', value: product.cpuSeconds, unit: 's for 10000', limit: bare.cpuSeconds });
  const rate = ({ seconds }: Measured): number => INVOICES / seconds;
  printFigure({ name: 'pack.against-peer', value: rate(product), unit: 'invoices/s', limit: rate(peer) });
  printFigure({ name: 'pack.wire', value: product.wireBytes, unit: 'bytes', limit: peer.wireBytes });
  const peakMegabytes = Math.max(...runs.product.map((measured) => measured.peakMegabytes));
  printFigure({ name: 'pack.peak-memory', value: peakMegabytes, unit: 'MB', limit: MEMORY_LIMIT_MB });
  printFigure({ name: 'pack.peer.peak-memory', value: peer.peakMegabytes, unit: 'MB' });
  const zip = await inOwnProcess(order('product-zip', 0));
  printFigure({ name: 'pack.zip.time', value: zip.seconds, unit: 's for 10000' });
  printFigure({ name: 'pack.zip.wire', value: zip.wireBytes, unit: 'bytes', limit: peer.wireBytes });
  printFigure({ name: 'pack.zip.peak-memory', value: zip.peakMegabytes, unit: 'MB', limit: MEMORY_LIMIT_MB });
}

/** As many invoices as a batch may have, as large as a package of so many bytes allows. */
async function packLarge(folder: string, bytes: number): Promise<void> {
  const count = Math.min(INVOICES, Math.ceil(bytes / 500_000));
  const invoiceBytes = Math.floor(bytes / count) - ENTRY_BYTES;
  const large = await inOwnProcess({ work: 'large', folder, count, invoiceBytes });
  printFigure({ name: 'pack-large.wire', value: large.wireBytes, unit: 'bytes', limit: bytes });
  printFigure({ name: 'pack-large.parts', value: large.parts, unit: 'parts' });
  printFigure({ name: 'pack-large.time', value: large.seconds, unit: 's' });
  printFigure({ name: 'pack-large.peak-memory', value: large.peakMegabytes, unit: 'MB', limit: MEMORY_LIMIT_MB });
}

async function inOwnProcess(order: Order): Promise<Measured> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'pack-once.js'), JSON.stringify(order)]);
  return JSON.parse(stdout) as Measured;
}

/** The run that took the median time. */
function medianOf(runs: readonly Measured[]): Measured {
  const inOrder = [...runs].sort((a, b) => a.seconds - b.seconds);
  const median = inOrder[Math.floor(inOrder.length / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return median;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1_000_000) throw new Error('--bytes: a whole number, at least 1000000');
  return value;
}
