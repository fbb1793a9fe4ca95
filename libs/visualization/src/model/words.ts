import { readableDecimal, type DocumentLanguage } from '@latarnik/domain';

/** Polish, English. */
export type Bilingual = readonly [pl: string, en: string];
export type Labels = Readonly<Record<string, Bilingual>>;
/** Per element what its codes mean. */
export type CodeTable = Readonly<Record<string, Labels>>;

/** The words of one language for the names and codes of a form. */
export class Words {
  readonly #at: 0 | 1;

  constructor(
    readonly language: DocumentLanguage,
    private readonly labels: Labels,
    private readonly codes: CodeTable,
    /** Elements that hold a decimal. */
    private readonly decimals: ReadonlySet<string> = new Set(),
  ) {
    this.#at = language === 'pl' ? 0 : 1;
  }

  say(text: Bilingual): string {
    return text[this.#at];
  }

  /** The label of an element; one that has none is shown under its own name. */
  label(name: string): string {
    return Object.hasOwn(this.labels, name) ? this.say(this.labels[name] ?? [name, name]) : name;
  }

  /** What a code means, a decimal as people read it; any other value as it stands. */
  value(name: string, text: string): string {
    if (this.decimals.has(name)) return readableDecimal(text, this.language);
    const codes = Object.hasOwn(this.codes, name) ? this.codes[name] : undefined;
    const meaning = codes !== undefined && Object.hasOwn(codes, text) ? codes[text] : undefined;
    return meaning === undefined ? text : this.say(meaning);
  }

  isDecimal(name: string): boolean {
    return this.decimals.has(name);
  }

  /** A country by its code, which stays beside its name: `Polska (PL)`. */
  country(code: string): string {
    const region = { EL: 'GR' }[code] ?? code;
    if (!/^[A-Z]{2}$/.test(region)) return code;
    const name = new Intl.DisplayNames([this.language], { type: 'region', fallback: 'none' }).of(region);
    return name === undefined ? code : `${name} (${code})`;
  }
}
