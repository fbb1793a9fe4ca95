// Everything that must hold before a change lands, stage by stage; ends with the sum of all tests.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
const folders = ['libs', 'apps', 'tools', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, folder, entry.name)),
);
for (const folder of folders) rmSync(join(folder, 'test-output'), { recursive: true, force: true });

const stages = [
  ['project references', ['nx', 'sync:check']],
  ['format', ['prettier', '--check', '.', '--log-level', 'warn']],
  ['build', ['node', 'scripts/build.mjs']],
  [
    'types, lint and tests',
    ['nx', 'run-many', '-t', 'typecheck', 'lint', 'test', '--parallel=2', '--output-style=stream', '--skip-nx-cache'],
  ],
];

let failedStages = 0;
for (const [name, [command, ...args]] of stages) {
  console.log(`\n=== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) {
    failedStages += 1;
    console.log(`=== ${name}: FAILED`);
  }
}

const counts = folders.map(readCounts).filter((count) => count !== undefined);
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
const failed = Math.max(sum('failed'), failedStages);
console.log(`\n${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped`);
process.exit(failed === 0 && sum('passed') > 0 ? 0 : 1);

function readCounts(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'test-output', 'counts.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
