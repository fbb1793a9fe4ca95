import { issueBench } from './issue.bench.js';

/** `npm run bench -- NAME`: prints one JSON line per figure; the README says what each one means. */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = { issue: issueBench };

const name = process.argv[2] ?? '';
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await bench();
}
