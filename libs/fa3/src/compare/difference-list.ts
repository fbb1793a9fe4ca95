import type { FieldComparison, FieldDifference } from '@latarnik/domain';

/** Content differences beyond this help nobody, and a hostile document can cause tens of thousands. */
const MOST_CONTENT = 1000;
/** Technical ones, of which a mended generator makes one in every line. */
const MOST_TECHNICAL = 200;
const LONGEST_VALUE = 300;

/** Collects differences, content apart from what is technical, and says how many more there were. */
export class DifferenceList {
  readonly #content: FieldDifference[] = [];
  readonly #technical: FieldDifference[] = [];
  #unlisted = 0;

  get isEmpty(): boolean {
    return this.#content.length === 0 && this.#technical.length === 0;
  }

  add(kind: FieldDifference['kind'], path: string, before: string | undefined, after: string | undefined): void {
    const list = kind === 'content' ? this.#content : this.#technical;
    if (list.length >= (kind === 'content' ? MOST_CONTENT : MOST_TECHNICAL)) {
      this.#unlisted++;
      return;
    }
    list.push({
      path,
      kind,
      ...(before === undefined ? {} : { before: shown(before) }),
      ...(after === undefined ? {} : { after: shown(after) }),
    });
  }

  toComparison(unread: string | undefined): FieldComparison {
    const differences = [...this.#content, ...this.#technical];
    const found = { differences, unlisted: this.#unlisted };
    return unread === undefined ? { scope: 'full', ...found } : { scope: 'partial', unread, ...found };
  }
}

/** A value for people and for a database: without characters that print nothing, and not without end. */
function shown(value: string): string {
  const cut = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}… (${value.length} characters)` : value;
  return cut.replace(/[^\P{Cc}\t\n]|\p{Cs}|[\u2028\u2029\ufeff]/gu, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
