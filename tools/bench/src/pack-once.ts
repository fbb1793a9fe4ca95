/** A process of its own for each measurement: its memory is its own, and nothing of the one before is left. */
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { peakMemory } from './memory.js';
import type { InvoiceFile } from './pack-source.js';
import { largeWork, type Packed, type Work, type WorkName, WORKS } from './pack-work.js';

/** What the process is told: a line of JSON as its only argument. */
export type Order =
  | { readonly work: WorkName; readonly folder: string; readonly invoices: string; readonly warmUps: number }
  | { readonly work: 'large'; readonly folder: string; readonly count: number; readonly invoiceBytes: number };

/** What it answers: a line of JSON. */
export interface Measured extends Packed {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
  /** Resident, over the whole life of the process. */
  readonly peakMegabytes: number;
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
const work = await workOf(order);
if (order.work !== 'large') for (let run = 0; run < order.warmUps; run++) await work();
const [start, cpu] = [performance.now(), process.cpuUsage()];
const packed = await work();
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - start) / 1000;
const measured: Measured = { ...packed, seconds, cpuSeconds: (user + system) / 1e6, peakMegabytes: peakMemory() };
process.stdout.write(`${JSON.stringify(measured)}\n`);

async function workOf(given: Order): Promise<Work> {
  if (given.work === 'large') return largeWork(given.folder, given.count, given.invoiceBytes);
  const invoices = JSON.parse(await readFile(given.invoices, 'utf8')) as InvoiceFile;
  return WORKS[given.work](given.folder, invoices);
}
