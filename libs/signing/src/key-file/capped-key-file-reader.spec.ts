import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KEY_KINDS, makeCertificate, NON_REPUDIATION, type MadeCertificate } from '../testing/certificates.js';
import { ScratchFolder } from '../testing/commands.js';
import { pemFile, pkcs12File } from '../testing/key-files.js';
import { everyText } from '../testing/leaks.js';
import { pkcs12Of } from '../testing/pkcs12.js';
import { CappedKeyFileReader, KEY_FILE_READER_LIMITS } from './capped-key-file-reader.js';

// These tests start the compiled process: `npm run build` comes first, as in `npm test`.
const limits = KEY_FILE_READER_LIMITS;

const pkcs8Of = ({ keyPem }: MadeCertificate): Buffer =>
  createPrivateKey(keyPem).export({ format: 'der', type: 'pkcs8' });
const p12Of = (made: MadeCertificate, rounds = 1000): Uint8Array =>
  pkcs12Of({ certificates: [made.der], keys: [pkcs8Of(made)], password: 'hasło', rounds: 1, macRounds: rounds });

/** A process of the test's own making in the place of the real one. */
function readerOf(folder: ScratchFolder, code: string, changed: Partial<typeof limits> = {}): CappedKeyFileReader {
  const file = folder.write('process.mjs', code);
  return new CappedKeyFileReader({ ...limits, ...changed }, file);
}

/** Says which process it is, and is then for an hour in one call of OpenSSL. */
const NATIVE = `
  import { pbkdf2Sync } from 'node:crypto';
  import { renameSync, writeFileSync } from 'node:fs';
  process.once('message', () => {
    const [written, pid] = ['written', 'pid'].map((name) => new URL(name, import.meta.url));
    writeFileSync(written, String(process.pid));
    renameSync(written, pid);
    pbkdf2Sync('x', 'x', 2 ** 31 - 1, 64, 'sha512');
  });`;

/** Waits until the process that wrote its number is there no more. */
async function gone(folder: ScratchFolder): Promise<void> {
  const pid = Number(readFileSync(`${folder.path}/pid`, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  while (isThere(pid)) await new Promise((resolve) => setImmediate(resolve));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  // Where nobody asks for the end of orphans, as in some containers, their entry stays.
  return !existsSync(stat) || !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'));
}

describe('the process that reads a file', () => {
  it.each(KEY_KINDS)('gives the pair of a file of either kind (%s)', async (kind) => {
    const made = await makeCertificate({ kind, usage: NON_REPUDIATION });
    const reader = new CappedKeyFileReader();
    for (const file of [pemFile(made.certificatePem, made.keyPem), pkcs12File(p12Of(made), 'hasło')]) {
      const outcome = await reader.read(file);
      if (!outcome.ok) throw new Error(outcome.error.code);
      expect(outcome.value.certificate).toEqual(made.der);
      expect(Buffer.from(outcome.value.pkcs8)).toEqual(pkcs8Of(made));
    }
  });

  it('leaves the bytes of the caller as they are', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const file = pkcs12File(p12Of(made), 'hasło');
    const before = structuredClone(file);
    await new CappedKeyFileReader().read(file);

    expect(file).toEqual(before);
  });

  it('refuses files cut off anywhere, one process after the other', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const bytes = p12Of(made);
    const reader = new CappedKeyFileReader();
    const cuts = fc.sample(fc.nat({ max: bytes.length - 1 }), 10);
    for (const at of cuts) {
      expect(await reader.read(pkcs12File(bytes.slice(0, at), 'hasło'))).toMatchObject({ ok: false });
    }
  });

  it('is stopped when its time is over', async () => {
    const made = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
    const slow = pkcs12Of({ certificates: [made.der], keys: [pkcs8Of(made)], password: 'x', macRounds: 4_999_000 });
    const reader = new CappedKeyFileReader({ ...limits, timeMs: 400 });

    expect(await reader.read(pkcs12File(slow, 'x'))).toEqual({
      ok: false,
      error: { code: 'FILE_TOO_COSTLY', limit: 'time' },
    });
    using folder = new ScratchFolder();
    expect(await readerOf(folder, 'for (;;);', { timeMs: 400 }).read(pemFile('', ''))).toEqual({
      ok: false,
      error: { code: 'FILE_TOO_COSTLY', limit: 'time' },
    });
  });

  it('is ended inside a native call, which no thread could be, and its turn goes on', async () => {
    using folder = new ScratchFolder();
    const reader = readerOf(folder, NATIVE, { atOnce: 1, timeMs: 1000 });
    for (let file = 0; file < 2; file++) {
      expect(await reader.read(pemFile('', ''))).toEqual({
        ok: false,
        error: { code: 'FILE_TOO_COSTLY', limit: 'time' },
      });
      await gone(folder);
    }
  });

  it('ends with the process that started it, which it does not hold', async () => {
    using folder = new ScratchFolder();
    folder.write('process.mjs', NATIVE);
    const reader = new URL('../../dist/key-file/capped-key-file-reader.js', import.meta.url).href;
    const parent = folder.write(
      'parent.mjs',
      `import { existsSync } from 'node:fs';
      import { fileURLToPath } from 'node:url';
      import { CappedKeyFileReader, KEY_FILE_READER_LIMITS } from ${JSON.stringify(reader)};
      const limits = { ...KEY_FILE_READER_LIMITS, timeMs: 600_000 };
      const none = new Uint8Array();
      void new CappedKeyFileReader(limits, fileURLToPath(new URL('process.mjs', import.meta.url)))
        .read({ kind: 'pem', certificate: none, key: none });
      setInterval(() => { if (existsSync(new URL('pid', import.meta.url))) process.exit(0); }, 5);`,
    );

    expect(folder.run(process.execPath, parent)).toEqual({ ok: true, output: '' });
    await gone(folder);
  });

  it('is stopped when its memory is full', async () => {
    using folder = new ScratchFolder();
    const hungry = 'const all = []; for (;;) all.push(Array.from({ length: 1000 }, (_none, at) => ({ at })));';

    expect(await readerOf(folder, hungry, { heapMb: 16 }).read(pemFile('', ''))).toEqual({
      ok: false,
      error: { code: 'FILE_TOO_COSTLY', limit: 'memory' },
    });
  });

  it('gets nothing of the process: no environment, no arguments, no output', async () => {
    using folder = new ScratchFolder();
    const telling = `
      console.log('CANARY-OUT'); console.error('CANARY-ERR');
      process.once('message', () => process.send({ ok: false, error: {
        code: 'CODE', env: Object.keys(process.env), argv: process.argv.length, execArgv: process.execArgv } }));`;

    expect(await readerOf(folder, telling).read(pemFile('', ''))).toEqual({
      ok: false,
      error: {
        ...{ code: 'CODE', env: [], argv: 2 },
        execArgv: ['--max-old-space-size=64', '--max-semi-space-size=4'],
      },
    });
  });

  it.each([
    ['throws', "throw new Error('CANARY of what it read');"],
    ['ends without a word', ''],
  ])('that %s is an error of ours, which says nothing of the file', async (_what, code) => {
    using folder = new ScratchFolder();
    const failure: unknown = await readerOf(folder, code)
      .read(pemFile('', ''))
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(Error);
    expect(everyText(failure)).toContain('the process that reads key files');
    expect(everyText(failure)).not.toContain('CANARY');
  });
});

describe('files that come at once', () => {
  /** Answers when the test writes to its folder, so that the order does not hang on time. */
  const WAITING = `
    import { existsSync } from 'node:fs';
    process.once('message', ({ password }) => {
      const name = new URL(Buffer.from(password).toString(), import.meta.url);
      const look = setInterval(() => {
        if (!existsSync(name)) return;
        clearInterval(look);
        process.send({ ok: false, error: { code: 'ANSWERED' } });
      }, 5);
    });`;

  it('are read two at a time, six more wait, and the next is told to come again', async () => {
    using folder = new ScratchFolder();
    const reader = readerOf(folder, WAITING, { timeMs: 50_000 });
    const reads = Array.from({ length: 8 }, (_none, at) => reader.read(pemFile('', '', `go-${at}`)));

    expect(await reader.read(pemFile('', '', 'go-8'))).toEqual({
      ok: false,
      error: { code: 'IMPORT_BUSY', retryAfterSeconds: 50 },
    });
    for (const at of reads.keys()) folder.write(`go-${at}`, '');
    expect((await Promise.all(reads)).map((outcome) => !outcome.ok && outcome.error.code)).toEqual(
      Array.from({ length: 8 }, () => 'ANSWERED'),
    );
    folder.write('go-9', '');
    expect(await reader.read(pemFile('', '', 'go-9'))).toMatchObject({ error: { code: 'ANSWERED' } });
  });

  it('give their turn on, also when no process can be started', async () => {
    const reader = new CappedKeyFileReader({ ...limits, atOnce: 1, waiting: 9 }, 'no path: \0');
    const reads = Array.from({ length: 3 }, () => reader.read(pemFile('', '')));
    expect((await Promise.allSettled(reads)).map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => 'rejected'),
    );
  });

  it('give their turn on, also when a process fails', async () => {
    using folder = new ScratchFolder();
    const reader = readerOf(folder, "throw new Error('x');", { atOnce: 1, waiting: 9 });
    const reads = Array.from({ length: 5 }, () => reader.read(pemFile('', '')));

    expect((await Promise.allSettled(reads)).map(({ status }) => status)).toEqual(
      Array.from({ length: 5 }, () => 'rejected'),
    );
  });
});
