import type { FieldDifference } from '@latarnik/domain';

import { FORBIDDEN_CHARACTERS } from '../forbidden-characters.js';
import { FA3_NAMESPACE } from '../read/form.js';
import type { DifferenceList } from './difference-list.js';
import { type ElementTree, isEmpty } from './element-tree.js';
import { NUMERIC_FIELDS, sameNumber } from './numeric-fields.js';

const SCHEMA_INSTANCE = '{http://www.w3.org/2001/XMLSchema-instance}';
const SCHEMA_LOCATIONS: ReadonlySet<string> = new Set([
  `${SCHEMA_INSTANCE}schemaLocation`,
  `${SCHEMA_INSTANCE}noNamespaceSchemaLocation`,
]);

/** Fields that speak of the file and not of the invoice, by path. */
const FILE_FIELDS: Readonly<Record<string, FieldDifference['kind']>> = {
  '/Faktura/Naglowek/DataWytworzeniaFa': 'CREATION_TIME',
  '/Faktura/Naglowek/SystemInfo': 'SYSTEM_INFO',
};

/** Compares two documents element by element, in their order; every difference is named with its path. */
export function compareTrees(before: ElementTree, after: ElementTree, found: DifferenceList): void {
  if (before.key !== after.key) {
    found.add('content', '/', before.key, after.key);
    return;
  }
  compareElements(before, after, `/${before.name}`, found);
}

function compareElements(before: ElementTree, after: ElementTree, path: string, found: DifferenceList): void {
  compareAttributes(before, after, path, found);
  if (before.prefix !== after.prefix) found.add('NAMESPACE_PREFIX', path, before.prefix, after.prefix);
  compareText(before, after, path, found);
  compareChildren(before, after, path, found);
}

function compareAttributes(before: ElementTree, after: ElementTree, path: string, found: DifferenceList): void {
  for (const key of new Set([...before.attributes.keys(), ...after.attributes.keys()])) {
    const [old, next] = [before.attributes.get(key), after.attributes.get(key)];
    if (old === next) continue;
    const at = `${path}/@${key.replace(/^\{.*\}/, '')}`;
    if (SCHEMA_LOCATIONS.has(key)) found.add('SCHEMA_LOCATION', at, old, next);
    else compareValues(old, next, at, found);
  }
}

/** Text between children is layout where it is white space, and content where it is not. */
function compareText(before: ElementTree, after: ElementTree, path: string, found: DifferenceList): void {
  if (before.text === after.text) return;
  const isLeaf = before.children.length === 0 && after.children.length === 0;
  if (!isLeaf && before.text.trim() === '' && after.text.trim() === '') return;
  compareValues(before.text, after.text, path, found);
}

function compareValues(old: string | undefined, next: string | undefined, path: string, found: DifferenceList): void {
  found.add(kindOf(old, next, path), path, old, next);
}

/** @returns why two unequal texts say the same; `content` when they do not */
function kindOf(old: string | undefined, next: string | undefined, path: string): FieldDifference['kind'] {
  const fileField = FILE_FIELDS[path];
  if (fileField !== undefined) return fileField;
  if (old === undefined || next === undefined) return 'content';
  if (collapsed(old) === collapsed(next)) return 'WHITE_SPACE';
  if (isNumeric(path) && sameNumber(old, next)) return 'NUMBER_SPELLING';
  return collapsed(printable(old)) === collapsed(printable(next)) ? 'CONTROL_CHARACTER' : 'content';
}

/** By the name of the field: `/Faktura/Fa/FaWiersz[2]/P_11`. */
const isNumeric = (path: string): boolean =>
  NUMERIC_FIELDS.has(path.slice(path.lastIndexOf('/') + 1).replace(/\[\d+\]$/, ''));

/** As xsd:token, of which every text type of FA(3) is made. */
const collapsed = (text: string): string => text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
const printable = (text: string): string => text.replace(FORBIDDEN_CHARACTERS, '');

/** A child with its path; elements that repeat carry their 1-based place among those of their name. */
interface Placed {
  readonly tree: ElementTree;
  readonly path: string;
}

function compareChildren(before: ElementTree, after: ElementTree, path: string, found: DifferenceList): void {
  const [old, next] = [placed(before, path), placed(after, path)];
  if (sameNames(old, next)) {
    pairUp(old, next, found);
    return;
  }
  const [oldSaying, nextSaying] = [withoutEmpty(old, next), withoutEmpty(next, old)];
  for (const { path: at } of oldSaying.left) found.add('EMPTY_ELEMENT', at, '', undefined);
  for (const { path: at } of nextSaying.left) found.add('EMPTY_ELEMENT', at, undefined, '');
  if (sameNames(oldSaying.kept, nextSaying.kept)) pairUp(oldSaying.kept, nextSaying.kept, found);
  else nameTheRest(oldSaying.kept, nextSaying.kept, path, found);
}

function placed({ children }: ElementTree, path: string): readonly Placed[] {
  const total = new Map<string, number>();
  for (const { key } of children) total.set(key, (total.get(key) ?? 0) + 1);
  const seen = new Map<string, number>();
  return children.map((tree) => {
    const place = (seen.get(tree.key) ?? 0) + 1;
    seen.set(tree.key, place);
    const repeats = (total.get(tree.key) ?? 0) > 1;
    return { tree, path: `${path}/${tree.name}${repeats ? `[${place}]` : ''}` };
  });
}

function sameNames(old: readonly Placed[], next: readonly Placed[]): boolean {
  return old.length === next.length && old.every(({ tree }, at) => tree.key === next[at]?.tree.key);
}

function pairUp(old: readonly Placed[], next: readonly Placed[], found: DifferenceList): void {
  old.forEach(({ tree, path }, at) => {
    const other = next[at];
    if (other !== undefined) compareElements(tree, other.tree, path, found);
  });
}

/** Parts from the others those that say nothing, unless the other document has as many of that name. */
function withoutEmpty(
  these: readonly Placed[],
  those: readonly Placed[],
): { readonly kept: readonly Placed[]; readonly left: readonly Placed[] } {
  const count = (all: readonly Placed[], key: string): number => all.filter(({ tree }) => tree.key === key).length;
  const fewerThere = new Map<string, boolean>();
  const left = these.filter(({ tree }) => {
    if (!isEmpty(tree)) return false;
    const known = fewerThere.get(tree.key) ?? count(those, tree.key) < count(these, tree.key);
    fewerThere.set(tree.key, known);
    return known;
  });
  const gone = new Set(left);
  return { left, kept: these.filter((each) => !gone.has(each)) };
}

/** Children that do not match: by name and place, then what is left over, then their order. */
function nameTheRest(old: readonly Placed[], next: readonly Placed[], path: string, found: DifferenceList): void {
  const keyed = (all: readonly Placed[]): ReadonlyMap<string, Placed> => {
    const seen = new Map<string, number>();
    return new Map(
      all.map((each) => {
        const place = (seen.get(each.tree.key) ?? 0) + 1;
        seen.set(each.tree.key, place);
        return [`${each.tree.key} ${String(place)}`, each];
      }),
    );
  };
  const [before, after] = [keyed(old), keyed(next)];
  for (const [key, { tree, path: at }] of before) {
    const other = after.get(key);
    if (other === undefined) found.add(FILE_FIELDS[at] ?? 'content', at, summaryOf(tree), undefined);
    else compareElements(tree, other.tree, at, found);
  }
  for (const [key, { tree, path: at }] of after) {
    if (!before.has(key)) found.add(FILE_FIELDS[at] ?? 'content', at, undefined, summaryOf(tree));
  }
  const orderOf = (all: ReadonlyMap<string, Placed>, others: ReadonlyMap<string, Placed>): string =>
    [...all].flatMap(([key, { tree }]) => (others.has(key) ? [tree.name] : [])).join(' ');
  const [oldOrder, nextOrder] = [orderOf(before, after), orderOf(after, before)];
  if (oldOrder !== nextOrder) found.add('content', `${path} (order of its elements)`, oldOrder, nextOrder);
}

/** All text of an element, for people. */
function summaryOf({ text, children }: ElementTree): string {
  return [collapsed(text), ...children.map(summaryOf)].filter((part) => part !== '').join(' ');
}

/** Whether a document is FA(3) at all. */
export const isFa3 = ({ key }: ElementTree): boolean => key === `{${FA3_NAMESPACE}}Faktura`;
