import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { create } from 'xmlbuilder2';

import { read } from '../testing/documents.js';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'invoices');
const seeds = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.xml') && !name.startsWith('two-hundred'))
  .map((name) => readFileSync(join(EXAMPLES, name)));

interface DomNode {
  readonly nodeType: number;
  readonly localName?: string;
  readonly data?: string;
  readonly childNodes: Iterable<DomNode>;
}

/** Text of the first element at a path, read by another XML parser: white space collapsed, comments left out. */
function secondOpinion(root: DomNode, path: readonly string[]): string | undefined {
  const found = path.reduce<DomNode | undefined>(
    (at, name) => at && [...at.childNodes].find((child) => child.localName === name),
    root,
  );
  return (
    found &&
    textOf(found)
      .replace(/[ \t\r\n]+/g, ' ')
      .trim()
  );
}

const textOf = (node: DomNode): string =>
  [...node.childNodes].map((child) => ([3, 4].includes(child.nodeType) ? (child.data ?? '') : '')).join('');

const SNIPPETS = [
  '<',
  '>',
  '&',
  '"',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x?>',
  '<!DOCTYPE a>',
  '&#x41;',
  '&#127;',
  '</Fa>',
  '<P_2>',
  '\u0085',
  'Ż',
  ' xmlns=""',
  '\0',
];

type Edit = readonly [place: number, removed: number, inserted: Buffer];
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.nat(4000),
  fc.integer({ min: 0, max: 6 }),
  fc.oneof(
    fc.constantFrom(...SNIPPETS).map((snippet) => Buffer.from(snippet)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.alloc(0)),
  ),
);

const mutate = (seed: Buffer, edits: readonly Edit[]): Buffer =>
  edits.reduce((bytes, [place, removed, inserted]) => {
    const at = place % bytes.length;
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
  }, seed);

describe('a damaged invoice', () => {
  it('is refused with findings, or two parsers read the same from it', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 2 }), (seed, edits) => {
        const bytes = mutate(seed, edits);
        const outcome = read(bytes);
        if (!outcome.ok) {
          expect(outcome.error.length).toBeGreaterThan(0);
          return;
        }
        accepted++;
        const { node } = create(bytes.toString('utf8')).root();
        const opinion = (...path: string[]): string | undefined => secondOpinion(node, path);
        const { number, issueDate, sellerNip, kind, currency, grossAmount } = outcome.value;
        expect({
          number: opinion('Fa', 'P_2'),
          issueDate: opinion('Fa', 'P_1'),
          sellerNip: opinion('Podmiot1', 'DaneIdentyfikacyjne', 'NIP'),
          kind: opinion('Fa', 'RodzajFaktury'),
          currency: opinion('Fa', 'KodWaluty'),
          grossAmount: opinion('Fa', 'P_15'),
        }).toEqual({ number, issueDate: issueDate.toString(), sellerNip, kind, currency, grossAmount });
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
