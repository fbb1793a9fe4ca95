import type { DocumentElement } from '@latarnik/domain';

type Content = string | readonly DocumentElement[];

/** An element of a document, written down. */
export const el = (name: string, content: Content): DocumentElement => ({
  name,
  attributes: [],
  children: typeof content === 'string' ? [] : content,
  text: typeof content === 'string' ? content : '',
});

const party = (name: string, nip: string, company: string): DocumentElement =>
  el(name, [
    el('DaneIdentyfikacyjne', [el('NIP', nip), el('Nazwa', company)]),
    el('Adres', [el('KodKraju', 'PL'), el('AdresL1', 'ul. Nadbrzeżna 14'), el('AdresL2', '84-104 Jastrzębia Góra')]),
  ]);

/** An invoice as small as one may be, with more put in. */
export const smallInvoice = (more: {
  readonly number?: string;
  readonly seller?: string;
  readonly fa?: readonly DocumentElement[];
  readonly root?: readonly DocumentElement[];
}): DocumentElement =>
  el('Faktura', [
    party('Podmiot1', '5265877635', more.seller ?? 'Latarnia Morska sp. z o.o.'),
    party('Podmiot2', '7712345609', 'Pensjonat Pod Klifem'),
    el('Fa', [
      el('KodWaluty', 'PLN'),
      el('P_1', '2026-11-20'),
      el('P_2', more.number ?? 'FV/1'),
      el('P_15', '123.00'),
      el('RodzajFaktury', 'VAT'),
      ...(more.fa ?? []),
    ]),
    ...(more.root ?? []),
  ]);

export const manyLines = (count: number): DocumentElement =>
  smallInvoice({
    number: `FV/${String(count)}`,
    fa: Array.from({ length: count }, (_, at) =>
      el('FaWiersz', [
        el('NrWierszaFa', String(at + 1)),
        el('P_7', `Usługa doradcza, etap ${String(at + 1)}: przegląd dokumentacji i wdrożenie zaleceń`),
        el('PKWiU', '62.02.30.0'),
        el('P_8A', 'godz.'),
        el('P_8B', String((at % 37) + 1)),
        el('P_9A', `${String(100 + at)}.99`),
        el('P_11', `${String(123_456 + at * 7)}.50`),
        el('P_11Vat', `${String(28_394 + at)}.80`),
        el('P_12', '23'),
      ]),
    ),
  });

const LONG_WORD = 'Konstantynopolitańczykowianeczka'.repeat(14);

/** What people type, and what machines fill in. */
export const hostileInvoice = smallInvoice({
  number: `FV/${'0123456789'.repeat(24)}`,
  seller: 'Zażółć gęślą jaźń & Söhne <b>GmbH</b> "Łódź" \u{1F6A2}\u{1F469}\u200D\u{1F52C}',
  fa: [
    el('DodatkowyOpis', [el('Klucz', 'שלום עולם 123 (abc)'), el('Wartosc', 'مرحبا بالعالم ٣٤٥ abc')]),
    el('DodatkowyOpis', [el('Klucz', '上海贸易有限公司'), el('Wartosc', 'Ελληνικά, Українська, Tiếng Việt, 한국')]),
    el('DodatkowyOpis', [
      el('Klucz', '<script>alert(1)</script>'),
      el('Wartosc', `https://example.com/${'a1'.repeat(110)}`),
    ]),
    el('FaWiersz', [
      el('NrWierszaFa', '1'),
      el('P_7', LONG_WORD),
      el('P_8A', 'opakowanie zbiorcze wielokrotnego użytku'),
      el('P_8B', '1234567890123456.123456'),
      el('P_9A', '12345678901234.12345678'),
      el('P_10', '12345678901234.12'),
      el('P_11', '-12345678901234567.89'),
      el('P_11Vat', '-12345678901234567.89'),
      el('P_11A', '-12345678901234567.89'),
      el('P_12', '23'),
      el('GTU', 'GTU_12'),
      el('Nieznany', 'element spoza schemy'),
    ]),
    el('FaWiersz', [el('NrWierszaFa', '2'), el('P_7', 'x '.repeat(2500).trim())]),
    el('FaWiersz', []),
  ],
  root: [
    el('Zalacznik', [
      el('BlokDanych', [
        el('ZNaglowek', 'Pomiary w punktach poboru'),
        el('MetaDane', [el('ZKlucz', 'Punkt poboru energii'), el('ZWartosc', 'PPE 590322400100200300')]),
        el('Tekst', [el('Akapit', 'Odczyty za listopad, w kWh.'), el('Akapit', 'Dane z liczników zdalnego odczytu.')]),
        el('Tabela', [
          el('TMetaDane', [el('TKlucz', 'Taryfa'), el('TWartosc', 'G12w')]),
          el('Opis', 'Zużycie godzinowe'),
          el('TNaglowek', [
            ...Array.from({ length: 20 }, (_, at) => ({
              ...el('Kol', [el('NKom', at === 0 ? 'Dzień' : `Godzina ${String(at)}:00`)]),
              attributes: [{ name: 'Typ', value: at === 0 ? 'date' : 'dec' }],
            })),
          ]),
          ...Array.from({ length: 30 }, (_, row) =>
            el(
              'Wiersz',
              Array.from({ length: 20 }, (__, at) =>
                el(
                  'WKom',
                  at === 0 ? `2026-11-${String(row + 1).padStart(2, '0')}` : `${String(row * at)}.${String(at)}75`,
                ),
              ),
            ),
          ),
          el(
            'Suma',
            Array.from({ length: 20 }, (_, at) => el('SKom', at === 0 ? 'Razem' : `${String(at * 435)}.000`)),
          ),
        ]),
      ]),
    ]),
    el('Przyszly', [el('Element', [el('Glebiej', [el('Najglebiej', 'wartość sprzed lat')])])]),
  ],
});
