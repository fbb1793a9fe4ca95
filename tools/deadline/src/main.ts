import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCalculator } from './calculator.js';

/** `npm run deadline -- FILE.json`. npm starts us in the root of the project; paths are meant from where it was called. */
const from = process.env['INIT_CWD'] ?? process.cwd();
process.exitCode = runCalculator(process.argv.slice(2), {
  read: (file) => readFileSync(resolve(from, file), 'utf8'),
  out: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`${text}\n`),
});
