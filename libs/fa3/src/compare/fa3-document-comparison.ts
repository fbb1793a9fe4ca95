import type { DocumentComparison, FieldComparison, InvoiceFacts } from '@latarnik/domain';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';

import { FindingList } from '../finding-list.js';
import { FORBIDDEN_CHARACTERS } from '../forbidden-characters.js';
import { scanText } from '../read/text-scan.js';
import { compareFacts } from './compare-facts.js';
import { compareTrees, isFa3 } from './compare-trees.js';
import { DifferenceList } from './difference-list.js';
import { type ElementTree, treeOf } from './element-tree.js';
import { compareOutside } from './prologs.js';
import { compareScanned } from './scanned-fields.js';

/** As the reader: no network, no external entity, no recovery; a text with a DOCTYPE never gets here. */
const PARSE_OPTIONS = (ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_NO_SYS_CATALOG |
  ParseOption.XML_PARSE_IGNORE_ENC |
  ParseOption.XML_PARSE_BIG_LINES) as ParseOption;

/**
 * FA(3) files, compared element by element. A file that only forbidden characters, a byte order mark or a wrong
 * declaration keep from being read is read without them; one that is not XML at all is compared by its facts and by what
 * a plain search of its text finds, and the comparison says so.
 */
export class Fa3DocumentComparison implements DocumentComparison {
  compare(
    issued: Uint8Array,
    facts: InvoiceFacts,
    proposed: { readonly bytes: Uint8Array; readonly facts: InvoiceFacts },
  ): FieldComparison {
    const found = new DifferenceList();
    const [before, after] = [textOf(issued), textOf(proposed.bytes)];
    const next = treeIn(after);
    if (next === undefined) throw new Error('a file that was read as valid cannot be parsed');
    const old = treeIn(before);
    compareOutside(before, after, found);
    const isReadable = old !== undefined && isFa3(old);
    if (isReadable) compareTrees(old, next, found);
    else compareScanned(before, next, found);
    const inFields = found.toComparison(undefined).differences.some(({ kind }) => kind === 'content');
    // The fields say it with more detail; the facts are what everything else of the invoice rests on.
    if (!inFields) compareFacts(facts, proposed.facts, found);
    if (found.isEmpty) found.add('LAYOUT', '(file)', undefined, undefined);
    return found.toComparison(isReadable ? undefined : whyUnread(old));
  }
}

/** UTF-8 as far as it goes: what is no UTF-8 becomes U+FFFD, and differs from whatever stands in the new file. */
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

function treeIn(text: string): ElementTree | undefined {
  return (
    parsed(text) ??
    parsed(
      text
        .replace(/^\ufeff/, '')
        .replace(FORBIDDEN_CHARACTERS, '')
        .trimStart(),
    )
  );
}

function parsed(text: string): ElementTree | undefined {
  if (!scanText(text, new FindingList())) return undefined;
  try {
    using document = XmlDocument.fromBuffer(new TextEncoder().encode(text), {
      encoding: 'utf-8',
      option: PARSE_OPTIONS,
    });
    return treeOf(document);
  } catch (error) {
    if (error instanceof XmlParseError) return undefined;
    throw error;
  }
}

function whyUnread(tree: ElementTree | undefined): string {
  if (tree === undefined) {
    return 'The issued file is not well-formed XML: only the facts stored at issue and the fields that a search of its text finds were compared.';
  }
  return `The issued file is not an FA(3) document (its root is ${tree.name}): only the facts stored at issue and the fields that a search of its text finds were compared.`;
}
