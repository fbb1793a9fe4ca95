import { create } from 'xmlbuilder2';

import { FA3_NAMESPACE } from '../../read/form.js';
import { collapsed } from '../model/fields.js';

/** An element to be written, before any XML library sees it. */
export interface Element {
  readonly name: string;
  readonly content: string | readonly Element[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Pieces in document order; what is absent is `undefined` or an empty list. */
type Pieces = readonly (Element | readonly Element[] | undefined)[];

export const group = (name: string, ...pieces: Pieces): Element => ({ name, content: flat(pieces) });

export const flat = (pieces: Pieces): readonly Element[] => pieces.flatMap((piece) => piece ?? []);

/** A value of the schema's `token` types: one line, single spaces. Nothing when there is no value. */
export function leaf(name: string, value: string | number | undefined): Element | undefined {
  return value === undefined ? undefined : { name, content: collapsed(String(value)) };
}

/** A value written as it is. */
export const verbatim = (name: string, content: string): Element => ({ name, content });

/** TWybor1: `1` or no element at all. */
export const marker = (name: string, isSet: boolean | undefined): Element | undefined =>
  isSet === true ? { name, content: '1' } : undefined;

/** TWybor1_2: 1 for yes, 2 for no. */
export const yesNo = (name: string, isSet: boolean | undefined): Element => ({
  name,
  content: isSet === true ? '1' : '2',
});

export const each = <T>(values: readonly T[] | undefined, write: (value: T, at: number) => Element | undefined) =>
  (values ?? []).flatMap((value, at) => write(value, at) ?? []);

/** @returns UTF-8 without byte order mark */
export function serialize(root: Element): Uint8Array {
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  append(document, root);
  return new TextEncoder().encode(document.end({ prettyPrint: true }));
}

function append(parent: ReturnType<typeof create>, { name, content, attributes = {} }: Element): void {
  const element = parent.ele(FA3_NAMESPACE, name, attributes);
  if (typeof content === 'string') element.txt(escapedAmpersands(content));
  else for (const child of content) append(element, child);
}

/**
 * xmlbuilder2 4.0.3 escapes an ampersand only where no reference seems to follow (nonEntityAmpersandRegex): "&lt;" or
 * "&#127;" in a name would come out as a reference. `&amp;` passes through it as it is.
 */
const escapedAmpersands = (text: string): string => text.replaceAll('&', '&amp;');
