import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessWorld, NIP_OF_A } from '../testing/access-world.js';
import { BODY_EXAMPLES } from './open-api-examples.js';

const run = promisify(execFile);
const packages = createRequire(import.meta.url);

/** As a customer's project has them. */
const OPTIONS = {
  ...{ target: 'es2024', module: 'nodenext', moduleResolution: 'nodenext', strict: true, skipLibCheck: true },
  ...{ lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], rootDir: '.', outDir: 'out' },
  typeRoots: [join(dirname(packages.resolve('@types/node/package.json')), '..')],
};

let world: AccessWorld;
let directory: string;
beforeAll(async () => {
  world = await AccessWorld.start();
  await world.importOfflineCertificate(world.a);
  directory = await mkdtemp(join(tmpdir(), 'latarnik-client-'));
  const description = join(directory, 'openapi.json');
  await writeFile(description, (await world.ask('GET', '/openapi.json')).text);
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, include: ['**/*.ts'] }));
  const asked = {
    ...{ input: description, plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'] },
    output: { path: join(directory, 'client'), module: { extension: '.js' } },
  };
  await writeFile(join(directory, 'openapi-ts.config.mjs'), `export default ${JSON.stringify(asked)};`);
  const generator = binaryOf('@hey-api/openapi-ts', 'openapi-ts');
  await run(process.execPath, [generator, '--silent'], { cwd: directory });
}, 240_000);
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

function binaryOf(name: string, binary: string): string {
  const manifest = packages.resolve(`${name}/package.json`);
  const { bin } = packages(manifest) as { readonly bin: Readonly<Record<string, string>> };
  return join(dirname(manifest), bin[binary] ?? '');
}

/** A program of a customer, in the words that the generator made of the description. */
const PROGRAM = `
import { createClient } from './client/client/index.js';
import { contextsList, invoicesGet, invoicesIssue, invoicesList } from './client/sdk.gen.js';
import type { InvoicesIssueData } from './client/types.gen.js';

const [baseUrl = '', auth = '', key = '', text = ''] = process.argv.slice(2);
const client = createClient({ baseUrl, auth: () => auth });
const body = JSON.parse(text) as InvoicesIssueData['body'];
const headers = { 'Idempotency-Key': key };
const issue = () => invoicesIssue({ client, body, headers, query: { mode: 'offline24' }, throwOnError: true });
const { data: issued } = await issue();
const { data: again } = await issue();
const { data: read } = await invoicesGet({ client, path: { id: issued.id }, throwOnError: true });
const { data: listed } = await invoicesList({ client, query: { number: issued.number, sort: 'number' }, throwOnError: true });
const { data: contexts } = await contextsList({ client, throwOnError: true });
const { error } = await invoicesGet({ client, path: { id: 'none' } });
const problem: string | undefined = error?.code;
const items: readonly { readonly id: string }[] = listed.items;
console.log(JSON.stringify({
  id: issued.id, again: again.id, status: read.status, listed: items.map(({ id }) => id),
  contexts: contexts.items.length, problem,
}));
`;

describe('a client that is generated from the description', () => {
  it('compiles, issues an invoice, gets the same one for a repeat, and finds it', async () => {
    await writeFile(join(directory, 'program.ts'), PROGRAM);
    const compiler = packages.resolve('typescript/bin/tsc');
    await run(process.execPath, [compiler, '--project', directory]).catch((error: unknown) => {
      throw new Error((error as { readonly stdout: string }).stdout);
    });
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
    const example = BODY_EXAMPLES['POST /v1/invoices'] as { readonly seller: object };
    const invoice = {
      ...{ ...example, issueDate: today, number: 'GEN/1', payment: undefined },
      seller: { ...example.seller, nip: NIP_OF_A },
    };
    await writeFile(join(directory, 'out', 'package.json'), '{"type":"module"}');
    const { stdout } = await run(process.execPath, [
      ...[join(directory, 'out', 'program.js'), world.url, world.a.key, randomUUID(), JSON.stringify(invoice)],
    ]);
    const told = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    const { json } = await world.ask('GET', '/v1/invoices?number=GEN%2F1', world.a.key);
    const [stored] = json['items'] as readonly { readonly id: string }[];
    expect(told).toEqual({
      ...{
        id: stored?.id,
        again: stored?.id,
        status: 'signed',
        listed: [stored?.id],
        contexts: 1,
        problem: 'NOT_FOUND',
      },
    });
  }, 180_000);
});
