import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compose, processName, readConfiguration, type Composition } from '@latarnik/composition';
import { exampleInvoices } from '@latarnik/demo';
import { PORTS, SecretBoxError, type BatchId, type KeyEncryptionKeys, type TenantId } from '@latarnik/domain';
import { entryOf, type System } from '@latarnik/launcher';
import { LocalKeyEncryptionKeys, readKeyRing } from '@latarnik/signing';
import { ContainerModule } from 'inversify';
import { call, eventually, issue, today, type Answer } from './client.js';

/** A directory of key-encryption keys, as an operator keeps it. */
export class KeyDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'latarnik-keys-'));

  /** Settings of API and worker; the launcher's own key file is not used. */
  get env(): Readonly<Record<string, string>> {
    return { LATARNIK_KEY_ENCRYPTION_KEY_FILE: '', LATARNIK_KEY_ENCRYPTION_KEYS_DIRECTORY: this.path };
  }

  write(version: number, key: Uint8Array = randomBytes(32)): void {
    writeFileSync(join(this.path, String(version)), Buffer.from(key).toString('base64'), { mode: 0o600 });
  }

  read(version: number): Buffer {
    return Buffer.from(readFileSync(join(this.path, String(version)), 'utf8'), 'base64');
  }

  remove(version: number): void {
    rmSync(join(this.path, String(version)));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A key management service in front of the keys, which can be out of reach. */
export class RemoteKeys implements KeyEncryptionKeys {
  readonly #inner: KeyEncryptionKeys;
  isDown = false;
  asked = 0;

  constructor(directory: KeyDirectory) {
    this.#inner = new LocalKeyEncryptionKeys(() => readKeyRing({ kind: 'directory', path: directory.path }));
  }

  async currentVersion(): Promise<number> {
    this.#ask();
    return this.#inner.currentVersion();
  }

  async wrap(dataKey: Uint8Array, label: string) {
    this.#ask();
    return this.#inner.wrap(dataKey, label);
  }

  async unwrap(version: number, wrapped: Uint8Array, label: string) {
    this.#ask();
    return this.#inner.unwrap(version, wrapped, label);
  }

  #ask(): void {
    this.asked += 1;
    if (this.isDown) throw new SecretBoxError('the key management service does not answer');
  }
}

/** A worker in this process, one step at a time. */
export class HandWorker implements AsyncDisposable {
  private constructor(
    private readonly system: System,
    readonly composition: Composition,
    readonly events: readonly Readonly<Record<string, unknown>>[],
  ) {}

  /** @param logins where refresh tokens are kept; `off` for a machine that never logged in */
  static async start(system: System, keys?: KeyEncryptionKeys, logins?: string): Promise<HandWorker> {
    const events: Readonly<Record<string, unknown>>[] = [];
    const remote = new ContainerModule(({ rebind }) => {
      if (keys !== undefined) rebind(PORTS.keyEncryptionKeys).toConstantValue(keys);
    });
    const env = logins === undefined ? system.env : { ...system.env, LATARNIK_LOGIN_DIRECTORY: logins };
    const configuration = readConfiguration(env, processName('hand'));
    return new HandWorker(system, await compose(configuration, (event) => events.push(event), [remote]), events);
  }

  /** Takes at most so many steps. */
  async advance(id: string, steps: number): Promise<string> {
    let taken = 0;
    const stop = {
      get aborted() {
        taken += 1;
        return taken > steps;
      },
    };
    return this.composition.useCases.advanceBatch.execute(this.system.tenantId as TenantId, id as BatchId, stop);
  }

  /** Goes on until the batch is in a state. */
  async until(id: string, state: string, steps: number): Promise<void> {
    await eventually(`batch is ${state}`, async () => {
      await this.advance(id, steps);
      return (await batchOf(this.system, id)).state === state;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.composition.close();
  }
}

export interface BatchView {
  readonly id: string;
  readonly state: string;
}

export async function batchOf(system: System, id: string): Promise<BatchView> {
  return (await call(system, { path: `/v1/batches/${id}` })).json as unknown as BatchView;
}

let invoices = 0;

/** Issues a new invoice, offline. */
export async function issueOffline(system: System): Promise<Answer> {
  const example = (await exampleInvoices(1, today())).find(({ file }) => file === 'domestic-several-rates.xml');
  if (example === undefined) throw new Error('no such example');
  invoices += 1;
  const text = new TextDecoder().decode(example.body).replaceAll(example.number, `KEYS/${String(invoices)}`);
  return issue(system, { body: new TextEncoder().encode(text), contentType: example.contentType }, '?mode=offline24');
}

/** Issues invoices and plans them into one batch. */
export async function plannedBatch(system: System, count: number): Promise<string> {
  for (let at = 0; at < count; at += 1) {
    const { status, text } = await issueOffline(system);
    if (status !== 201) throw new Error(text);
  }
  const { json } = await call(system, { method: 'POST', path: '/v1/batches' });
  const [batch] = json['batches'] as readonly BatchView[];
  if (batch === undefined) throw new Error('nothing was planned');
  return batch.id;
}

export async function statuses(system: System): Promise<readonly string[]> {
  const { items } = (await call(system, { path: '/v1/invoices?limit=500' })).json as { items: { status: string }[] };
  return items.map(({ status }) => status);
}

/** `npm run rotate-keys`, as an operator runs it. */
export function rotateKeys(system: System): { readonly exitCode: number | null; readonly output: string } {
  const file = join(dirname(entryOf('@latarnik/launcher')), 'rotate-keys.js');
  const env = { ...system.env, PATH: process.env['PATH'] ?? '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { env, encoding: 'utf8' });
  return { exitCode: status, output: status === null || stdout === '' ? `${stdout}${stderr}` : stdout };
}

export async function restart(process: System['api']): Promise<void> {
  await process.stop();
  await process.start();
}
