import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SignerUnavailableError } from '@latarnik/domain';
import { ScratchFolder } from '../testing/commands.js';
import { Pkcs11Token, TokenKeyTypeError, type Pkcs11Options } from './pkcs11-token.js';

/** Processes in the place of the one that talks to the token; each writes down that it started. */
const PROCESSES = {
  silent: `process.on('message', () => undefined);`,
  hung: `process.on('message', (message) => { if ('call' in message) for (;;); });`,
  crashing: `process.on('message', (message) => { if ('call' in message) process.kill(process.pid, 'SIGSEGV'); });`,
  answering: `process.on('message', (message) => {
    if (!('call' in message)) return;
    const { call, digest, mechanism, reference } = message;
    process.send({ call, signature: Buffer.concat([Buffer.from(mechanism + '|' + reference.object + '|'), digest]) });
  });`,
  keyless: `process.on('message', (message) => {
    if ('call' in message) process.send({ call: message.call, problem: { kind: 'key', found: 0 } });
  });`,
  /** Answers five calls together, those for a key of another type first. */
  choosy: `const calls = [];
  process.on('message', (message) => {
    if (!('call' in message) || calls.push(message) < 5) return;
    const isWrong = ({ reference }) => reference.object === 'of another type';
    for (const { call } of calls.filter(isWrong)) process.send({ call, problem: { kind: 'key-type' } });
    for (const { call } of calls.filter((one) => !isWrong(one))) process.send({ call, signature: Buffer.from('s') });
  });`,
  environment: `process.on('message', (message) => {
    if (!('call' in message)) return;
    process.send({ call: message.call, signature: Buffer.from(JSON.stringify(process.env)) });
  });`,
} as const;

const DATA = Buffer.from('text');

class Bench implements Disposable {
  readonly folder = new ScratchFolder();
  readonly tokens: Pkcs11Token[] = [];

  token(kind: keyof typeof PROCESSES, options: Partial<Pkcs11Options> = {}): Pkcs11Token {
    const start = `import { appendFileSync } from 'node:fs';
      appendFileSync(${JSON.stringify(`${this.folder.path}/started`)}, process.pid + '\\n');`;
    const file = this.folder.write(`${kind}.mjs`, `${start}\n${PROCESSES[kind]}`);
    const pinFile = this.folder.write('pin', '1234');
    const token = new Pkcs11Token({ modulePath: '/m.so', pinFile, callTimeoutMs: 300, ...options }, file);
    this.tokens.push(token);
    return token;
  }

  /** Process ids, in the order of their start. */
  get started(): readonly number[] {
    const file = `${this.folder.path}/started`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  [Symbol.dispose](): void {
    for (const token of this.tokens) token.close();
    this.folder[Symbol.dispose]();
  }
}

const failureOf = async (token: Pkcs11Token): Promise<unknown> =>
  token
    .keyFor({ object: 'a' }, 'rsa')
    .sign('kod-ii', DATA)
    .catch((error: unknown) => error);

async function gone(pid: number): Promise<boolean> {
  for (let look = 0; look < 200; look += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await pause(10);
  }
  return false;
}

describe('Pkcs11Token', () => {
  let bench: Bench;
  afterEach(() => {
    bench[Symbol.dispose]();
  });

  it.each([
    ['rsa', 'kod-ii', 'rsa-pss'],
    ['rsa', 'xml-signature', 'rsa-pkcs1'],
    ['ec-p256', 'kod-ii', 'ecdsa'],
    ['ec-p256', 'xml-signature', 'ecdsa'],
  ] as const)(
    'asks for the mechanism of %s and %s over the SHA-256 of the data',
    async (algorithm, scheme, mechanism) => {
      bench = new Bench();
      const token = bench.token('answering', { callTimeoutMs: 10_000 });
      const signature = await token.keyFor({ object: 'a' }, algorithm).sign(scheme, DATA);

      expect(Buffer.from(signature).toString('latin1')).toBe(
        `${mechanism}|a|${Buffer.from('982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1', 'hex').toString('latin1')}`,
      );
    },
  );

  it('has one process for many calls at a time', async () => {
    bench = new Bench();
    const token = bench.token('answering', { callTimeoutMs: 10_000 });
    const key = token.keyFor({ object: 'a' }, 'rsa');
    const signatures = await Promise.all(Array.from({ length: 50 }, () => key.sign('kod-ii', DATA)));

    expect(signatures).toHaveLength(50);
    expect(bench.started).toHaveLength(1);
  });

  it.each([
    ['silent', 'the token gave no answer within 300 ms'],
    ['hung', 'the token gave no answer within 300 ms'],
  ] as const)('gives up on a token that is %s, and kills its process', async (kind, message) => {
    bench = new Bench();
    const failure = await failureOf(bench.token(kind));

    expect(failure).toBeInstanceOf(SignerUnavailableError);
    expect(failure).toMatchObject({ trouble: 'token', message });
    for (const pid of bench.started) expect(await gone(pid)).toBe(true);
  });

  it('outlives a module that crashes', async () => {
    bench = new Bench();
    const token = bench.token('crashing', { callTimeoutMs: 10_000 });

    expect(await failureOf(token)).toMatchObject({ message: 'the process that talks to the token ended' });
    expect(await failureOf(token)).toMatchObject({ message: 'the process that talks to the token ended' });
    expect(bench.started).toHaveLength(2);
  });

  it('after three failures fails at once, without a process, and tries one call after the pause', async () => {
    bench = new Bench();
    const clock = { nowMs: 0 };
    const token = bench.token('crashing', { callTimeoutMs: 10_000, pauseMs: 1000, nowMs: () => clock.nowMs });
    for (let call = 0; call < 3; call += 1) await failureOf(token);
    const paused = await failureOf(token);
    clock.nowMs = 1000;
    // Which of the two is let through is not said: both look at the PIN file first.
    const both = await Promise.all([failureOf(token), failureOf(token)]);

    const pauseWords = 'the token failed several times and is given a pause';
    expect(paused).toMatchObject({ trouble: 'token', message: pauseWords });
    expect(both.map((failure) => (failure as Error).message).sort()).toEqual([
      'the process that talks to the token ended',
      pauseWords,
    ]);
    expect(bench.started).toHaveLength(4);
  });

  it('does not pause for everybody because one key is not there', async () => {
    bench = new Bench();
    const token = bench.token('keyless', { callTimeoutMs: 10_000 });

    for (let call = 0; call < 5; call += 1) expect(await failureOf(token)).toMatchObject({ found: 0 });
    expect(bench.started).toHaveLength(1);
  });

  it('lets a signature in flight come to its end beside a key of the wrong type', async () => {
    bench = new Bench();
    const token = bench.token('choosy', { callTimeoutMs: 10_000 });
    const sign = (object: string) => token.keyFor({ object }, 'rsa').sign('kod-ii', DATA);
    const [good, ...wrong] = await Promise.allSettled([
      sign('good'),
      ...Array.from({ length: 4 }, () => sign('of another type')),
    ]);

    expect(good).toEqual({ status: 'fulfilled', value: expect.anything() });
    for (const outcome of wrong) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TokenKeyTypeError) });
    }
    expect(bench.started).toHaveLength(1);
  });

  it('lets so many calls wait and no more', async () => {
    bench = new Bench();
    const token = bench.token('silent');
    const failures = await Promise.all(Array.from({ length: 101 }, () => failureOf(token)));

    const messages = failures.map((failure) => (failure as Error).message);
    expect(messages.filter((message) => message === 'too many signatures wait for the token')).toHaveLength(1);
  });

  it('gives the process the environment it was told, and none of its own', async () => {
    bench = new Bench();
    const token = bench.token('environment', { callTimeoutMs: 10_000, environment: { SOFTHSM2_CONF: '/conf' } });
    const bytes = await token.keyFor({ object: 'a' }, 'rsa').sign('kod-ii', DATA);
    const names = Object.keys(JSON.parse(Buffer.from(bytes).toString()) as object);

    expect(names.filter((name) => !name.startsWith('NODE_CHANNEL_'))).toEqual(['SOFTHSM2_CONF']);
  });
});
