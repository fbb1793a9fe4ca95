import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import type { Pkcs11Options } from '../pkcs11/pkcs11-token.js';
import { ScratchFolder } from './commands.js';

export const TOKEN = 'latarnik-test';
/** Easy to find again in an output. */
export const PIN = 'PIN-CANARY-7391';

/** Debian's package softhsm2, on the machines it knows. */
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

/** A token of SoftHSM in a folder of its own. */
export class SoftHsm implements Disposable {
  readonly #folder = new ScratchFolder();
  readonly environment: Readonly<Record<string, string>>;
  readonly pinFile: string;
  readonly modulePath = MODULES.find((path) => existsSync(path)) ?? '';

  constructor() {
    mkdirSync(`${this.#folder.path}/tokens`);
    const conf = `directories.tokendir = ${this.#folder.path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`;
    this.environment = { SOFTHSM2_CONF: this.#folder.write('softhsm2.conf', conf) };
    this.pinFile = this.#folder.write('pin', `${PIN}\n`);
    this.#util('--init-token', '--free', '--label', TOKEN, '--pin', PIN, '--so-pin', 'so-pin-1234');
  }

  get options(): Pkcs11Options {
    const { modulePath, pinFile, environment } = this;
    return { modulePath, pinFile, environment, tokenLabel: TOKEN };
  }

  /** @returns the reference of the key in the token */
  importKey(keyPem: string, label: string, id: string): string {
    const key = createPrivateKey(keyPem).export({ format: 'pem', type: 'pkcs8' });
    const file = this.#folder.write(`${label}.pem`, String(key));
    this.#util('--import', file, '--token', TOKEN, '--label', label, '--id', id, '--pin', PIN);
    return `pkcs11:token=${TOKEN};object=${label};type=private`;
  }

  writePin(pin: string): void {
    this.#folder.write('pin', pin);
  }

  #util(...args: string[]): void {
    const env = { ...process.env, ...this.environment };
    const { status, stdout, stderr } = spawnSync('softhsm2-util', args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`softhsm2-util ${args[0] ?? ''}: ${stdout}${stderr}`);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
