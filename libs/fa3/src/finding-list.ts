import type { Finding } from '@latarnik/domain';

/** More than this helps nobody, and a hostile document can cause tens of thousands. */
export const MAX_FINDINGS = 200;

/** Collects findings up to the limit and says so when there were more. */
export class FindingList {
  readonly #kept: Finding[] = [];
  #dropped = 0;

  /** Whether another finding would still be kept: lets a caller spare the work of wording it. */
  get isFull(): boolean {
    return this.#kept.length >= MAX_FINDINGS;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  add(finding: Finding): void {
    if (this.isFull) this.#dropped++;
    else this.#kept.push(finding);
  }

  /** Counts findings that were not worded because the list is full. */
  drop(count: number): void {
    this.#dropped += count;
  }

  toArray(): readonly Finding[] {
    if (this.#dropped === 0) return [...this.#kept];
    const message = `${this.#dropped} more findings are not listed; fix the ones above and check again.`;
    return [...this.#kept, { code: 'FINDINGS_CUT', message }];
  }
}
