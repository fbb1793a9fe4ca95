import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';

/** A folder for one test, removed with what is in it at the end of the scope. */
export class ScratchFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'latarnik-signing-'));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  run(command: string, ...args: string[]): { readonly ok: boolean; readonly output: string } {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: this.path, encoding: 'utf8' });
    return { ok: status === 0, output: `${stdout}${stderr}` };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** `it`, or `it.skip` with a plain word about it where the command, asked with `proof`, does not end well. */
export function itWith(command: string, ...proof: readonly string[]): typeof it | typeof it.skip {
  try {
    execFileSync(command, proof, { stdio: 'ignore' });
    return it;
  } catch {
    console.warn(`${[command, ...proof].join(' ')} does not work here: the tests that verify with it are skipped`);
    return it.skip;
  }
}

export const itWithOpenssl = (): typeof it | typeof it.skip => itWith('openssl', 'version');
export const itWithXmlsec = (): typeof it | typeof it.skip => itWith('xmlsec1', '--version');
