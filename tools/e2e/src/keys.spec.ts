import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SecretBoxError } from '@latarnik/domain';
import type { System } from '@latarnik/launcher';
import { call, eventually } from './testing/client.js';
import {
  batchOf,
  HandWorker,
  issueOffline,
  KeyDirectory,
  plannedBatch,
  RemoteKeys,
  restart,
  rotateKeys,
  statuses,
} from './testing/key-system.js';
import { runningSystem } from './testing/running-system.js';

describe('the key-encryption key', () => {
  let system: System;
  let keys: KeyDirectory;
  beforeAll(async () => {
    keys = new KeyDirectory();
    keys.write(1);
    system = await runningSystem({ env: { ...keys.env, LATARNIK_BATCH_LINGER_SECONDS: '3600' } });
    await system.worker.stop();
  });
  afterAll(async () => {
    await system.stop();
    keys[Symbol.dispose]();
  });

  const allSent = async () => (await statuses(system)).every((status) => status === 'sent');
  const logOf = (name: string) => readFileSync(join(system.directory, 'logs', `${name}.log`), 'utf8');
  const everySent = async () => {
    await eventually('every invoice is sent', allSent);
  };

  it('is rotated under running processes: nothing stops, and the old key is of no use afterwards', async () => {
    const batch = await plannedBatch(system, 2);
    {
      await using worker = await HandWorker.start(system);
      await worker.until(batch, 'packed', 1);
    }
    keys.write(2);
    const first = rotateKeys(system);
    const whileRunning = await issueOffline(system);
    const second = rotateKeys(system);
    using other = new KeyDirectory();
    other.write(1, keys.read(1));
    other.write(2);
    const elsewhere = rotateKeys({ ...system, env: { ...system.env, ...other.env } });
    keys.remove(1);
    await restart(system.api);
    await system.worker.start();

    expect(first).toEqual({
      exitCode: 0,
      output:
        'certificates: 2 re-wrapped, 0 were current\nsession keys: 1 re-wrapped, 0 were current\n' +
        'webhook secrets: 0 re-wrapped, 0 were current\nOlder key-encryption keys may be removed.\n',
    });
    expect(second.output).toContain('certificates: 0 re-wrapped, 2 were current\nsession keys: 0 re-wrapped, 1 were');
    expect(elsewhere.exitCode).toBe(1);
    expect(elsewhere.output).toContain('certificates: 0 re-wrapped, 0 were current, 2 cannot be opened\n');
    expect(elsewhere.output).toContain('Not done: keep the older keys.');
    expect(whileRunning.status).toBe(201);
    expect((await issueOffline(system)).status).toBe(201);
    await eventually('the packed batch is done', async () => (await batchOf(system, batch)).state === 'done');
    await call(system, { method: 'POST', path: '/v1/batches' });
    await everySent();
  });

  it('is not needed by a session that is open: its parts are uploaded, it is closed, tracked and proven', async () => {
    await system.worker.stop();
    const batch = await plannedBatch(system, 2);
    const remote = new RemoteKeys(keys);
    await using worker = await HandWorker.start(system, remote);
    await worker.until(batch, 'open', 2);
    remote.isDown = true;
    remote.asked = 0;
    await worker.until(batch, 'done', 100);

    expect(await allSent()).toBe(true);
    expect(remote.asked).toBe(0);
  });

  it('is not needed by what is packed: a process that starts without it opens the session, sends and proves', async () => {
    const batch = await plannedBatch(system, 2);
    {
      await using worker = await HandWorker.start(system);
      await worker.until(batch, 'packed', 1);
    }
    const down = new RemoteKeys(keys);
    down.isDown = true;
    await using another = await HandWorker.start(system, down);
    await another.until(batch, 'done', 100);

    expect(await allSent()).toBe(true);
    expect(down.asked).toBe(0);
  });

  it('stops packing while it is out of reach, and a first login; both go on later', async () => {
    const remote = new RemoteKeys(keys);
    await using worker = await HandWorker.start(system, remote);
    const batch = await plannedBatch(system, 1);
    remote.isDown = true;
    await expect(worker.advance(batch, 1)).rejects.toBeInstanceOf(SecretBoxError);
    expect(await batchOf(system, batch)).toMatchObject({ state: 'planned' });
    remote.isDown = false;
    await worker.until(batch, 'open', 2);
    {
      const down = new RemoteKeys(keys);
      down.isDown = true;
      await using another = await HandWorker.start(system, down, 'off');
      // It uploads without a login, and closes with one.
      expect(await another.advance(batch, 20)).toBe('waiting');
      expect(another.events).toContainEqual({
        event: 'signing.unavailable',
        certificateId: expect.any(String),
        purpose: 'authentication',
        trouble: 'key-encryption-key',
        error: expect.stringMatching(/^the key of certificate .* cannot be opened$/),
        cause: 'the key management service does not answer',
      });
    }
    expect(await batchOf(system, batch)).toMatchObject({ state: 'closing' });
    await worker.until(batch, 'done', 100);
    expect(await allSent()).toBe(true);
  });

  it.each([
    [
      'wrong',
      'the box does not open: other key-encryption key',
      (): void => {
        keys.write(2);
      },
    ],
    [
      'missing',
      'there is no key-encryption key in',
      (): void => {
        keys.remove(2);
      },
    ],
  ])(
    'stops issuing when it is %s, says so, and is used again once it is back, without a restart',
    async (_what, words, spoil) => {
      const right = keys.read(2);
      const before = (await statuses(system)).length;
      spoil();
      await restart(system.api);
      const refused = await issueOffline(system);
      const { certificatePem, privateKeyPem } = await system.control.issueCertificate('Offline', system.contextNip);
      const imported = await call(system, {
        ...{ method: 'POST', path: '/v1/certificates', type: 'application/json' },
        body: JSON.stringify({ context: `Nip:${system.contextNip}`, certificatePem, privateKeyPem }),
      });

      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(refused.json).toMatchObject({
        code: 'SIGNER_UNAVAILABLE',
        trouble: 'key-encryption-key',
        detail: expect.stringMatching(/^The key-encryption key of this installation is missing, or is not the one/),
      });
      expect(await statuses(system)).toHaveLength(before);
      expect([imported.status, imported.json['trouble']]).toEqual([503, 'key-encryption-key']);
      expect(logOf('api')).toContain(words);
      keys.write(2, right);
      await eventually('it is issued again', async () => (await issueOffline(system)).status === 201);
    },
  );

  it('stops nothing that is packed: a worker that starts without it delivers that, and packs once it is back', async () => {
    const right = keys.read(2);
    await call(system, { method: 'POST', path: '/v1/batches' });
    await system.worker.start();
    await everySent();
    await system.worker.stop();
    const batch = await plannedBatch(system, 1);
    {
      await using worker = await HandWorker.start(system);
      await worker.until(batch, 'packed', 1);
    }
    keys.remove(2);
    await restart(system.api);
    await system.worker.start();
    await eventually('what is packed is delivered', async () => (await batchOf(system, batch)).state === 'done');
    expect((await issueOffline(system)).status).toBe(503);
    expect(await allSent()).toBe(true);

    keys.write(2, right);
    await eventually('it is issued again', async () => (await issueOffline(system)).status === 201);
    keys.remove(2);
    await restart(system.worker);
    await call(system, { method: 'POST', path: '/v1/batches' });
    await eventually('the worker says so', () => Promise.resolve(logOf('worker').includes('SecretBoxError')));
    expect(logOf('worker')).toContain('signing.key-encryption-key-unusable');
    expect(await allSent()).toBe(false);

    keys.write(2, right);
    await everySent();
    const { counters } = await system.control.ledger();
    expect(counters).toMatchObject({ duplicates: 0, rejected: 0 });
  });
});
