import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CertificateId, type SessionReference, SignerUnavailableError, Temporal } from '@latarnik/domain';

import type { KsefAdapterEvent } from '../ksef-adapter-event.js';
import { access, noCertificate, theCertificate } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, type Replacements, SESSION } from '../testing/ksef-double.js';
import { json } from '../testing/local-server.js';
import { BearerToken } from './bearer-token.js';
import { FileKeptLogins, type FileKeptLoginsOptions, type KeptLogin } from './kept-logins.js';

const session = SESSION as SessionReference;
const routes = {
  [`GET /sessions/${SESSION}`]: json(200, { status: { code: 100, description: 'Sesja wsadowa rozpoczęta' } }),
};

let directory: string;
let adapter: AdapterUnderTest | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latarnik-logins-'));
});
afterEach(async () => {
  await adapter?.close();
  adapter = undefined;
  await rm(directory, { recursive: true, force: true });
});

/** A process that ends, and the next one at the same KSeF: nothing in memory. */
async function startAnew(replacements: Replacements = {}): Promise<AdapterUnderTest> {
  await adapter?.close();
  const port = adapter === undefined ? 0 : Number(new URL(adapter.server.url).port);
  adapter = await adapterUnderTest(routes, {
    port,
    ...replacements,
    options: { loginDirectory: directory, ...replacements.options },
  });
  return adapter;
}

const filesOfLogins = async (): Promise<readonly string[]> =>
  (await readdir(directory)).filter((name) => name.includes('.login'));

const LOGIN = `${access.tenant}|Nip:5265877635`;
const UNAUTHORISED = json(401, { title: 'Unauthorized', status: 401, detail: 'Wymagane jest uwierzytelnienie.' });

/** The files themselves, without an adapter around them. */
function keptAt(
  ksefUrl: string,
  replaced: Partial<FileKeptLoginsOptions> = {},
): { readonly kept: FileKeptLogins; readonly events: readonly KsefAdapterEvent[] } {
  const events: KsefAdapterEvent[] = [];
  const options = { loginDirectory: directory, loginKeyFile: join(directory, 'machine.key'), ksefUrl };
  return { kept: new FileKeptLogins({ ...options, log: (event) => events.push(event), ...replaced }), events };
}

const aLogin = (token: string): KeptLogin => ({
  refresh: new BearerToken(token, Temporal.Instant.from('2026-11-27T10:00:00Z')),
  certificateId: 'certificate-1' as CertificateId,
});

const noKey: Replacements = {
  signer: {
    signAuthTokenRequest: () => Promise.reject(new SignerUnavailableError('the key-encryption key is missing')),
  },
};

describe('a login that outlives its process', () => {
  it('serves the next process, which cannot sign', async () => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew(noKey);

    expect(await next.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(next.calls('POST', '/v2/auth/challenge')).toBe(0);
    expect(next.calls('POST', '/v2/auth/token/refresh')).toBe(1);
    expect(next.events).toContainEqual({
      ...{ code: 'LOGIN_RESUMED', tenant: 'tenant-a', context: 'Nip:5265877635', certificateId: 'certificate-1' },
    });
  });

  it('is not given up for one 401: a process that cannot sign has it refreshed and goes on', async () => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew(noKey);
    const [route] = Object.keys(routes);
    next.route({ [String(route)]: [UNAUTHORISED, json(200, { status: { code: 100, description: 'Otwarta' } })] });

    expect(await next.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(next.calls('POST', '/v2/auth/token/refresh')).toBe(2);
    expect(await filesOfLogins()).toHaveLength(1);
  });

  it('is made anew when KSeF does not take the kept token, or it has ended, or the file was changed', async () => {
    await (await startAnew()).reader.status(access, session);
    const refused = await startAnew();
    refused.route({ 'POST /auth/token/refresh': UNAUTHORISED });
    await refused.reader.status(access, session);
    expect(refused.calls('POST', '/v2/auth/challenge')).toBe(1);

    const later = await startAnew();
    later.clock.advance({ hours: 24 * 8 });
    await later.reader.status(access, session).catch(() => undefined);
    expect(later.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect(later.calls('POST', '/v2/auth/token/refresh')).toBe(0);

    const [file = ''] = (await readdir(directory)).filter((name) => name.endsWith('.login'));
    const box = await readFile(join(directory, file));
    box[box.length - 1] = (box.at(-1) ?? 0) ^ 1;
    await writeFile(join(directory, file), box);
    const changed = await startAnew();
    await changed.reader.status(access, session);
    expect(changed.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect(changed.events).toContainEqual(expect.objectContaining({ code: 'LOGIN_NOT_READ' }));
  });

  it('does not count for a context without a certificate to log in with, and is gone from the disk', async () => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew({ certificates: noCertificate });

    await expect(next.reader.status(access, session)).rejects.toMatchObject({ code: 'NO_AUTHENTICATION_CERTIFICATE' });
    expect(next.calls('POST', '/v2/auth/token/refresh')).toBe(0);
    expect(await filesOfLogins()).toEqual([]);
  });

  it('does not count once another certificate took the place of the one it was made with', async () => {
    await (await startAnew({ certificates: theCertificate('certificate-1') })).reader.status(access, session);
    const unable = await startAnew({ certificates: theCertificate('certificate-2'), ...noKey });
    await expect(unable.reader.status(access, session)).rejects.toMatchObject({ name: 'KsefUnreachableError' });
    expect(unable.calls('POST', '/v2/auth/token/refresh')).toBe(0);
    expect(await filesOfLogins()).toEqual([]);

    const next = await startAnew({ certificates: theCertificate('certificate-2') });
    await next.reader.status(access, session);
    expect(next.calls('POST', '/v2/auth/challenge')).toBe(1);
    const { kept } = keptAt(next.server.url);
    expect(await kept.read(LOGIN)).toMatchObject({ certificateId: 'certificate-2' });
  });

  it.each([
    ['KSeF does not refresh it', { 'POST /auth/token/refresh': UNAUTHORISED }, { hours: 0 }],
    ['it ended', {}, { hours: 24 * 8 }],
    ['a refreshed token is refused as well', { [`GET /sessions/${SESSION}`]: UNAUTHORISED }, { hours: 0 }],
  ])('is gone from the disk when %s, also while no new login can be made', async (_what, answers, later) => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew(noKey);
    next.route(answers);
    next.clock.advance(later);

    await expect(next.reader.status(access, session)).rejects.toMatchObject({ name: 'KsefUnreachableError' });
    expect(await filesOfLogins()).toEqual([]);
  });

  it('is gone from the disk when a person tries to log in without a certificate', async () => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew({ certificates: noCertificate });

    expect(await next.authorization.attempt(access)).toMatchObject({ outcome: 'no-certificate' });
    expect(await filesOfLogins()).toEqual([]);
  });

  it('that another process made meanwhile serves one whose own has ended, and is not forgotten with it', async () => {
    const own = await startAnew();
    await own.reader.status(access, session);
    const { kept } = keptAt(own.server.url);
    await kept.keep(LOGIN, aLogin('made-by-another'));
    own.route({
      'POST /auth/token/refresh': ({ headers }) =>
        headers.authorization === 'Bearer made-by-another'
          ? json(200, { accessToken: { token: 'refreshed-1', validUntil: '2026-11-20T11:00:00Z' } })
          : UNAUTHORISED,
    });
    own.clock.advance({ minutes: 20 });
    await own.reader.status(access, session);

    expect(own.calls('POST', '/v2/auth/challenge')).toBe(1);
    expect((await kept.read(LOGIN))?.refresh.reveal()).toBe('made-by-another');
  });

  it('is one at its KSeF only', async () => {
    const test = keptAt('https://api-test.ksef.mf.gov.pl/v2');
    await test.kept.keep(LOGIN, aLogin('refresh-1'));
    const [file = ''] = await filesOfLogins();
    const demo = keptAt('https://api-demo.ksef.mf.gov.pl/v2');
    expect(await demo.kept.read(LOGIN)).toBeUndefined();
    expect(demo.events).toEqual([]);

    await demo.kept.keep(LOGIN, aLogin('refresh-2'));
    const [foreign = ''] = (await filesOfLogins()).filter((name) => name !== file);
    await writeFile(join(directory, foreign), await readFile(join(directory, file)));
    expect(await demo.kept.read(LOGIN)).toBeUndefined();
    expect(demo.events).toEqual([{ code: 'LOGIN_NOT_READ', reason: expect.any(String) }]);
    expect(await keptAt('https://api-test.ksef.mf.gov.pl/v3').kept.read(LOGIN)).toEqual(aLogin('refresh-1'));
  });

  it('is the only thing that stays: what was left half-written is swept at the first use, after a while', async () => {
    const name = `${'a'.repeat(64)}.login`;
    const [left, fresh] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    for (const id of [left, fresh]) await writeFile(join(directory, `${name}.${id}`), 'half');
    await writeFile(join(directory, name), 'whole');
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const old of [name, `${name}.${left}`]) await utimes(join(directory, old), anHourAgo, anHourAgo);
    await keptAt('https://ksef.test').kept.read('any');

    expect((await readdir(directory)).sort()).toEqual([name, `${name}.${fresh}`]);
  });

  it('that cannot be read for another reason than that there is none is reported', async () => {
    const first = keptAt('https://ksef.test');
    await first.kept.keep(LOGIN, aLogin('refresh-1'));
    const otherKey = keptAt('https://ksef.test', { loginKeyFile: join(directory, 'other.key') });
    expect(await otherKey.kept.read(LOGIN)).toBeUndefined();
    expect(otherKey.events).toEqual([{ code: 'LOGIN_NOT_READ', reason: expect.any(String) }]);

    const file = join(directory, 'a file');
    await writeFile(file, '');
    const noFolder = keptAt('https://ksef.test', { loginDirectory: file });
    expect(await noFolder.kept.read(LOGIN)).toBeUndefined();
    expect(noFolder.events).toEqual([{ code: 'LOGIN_NOT_READ', reason: 'ENOTDIR' }]);
    expect(JSON.stringify([otherKey.events, noFolder.events])).not.toContain('refresh-1');
  });

  it('leaves nothing readable: files of the owner only, without the token', async () => {
    await (await startAnew()).reader.status(access, session);

    const names = await readdir(directory);
    expect(names.filter((name) => name.endsWith('.login'))).toHaveLength(1);
    for (const name of names) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
      expect((await readFile(join(directory, name))).includes('secret')).toBe(false);
    }
  });

  it('is not another login: a file put in the place of another does not open', async () => {
    const { kept, events } = keptAt('https://ksef.test');
    await kept.keep(LOGIN, aLogin('refresh-1'));
    const [file = ''] = await filesOfLogins();
    await kept.keep('tenant-b|Nip:5265877635', aLogin('refresh-2'));
    const [foreign = ''] = (await filesOfLogins()).filter((name) => name !== file);
    await writeFile(join(directory, foreign), await readFile(join(directory, file)));

    expect(await kept.read('tenant-b|Nip:5265877635')).toBeUndefined();
    expect(await kept.read(LOGIN)).toEqual(aLogin('refresh-1'));
    expect(events.map(({ code }) => code)).toEqual(['LOGIN_NOT_READ']);
  });

  it('goes on when it cannot be kept, and says so', async () => {
    await writeFile(join(directory, 'machine.key'), 'too short');
    const next = await startAnew();

    expect(await next.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(next.events).toContainEqual({ code: 'LOGIN_NOT_KEPT', reason: 'unusable key file' });
  });
});
