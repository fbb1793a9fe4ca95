import { readPlainDocument } from '../../testing/plain-document.js';
import type { DocumentComparison } from '../document-comparison.port.js';
import type { FieldComparison, FieldDifference } from '../field-comparison.js';

/**
 * Compares plain documents: white space at the ends of the content is technical, everything else is content. What is no
 * plain document is compared by its facts alone.
 */
export const plainComparison: DocumentComparison = {
  compare: (issued, facts, proposed): FieldComparison => {
    const before = readPlainDocument(issued);
    const after = readPlainDocument(proposed.bytes);
    if (before === undefined || after === undefined) {
      const same = facts.number === proposed.facts.number;
      const changed = { path: 'number', kind: 'content' as const, before: facts.number, after: proposed.facts.number };
      return { scope: 'partial', unread: 'not a plain document', differences: same ? [] : [changed], unlisted: 0 };
    }
    const differences = (['number', 'sellerNip', 'issueDate', 'content'] as const).flatMap(
      (path): readonly FieldDifference[] => {
        if (before[path] === after[path]) return [];
        const kind = before[path].trim() === after[path].trim() ? 'WHITE_SPACE' : 'content';
        return [{ path, kind, before: before[path], after: after[path] }];
      },
    );
    return { scope: 'full', differences, unlisted: 0 };
  },
};
