import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Account } from '../account.js';

const SOURCE = pathToFileURL(join(import.meta.dirname, '..', '/')).href;

/** Node strips the types by itself, but our imports name the compiled files. */
const RESOLVE_TO_SOURCES = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve: (specifier, context, next) =>
    next(context.parentURL?.startsWith(${JSON.stringify(SOURCE)}) ? specifier.replace(/^(\\..*)\\.js$/, '$1.ts') : specifier, context),
});`;

const START_AND_STAY = `
const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('index.ts', SOURCE).href)});
const dataDirectory = process.argv[1];
const server = await startEmbeddedPostgres({ durable: false, ...(dataDirectory ? { dataDirectory } : {}) });
console.log(JSON.stringify({ pid: server.pid, url: server.url }));
setInterval(() => undefined, 1000);`;

export interface StartedInChild {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
}

/** Another Node process that starts PostgreSQL and then stays, until somebody kills it. */
export async function startInChild(account: Account, dataDirectory = ''): Promise<StartedInChild> {
  const hook = `data:text/javascript,${encodeURIComponent(RESOLVE_TO_SOURCES)}`;
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', hook, '--input-type=module', '--eval', START_AND_STAY, dataDirectory],
    { cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'inherit'], ...account.switchTo },
  );
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the child ended before PostgreSQL was ready');
    }),
  ])) as [string];
  return { child, ...(JSON.parse(line) as { pid: number; url: string }) };
}
