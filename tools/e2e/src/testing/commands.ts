import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of files, in which the commands of the machine are run; everything in it goes with it. */
export class WorkFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'latarnik-outside-'));

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return name;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  /** Runs a command and tells how it ended. @throws when it cannot be run at all */
  run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.path,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env },
    });
    if (error !== undefined) throw error;
    return { ok: status === 0, stdout, stderr };
  }

  /** What a command prints, when it ends well. @throws with its own words when it does not */
  output(command: string, args: readonly string[]): string {
    const { ok, stdout, stderr } = this.run(command, args);
    if (!ok) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** How each command is asked whether it is there, and the Debian package that has it. */
const COMMANDS = {
  openssl: { ask: ['version'], from: 'openssl' },
  xmllint: { ask: ['--version'], from: 'libxml2-utils' },
  xmlsec1: { ask: ['--version'], from: 'xmlsec1' },
  zbarimg: { ask: ['--version'], from: 'zbar-tools' },
  'rsvg-convert': { ask: ['--version'], from: 'librsvg2-bin' },
} as const;

const saidMissing = new Set<string>();

/** `it` where this machine has all the commands, else `it.skip` and a plain word about it. */
export function itWith(...commands: readonly (keyof typeof COMMANDS)[]): typeof it | typeof it.skip {
  const missing = commands.filter((command) => spawnSync(command, COMMANDS[command].ask).status !== 0);
  for (const command of missing.filter((one) => !saidMissing.has(one))) {
    saidMissing.add(command);
    const { from } = COMMANDS[command];
    console.warn(`${command} is not installed here (Debian package ${from}): what it would check is skipped`);
  }
  return missing.length === 0 ? it : it.skip;
}
