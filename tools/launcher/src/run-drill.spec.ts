import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DRILL_EXIT, DRILL_USAGE, drillCommand } from './drill-command.js';
import { runDrill, type DrillAnswer } from './run-drill.js';

type Turn = { readonly status: number; readonly body: unknown } | 'cut';

const report = (verdict: 'passed' | 'attention' | 'failed'): NonNullable<DrillAnswer['report']> => ({
  ...{ verdict, findings: verdict === 'passed' ? [] : ['Something.'], outage: 'ksef-simulator' },
  ...{ measured: 'A simulated KSeF was taken down.', issued: 3, accountedFor: 3 },
  seconds: { toDetect: 1, toIssue: 2, toDrain: 3, toProve: 4 },
  checks: [{ name: 'upo', passed: 3, failed: 0 }],
});
const drill = (state: string, more: Partial<DrillAnswer> = {}): DrillAnswer => ({
  ...{ id: 'd-1', state, finished: false, failure: null, report: null },
  ...more,
});
const over = (verdict: 'passed' | 'attention' | 'failed') =>
  drill('checked', { finished: true, report: report(verdict) });

let turns: Turn[];
let keys: (string | undefined)[];
let server: Server;
let apiUrl: string;
let directory: string;
beforeEach(async () => {
  keys = [];
  server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('report.html') === true) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>report</h1>');
      return;
    }
    if (request.method === 'POST') keys.push(request.headers['idempotency-key'] as string | undefined);
    const turn = turns.length > 1 ? turns.shift() : turns[0];
    if (turn === undefined || turn === 'cut') request.socket.destroy();
    else response.writeHead(turn.status, { 'content-type': 'application/json' }).end(JSON.stringify(turn.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  directory = await mkdtemp(join(tmpdir(), 'latarnik-drill-'));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});
const ok = (body: DrillAnswer): Turn => ({ status: 200, body });
const run = () => runDrill({ apiUrl, apiKey: 'k', invoicesPerContext: 3, person: 'p', pollMs: 1, silenceMs: 1000 });

describe('waiting for a drill', () => {
  it('outlasts polls that fail, and asks for one drill, whatever became of the answer', async () => {
    turns = [
      ...['cut' as const, ok(drill('prepared'))],
      ...[{ status: 503, body: {} }, 'cut' as const, ok(drill('draining')), 'cut' as const],
      ok(over('passed')),
    ];
    expect(await run()).toMatchObject({ drill: { state: 'checked' }, page: '<h1>report</h1>' });
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes a refusal for an answer', async () => {
    turns = [{ status: 409, body: { code: 'OUTAGE_IN_FORCE' } }];
    await expect(run()).rejects.toThrow('409');
    turns = [ok(drill('prepared')), { status: 401, body: {} }];
    await expect(run()).rejects.toThrow('401');
  });

  it('ends where the API stays away', async () => {
    turns = [ok(drill('prepared')), 'cut'];
    const impatient = { apiUrl, apiKey: 'k', invoicesPerContext: 3, person: 'p', pollMs: 1, silenceMs: 20 };
    await expect(runDrill(impatient)).rejects.toThrow('fetch failed');
  });
});

describe('npm run drill', () => {
  const command = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const said: string[] = [];
    const complaints: string[] = [];
    const code = await drillCommand({
      ...{ arguments: args, environment, directory },
      say: (text) => said.push(text),
      complain: (text) => complaints.push(text),
      start: () => Promise.reject(new Error('no system in this test')),
    });
    return { code, said: said.join('\n'), complaints: complaints.join('\n') };
  };
  const there = () => ['--api', apiUrl, '--key', 'k'];

  it.each([
    ['passed', 0],
    ['failed', 1],
    ['attention', 3],
  ] as const)('ends a drill that %s with %i', async (verdict, code) => {
    turns = [ok(over(verdict))];
    expect(await command(there())).toMatchObject({ code, said: expect.stringContaining(`Verdict: ${verdict}`) });
    expect(JSON.parse(await readFile(join(directory, 'drill', 'report.json'), 'utf8'))).toMatchObject({ id: 'd-1' });
    expect(await readFile(join(directory, 'drill', 'report.html'), 'utf8')).toBe('<h1>report</h1>');
  });

  it('ends one that could not be carried out with 4, and one with nothing to rehearse with 3', async () => {
    turns = [ok(drill('failed', { finished: true, failure: 'why' }))];
    expect(await command(there())).toMatchObject({ code: 4, said: expect.stringContaining('why') });
    turns = [ok(drill('skipped', { finished: true, failure: 'no context' }))];
    expect(await command(there())).toMatchObject({ code: 3, said: expect.stringContaining('no context') });
    turns = [{ status: 409, body: { code: 'OUTAGE_IN_FORCE' } }];
    expect(await command(there())).toMatchObject({ code: 4, complaints: expect.stringContaining('OUTAGE_IN_FORCE') });
  });

  it.each([
    [['--apy', 'x'], "Unknown option '--apy'"],
    [['--invoices'], '--invoices'],
    [['--invoices', '0'], 'from 1 to 100'],
    [['--invoices', '3x'], 'from 1 to 100'],
    [['--api', 'nowhere', '--key', 'k'], '--api: an http address'],
    [['--api', 'http://127.0.0.1:1'], 'give the API key'],
    [['--key', 'k'], '--key belongs to --api'],
    [['--person', ' '], '--person'],
    [['now'], 'now'],
  ])('does not understand %j, says why, and how it is used', async (args, complaint) => {
    const { code, complaints } = await command(args);
    expect(code).toBe(DRILL_EXIT.usage);
    expect(complaints).toContain(complaint);
    expect(complaints).toContain(DRILL_USAGE);
  });

  it('helps, and says what it ends with', async () => {
    const { code, said } = await command(['--help']);
    expect(code).toBe(0);
    for (const [word, number] of [
      ['passed', 0],
      ['failed', 1],
      ['attention', 3],
      ['not be carried out', 4],
    ] as const) {
      expect(said).toMatch(new RegExp(`\\n  ${String(number)}  .*${word}`));
    }
  });

  it('takes the key from the environment, and says when nothing answers', async () => {
    turns = [ok(over('passed'))];
    expect(await command(['--api', apiUrl], { LATARNIK_API_KEY: 'k' })).toMatchObject({ code: 0 });
    expect(await command(['--api', 'http://127.0.0.1:1'], { LATARNIK_API_KEY: 'k' })).toMatchObject({
      code: 4,
      complaints: expect.stringContaining('is Latarnik running at that address?'),
    });
  });

  it('removes no folder that it did not make', async () => {
    const treasure = join(directory, 'drill');
    turns = [ok(over('passed'))];
    await command(there());
    await writeFile(join(treasure, 'mine.txt'), 'keep me');
    expect(await command([])).toMatchObject({ code: 4, complaints: expect.stringContaining('no system in this test') });
    await expect(access(join(treasure, 'mine.txt'))).resolves.toBeUndefined();
    await expect(access(join(treasure, 'report.html'))).resolves.toBeUndefined();
  });
});
