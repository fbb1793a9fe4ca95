import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SupervisedProcess } from './supervised-process.js';

let directory: string;
let started: SupervisedProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supervised-'));
});
afterEach(async () => {
  await started?.stop();
  started = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function processOf(
  script: string,
  more: { restart?: boolean; onRestart?: () => void } = {},
): Promise<SupervisedProcess> {
  const file = join(directory, 'child.mjs');
  await writeFile(file, script);
  const { restart = false, ...rest } = more;
  started = new SupervisedProcess({
    name: 'child',
    file,
    env: { PORT: '0' },
    logFile: join(directory, 'log'),
    restart,
    portVariable: 'PORT',
    ...rest,
  });
  return started;
}

const READY =
  "console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:' + (process.env.PORT === '0' ? 4711 : process.env.PORT) }));";
const STAY = 'setInterval(() => {}, 1000);';

it('waits for the line that says it is ready', async () => {
  const child = await processOf(`console.log('warming up'); ${READY} ${STAY}`);

  expect(await child.start()).toMatchObject({ url: 'http://127.0.0.1:4711' });
});

it('says where to look when it ends before it is ready', async () => {
  const child = await processOf("console.error('no database'); process.exit(3);");

  await expect(child.start()).rejects.toThrow('child ended before it was ready');
  expect(await readFile(join(directory, 'log'), 'utf8')).toContain('no database');
});

it('starts it again on the same port when it is killed', async () => {
  const restarted = Promise.withResolvers<undefined>();
  const child = await processOf(`${READY} ${STAY}`, {
    restart: true,
    onRestart: () => {
      restarted.resolve(undefined);
    },
  });
  await child.start();
  const before = child.pid;
  await child.kill();
  await restarted.promise;

  expect(child.pid).not.toBe(before);
});

it('ends it for good when it is stopped, even one that does not listen', async () => {
  const child = await processOf(`process.on('SIGTERM', () => process.exit(0)); ${READY} ${STAY}`, { restart: true });
  await child.start();
  const { pid } = child;
  await child.stop();

  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
});
