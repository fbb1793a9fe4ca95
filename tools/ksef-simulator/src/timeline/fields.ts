/** A scenario that cannot be played; the message names the place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** The fields of one mapping, read with a word about what is wrong with them. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws {ScenarioError} when it is no mapping, or has a field that means nothing */
  constructor(
    value: unknown,
    readonly where: string,
    known: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ScenarioError(`${where}: fields wanted (${known.join(', ')})`);
    }
    this.#values = value as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(value).find((name) => !known.includes(name));
    if (unknown !== undefined) throw new ScenarioError(`${where}: ${unknown} is none of ${known.join(', ')}`);
  }

  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  value(name: string): unknown {
    return this.#values[name];
  }

  text(name: string): string {
    const text = this.optionalText(name);
    if (text === undefined) throw this.wrong(name, 'is missing');
    return text;
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw this.wrong(name, 'is no text');
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#values[name] ?? fallback;
    if (typeof value !== 'boolean') throw this.wrong(name, 'is true or false');
    return value;
  }

  count(name: string, fallback: number): number {
    const value = this.#values[name] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw this.wrong(name, 'is no count');
    return value as number;
  }

  list(name: string): readonly unknown[] {
    const value = this.#values[name];
    if (!Array.isArray(value)) throw this.wrong(name, 'is no list');
    return value as readonly unknown[];
  }

  wrong(name: string, what: string): ScenarioError {
    return new ScenarioError(`${this.where}: ${name} ${what}`);
  }
}
