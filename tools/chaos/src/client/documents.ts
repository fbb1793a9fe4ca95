import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'invoices');

/** Examples of one seller, without an original to correct and without a consent to ask for. */
const FILES = [
  'domestic-several-rates.xml',
  'consumer-without-nip.xml',
  'exempt-sale.xml',
  'simplified.xml',
  'special-characters.xml',
  'split-payment.xml',
  'reverse-charge.xml',
  'eur-with-exchange-rate.xml',
] as const;
const SELLER = '<NIP>5265877635</NIP>';

/** Invoices as an ERP sends them: FA(3) files whose seller, number and day of issue are put in beforehand. */
export class Documents {
  private constructor(private readonly templates: readonly string[]) {}

  static async read(): Promise<Documents> {
    return new Documents(await Promise.all(FILES.map((file) => readFile(join(FOLDER, file), 'utf8'))));
  }

  make(
    variant: number,
    facts: { readonly sellerNip: string; readonly number: string; readonly day: string },
  ): Uint8Array {
    const template = this.templates[variant % this.templates.length] ?? '';
    const text = template
      .replace(SELLER, `<NIP>${facts.sellerNip}</NIP>`)
      .replace(/<P_1>[^<]*<\/P_1>/, `<P_1>${facts.day}</P_1>`)
      .replace(/<P_2>[^<]*<\/P_2>/, `<P_2>${facts.number}</P_2>`)
      .replace(/<SystemInfo>[^<]*<\/SystemInfo>/, `<SystemInfo>Próba ${String(variant)}</SystemInfo>`);
    return new TextEncoder().encode(text);
  }
}

/** RodzajFaktury of a document. */
export const kindOf = (body: Uint8Array): string =>
  /<RodzajFaktury>([^<]*)</.exec(new TextDecoder().decode(body))?.[1] ?? '';

/** Today in Poland, as P_1 wants it. */
export const warsawToday = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(new Date());
