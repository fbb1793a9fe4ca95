import { readFile } from 'node:fs/promises';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { entryOf } from './start-system.js';

/** `npm run worker`: one more worker for the system that `npm start` keeps up. */
const environmentFile = join(process.cwd(), '.latarnik', 'environment.json');
const env = JSON.parse(await readFile(environmentFile, 'utf8')) as Readonly<Record<string, string>>;
const worker = fork(entryOf('@latarnik/worker'), [], {
  env: { ...env, PATH: process.env['PATH'] ?? '', LATARNIK_WORKER_PORT: '0' },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => worker.kill(signal));
worker.on('exit', (code) => process.exit(code ?? 1));
