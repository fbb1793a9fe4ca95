import { join } from 'node:path';
import { drillCommand } from './drill-command.js';

/** `npm run drill`: see DRILL_USAGE. */
process.exitCode = await drillCommand({
  arguments: process.argv.slice(2),
  environment: process.env,
  directory: join(import.meta.dirname, '..', '..', '..', '.latarnik'),
  say: (text) => {
    process.stdout.write(`${text}\n`);
  },
  complain: (text) => {
    process.stderr.write(`${text}\n`);
  },
});
