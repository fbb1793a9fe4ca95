import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..', '..');
const projects = ['libs', 'apps', 'tools', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => existsSync(join(root, folder, name, 'package.json')))
    .map((name) => `${folder}/${name}`),
);
const files = projects.flatMap((project) =>
  readdirSync(join(root, project, 'src'), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${project}/src/${name}`,
  ),
);

describe('the tree', () => {
  it.each(projects)('%s says in a README of at most 30 lines what it is for', (project) => {
    const readme = readFileSync(join(root, project, 'README.md'), 'utf8');

    expect(readme.split('\n').length).toBeLessThanOrEqual(31);
  });

  it.each(projects)('%s has a layer', (project) => {
    const { nx } = JSON.parse(readFileSync(join(root, project, 'package.json'), 'utf8')) as { nx: { tags: string[] } };

    expect(nx.tags).toContainEqual(expect.stringMatching(/^layer:(domain|adapter|compose|app|tool|example)$/));
  });

  it('uses no word that says nothing in a file name', () => {
    expect(files.filter((file) => /(service|manager|helper|utils?)\.ts$/i.test(file))).toEqual([]);
  });

  it('turns off no boundary rule', () => {
    const silenced = files
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /eslint-disable.*enforce-module-boundaries/.test(readFileSync(join(root, file), 'utf8')))
      .filter((file) => !file.endsWith('tidy.spec.ts'));

    expect(silenced).toEqual([]);
  });

  it('numbers its decisions without gaps', () => {
    const numbers = readdirSync(join(root, 'docs/adr'))
      .map((name) => Number(name.slice(0, 4)))
      .sort((a, b) => a - b);

    expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  });
});
