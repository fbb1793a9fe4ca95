/**
 * `npm run bench -- NAME`: prints one JSON line per figure; the README says what each one means. Only the one that is asked
 * for is loaded, so that its memory is its own.
 */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  batch: async () => (await import('./batch.bench.js')).batchBench(process.argv.slice(3)),
  bulk: async () => (await import('./bulk.bench.js')).bulkBench(process.argv.slice(3)),
  drain: async () => (await import('./drain.bench.js')).drainBench(),
  issue: async () => (await import('./issue.bench.js')).issueBench(),
  pack: async () => (await import('./pack.bench.js')).packBench(process.argv.slice(3)),
  plan: async () => (await import('./plan.bench.js')).planBench(),
  qr: async () => (await import('./qr.bench.js')).qrBench(),
  recalculate: async () => (await import('./recalculate.bench.js')).recalculateBench(),
  sign: async () => (await import('./sign.bench.js')).signBench(),
};

const name = process.argv[2] ?? '';
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await bench();
}

export {};
