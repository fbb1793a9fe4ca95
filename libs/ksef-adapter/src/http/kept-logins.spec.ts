import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SessionReference, SignerUnavailableError } from '@latarnik/domain';

import type { KsefAdapterEvent } from '../ksef-adapter-event.js';
import { access, noCertificate } from '../testing/fakes.js';
import { type AdapterUnderTest, adapterUnderTest, type Replacements, SESSION } from '../testing/ksef-double.js';
import { json } from '../testing/local-server.js';
import { FileKeptLogins } from './kept-logins.js';

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

/** A process that ends, and the next one: nothing in memory. */
async function startAnew(replacements: Replacements = {}): Promise<AdapterUnderTest> {
  await adapter?.close();
  adapter = await adapterUnderTest(routes, {
    ...replacements,
    options: { loginDirectory: directory, ...replacements.options },
  });
  return adapter;
}

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
  });

  it('is made anew when KSeF does not take the kept token, or it has ended, or the file was changed', async () => {
    await (await startAnew()).reader.status(access, session);
    const refused = await startAnew();
    refused.route({ 'POST /auth/token/refresh': json(401, { title: 'Unauthorized', status: 401, detail: 'Wymagane jest uwierzytelnienie.' }) });
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
  });

  it('does not count for a context without a certificate to log in with', async () => {
    await (await startAnew()).reader.status(access, session);
    const next = await startAnew({ certificates: noCertificate });

    await expect(next.reader.status(access, session)).rejects.toMatchObject({ code: 'NO_AUTHENTICATION_CERTIFICATE' });
    expect(next.calls('POST', '/v2/auth/token/refresh')).toBe(0);
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
    const events: KsefAdapterEvent[] = [];
    await (await startAnew()).reader.status(access, session);
    const [file = ''] = (await readdir(directory)).filter((name) => name.endsWith('.login'));
    const kept = new FileKeptLogins({
      loginDirectory: directory,
      loginKeyFile: join(directory, 'machine.key'),
      log: (event) => events.push(event),
    });
    expect(await kept.read(`${access.tenant}|Nip:5265877635`)).toBeDefined();

    const stolen = await readFile(join(directory, file));
    await rm(join(directory, file));
    const other = new FileKeptLogins({
      loginDirectory: join(directory, 'other'),
      loginKeyFile: join(directory, 'machine.key'),
      log: (event) => events.push(event),
    });
    await adapter?.close();
    adapter = await adapterUnderTest(routes, {
      options: { loginDirectory: join(directory, 'other'), loginKeyFile: join(directory, 'machine.key') },
    });
    await adapter.reader.status({ ...access, tenant: 'tenant-b' as typeof access.tenant }, session);
    const [foreign = ''] = await readdir(join(directory, 'other'));
    await writeFile(join(directory, 'other', foreign), stolen);
    expect(await other.read('tenant-b|Nip:5265877635')).toBeUndefined();
    expect(events).toEqual([]);
  });

  it('goes on when it cannot be kept, and says so', async () => {
    await writeFile(join(directory, 'machine.key'), 'too short');
    const next = await startAnew();

    expect(await next.reader.status(access, session)).toMatchObject({ code: 100 });
    expect(next.events).toContainEqual({ code: 'LOGIN_NOT_KEPT', reason: 'unusable key file' });
  });
});
