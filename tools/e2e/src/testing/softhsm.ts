import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LABEL = 'latarnik-e2e';
const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so', '/usr/lib/libsofthsm2.so'];

/** Why there is no token to test with; `undefined` when there is one. */
export function whyNoSoftHsm(): string | undefined {
  if (spawnSync('softhsm2-util', ['--version']).status !== 0) return 'softhsm2-util is not there (Debian: softhsm2)';
  if (!MODULES.some((path) => existsSync(path))) return 'libsofthsm2.so is not where Debian has it';
  try {
    createRequire(import.meta.url)('pkcs11js');
    return undefined;
  } catch {
    return 'the npm package pkcs11js is not built here (it needs a C++ compiler)';
  }
}

/** A token of SoftHSM in a folder of its own, as an operator sets one up. */
export class SoftHsm implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'latarnik-hsm-'));
  readonly #conf = join(this.#folder, 'softhsm2.conf');

  constructor(readonly pin: string) {
    mkdirSync(join(this.#folder, 'tokens'));
    writeFileSync(this.#conf, `directories.tokendir = ${join(this.#folder, 'tokens')}\nlog.level = ERROR\n`);
    this.writePin(pin);
    this.#util('--init-token', '--free', '--label', LABEL, '--pin', pin, '--so-pin', 'so-pin-1234');
  }

  /** Settings of API and worker. */
  get env(): Readonly<Record<string, string>> {
    return {
      LATARNIK_PKCS11_MODULE: MODULES.find((path) => existsSync(path)) ?? '',
      LATARNIK_PKCS11_TOKEN: LABEL,
      LATARNIK_PKCS11_PIN_FILE: join(this.#folder, 'pin'),
      SOFTHSM2_CONF: this.#conf,
    };
  }

  writePin(pin: string): void {
    writeFileSync(join(this.#folder, 'pin'), `${pin}\n`, { mode: 0o600 });
  }

  /** @returns the reference of the key */
  importKey(keyPem: string, label: string, id: string): string {
    const file = join(this.#folder, 'key.pem');
    writeFileSync(file, keyPem, { mode: 0o600 });
    this.#util('--import', file, '--token', LABEL, '--label', label, '--id', id, '--pin', this.pin);
    rmSync(file);
    return `pkcs11:token=${LABEL};object=${label};id=%${id}`;
  }

  /** The token is pulled out, or put back. */
  move(where: 'out' | 'in'): void {
    const [inside, outside] = [join(this.#folder, 'tokens'), join(this.#folder, 'tokens-away')];
    if (where === 'out') renameSync(inside, outside);
    else renameSync(outside, inside);
  }

  #util(...args: string[]): void {
    const env = { PATH: process.env['PATH'] ?? '', SOFTHSM2_CONF: this.#conf };
    const { status, stdout, stderr } = spawnSync('softhsm2-util', args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`softhsm2-util ${args[0] ?? ''}: ${stdout}${stderr}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
