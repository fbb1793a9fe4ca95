import { execFile } from 'node:child_process';
import { privateDecrypt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { KsefUnreachableError } from '@latarnik/domain';

import { CallGate } from '../http/call-gate.js';
import { KsefApi } from '../http/ksef-api.js';
import { Transport } from '../http/transport.js';
import type { KsefAdapterEvent } from '../ksef-adapter-event.js';
import { itWith } from '../testing/commands.js';
import { HandClock, sha256, unlimitedBudget } from '../testing/fakes.js';
import { json, type LocalServer, startLocalServer } from '../testing/local-server.js';
import { ministryKey, type MinistryKey } from '../testing/ministry-key.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { KsefPublicKeys } from './public-keys.js';

let older: MinistryKey;
let newer: MinistryKey;
let future: MinistryKey;
beforeAll(async () => {
  [older, newer, future] = await Promise.all([
    ministryKey('2025-01-01T00:00:00+00:00'),
    ministryKey('2026-10-01T00:00:00+00:00'),
    ministryKey('2026-11-21T00:00:00+00:00'),
  ]);
});

let server: LocalServer;
let list: unknown[];
let events: KsefAdapterEvent[];
let clock: HandClock;
const secret = Buffer.alloc(32, 7);

async function start(entries: unknown[]): Promise<KsefPublicKeys> {
  list = entries;
  events = [];
  clock = new HandClock();
  server = await startLocalServer(() => json(200, list));
  const log = (event: KsefAdapterEvent): void => void events.push(event);
  const options = { ksefUrl: server.url, callTimeoutMs: 5000, connectTimeoutMs: 1000, log };
  const api = new KsefApi(new Transport(options), new CallGate(unlimitedBudget, { log }), options);
  return new KsefPublicKeys(api, clock, { publicKeyCacheHours: 12, log });
}
afterEach(async () => {
  await server.close();
});
describe('the public key for a session key', () => {
  it('is the valid one with the newest validFrom, in whatever order they are listed', async () => {
    for (const entries of [
      [older.dto, newer.dto, future.dto],
      [future.dto, newer.dto, older.dto],
    ]) {
      const keys = await start(entries);
      expect((await keys.wrap(secret)).publicKeyId).toBe(newer.dto.publicKeyId);
      await server.close();
    }
    const keys = await start([older.dto, future.dto]);
    expect((await keys.wrap(secret)).publicKeyId).toBe(older.dto.publicKeyId);
  });

  it('is kept for twelve hours, then read anew, and a change is reported', async () => {
    const keys = await start([older.dto]);
    await Promise.all([keys.wrap(secret), keys.wrap(secret)]);
    expect(server.requests).toHaveLength(1);
    list = [older.dto, newer.dto];
    clock.advance({ hours: 11, minutes: 59 });
    expect((await keys.wrap(secret)).publicKeyId).toBe(older.dto.publicKeyId);

    clock.advance({ minutes: 1 });
    expect((await keys.wrap(secret)).publicKeyId).toBe(newer.dto.publicKeyId);
    expect(server.requests).toHaveLength(2);
    expect(events).toEqual([
      {
        code: 'PUBLIC_KEY_CHANGED',
        publicKeyId: newer.dto.publicKeyId,
        previousPublicKeyId: older.dto.publicKeyId,
      },
    ]);
  });

  it('wraps with OAEP and SHA-256, and with nothing weaker', async () => {
    const keys = await start([older.dto]);
    const wrapped = Buffer.from((await keys.wrap(secret)).encryptedSymmetricKey, 'base64');
    const unwrap = (oaepHash: string): Buffer => privateDecrypt({ key: older.privateKeyPem, oaepHash }, wrapped);

    expect(unwrap('sha256').equals(secret)).toBe(true);
    expect(() => unwrap('sha1')).toThrow();
  });

  itWith('openssl')('wraps so that openssl unwraps it with OAEP, SHA-256 and MGF1-SHA-256', async () => {
    const keys = await start([older.dto]);
    const { encryptedSymmetricKey } = await keys.wrap(secret);
    const folder = await temporaryFolder();
    const [key, wrapped] = [join(folder.path, 'key.pem'), join(folder.path, 'wrapped')];
    await writeFile(key, older.privateKeyPem);
    await writeFile(wrapped, Buffer.from(encryptedSymmetricKey, 'base64'));
    const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((option) => [
      '-pkeyopt',
      option,
    ]);
    const { stdout } = await promisify(execFile)(
      'openssl',
      ['pkeyutl', '-decrypt', '-inkey', key, '-in', wrapped, ...oaep],
      { encoding: 'buffer' },
    );
    expect(stdout.equals(secret)).toBe(true);
    await folder.remove();
  });

  it('is never one whose identifiers do not fit, that is too short, or that is meant for something else', async () => {
    const short = await ministryKey('2026-11-01T00:00:00+00:00', ['SymmetricKeyEncryption'], 1024);
    const forTokens = await ministryKey('2026-11-01T00:00:00+00:00', ['KsefTokenEncryption']);
    const keys = await start([
      { ...newer.dto, publicKeyId: older.dto.publicKeyId },
      { ...newer.dto, certificateId: older.dto.certificateId },
      { ...newer.dto, certificate: Buffer.from('junk').toString('base64'), certificateId: sha256(Buffer.from('junk')) },
      short.dto,
      forTokens.dto,
      { certificate: 'only this' },
      older.dto,
    ]);
    expect((await keys.wrap(secret)).publicKeyId).toBe(older.dto.publicKeyId);
    expect(events).toEqual(
      [
        'publicKeyId is not the hash of the key',
        'certificateId is not the hash of the certificate',
        'the certificate is unreadable',
        'not an RSA key of 2048 bits or more',
        'not as the contract says',
      ].map((reason) => ({ code: 'PUBLIC_KEY_IGNORED', reason })),
    );
  });

  it('is missing loudly', async () => {
    const keys = await start([future.dto]);
    await expect(keys.wrap(secret)).rejects.toThrow(KsefUnreachableError);
  });
});
