import type { DocumentElement } from '@latarnik/domain';

/**
 * An element whose children are taken one by one. What nobody took is left in `rest`, so that whoever lays out a document
 * can show everything else in a general way, and nothing of it gets lost.
 */
export class Part {
  readonly #left: Set<DocumentElement>;

  constructor(readonly element: DocumentElement) {
    this.#left = new Set(element.children);
  }

  static ofOptional(element: DocumentElement | undefined): Part | undefined {
    return element === undefined ? undefined : new Part(element);
  }

  /** The first child of that name that was not taken. */
  take(name: string): DocumentElement | undefined {
    for (const child of this.#left) {
      if (child.name !== name) continue;
      this.#left.delete(child);
      return child;
    }
    return undefined;
  }

  takeAll(...names: readonly string[]): readonly DocumentElement[] {
    const taken = [...this.#left].filter(({ name }) => names.includes(name));
    for (const child of taken) this.#left.delete(child);
    return taken;
  }

  /** Takes a child that holds text alone; leaves one with children of its own, which `rest` shows. */
  text(name: string): string | undefined {
    for (const child of this.#left) {
      if (child.name !== name || child.children.length > 0) continue;
      this.#left.delete(child);
      return child.text;
    }
    return undefined;
  }

  /** A look at a text that leaves it where it is. */
  peek(name: string): string | undefined {
    return this.peekAt(name)?.text;
  }

  /** A look at an element that leaves it where it is. */
  peekAt(name: string): DocumentElement | undefined {
    return [...this.#left].find((child) => child.name === name);
  }

  rest(): readonly DocumentElement[] {
    return [...this.#left];
  }
}
