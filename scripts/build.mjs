// Compiles every project, in the order of their references, and fetches what they need at run time.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const projects = ['libs', 'apps', 'tools', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .map((name) => join(folder, name, 'tsconfig.lib.json'))
    .filter((file) => existsSync(join(root, file))),
);
const run = (file, ...args) => execFileSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' });

run('libs/fa3/scripts/copy-schemas.mjs');
run('node_modules/typescript/bin/tsc', '--build', ...projects);
