import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';

/** `it`, or `it.skip` and a plain word about it where zbarimg is not installed. */
export function itWithZbar(): typeof it | typeof it.skip {
  if (spawnSync('zbarimg', ['--version']).status === 0) return it;
  console.warn('Not checked with zbarimg: it is not installed (Debian package zbar-tools).');
  return it.skip;
}

/** What zbarimg reads in each PNG, only QR codes looked for. @throws with its own words when it reads nothing */
export function readByZbar(pngs: readonly Uint8Array[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'visualization-spec-'));
  try {
    const files = pngs.map((png, at) => {
      const file = join(folder, `${at}.png`);
      writeFileSync(file, png);
      return file;
    });
    const options = ['--quiet', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable'];
    const { stdout, stderr } = spawnSync('zbarimg', [...options, ...files], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return stdout.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
