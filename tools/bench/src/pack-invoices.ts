/** A whole number from 0 to below the limit. */
type Dice = (below: number) => number;

/** mulberry32 */
function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NAMES = ['Falochron', 'Baltyk Serwis', 'Żagiel', 'Nowak i Wspólnicy', 'Hurtownia Morska', 'Dźwig-Trans', 'Rybak'];
const FORMS = ['sp. z o.o.', 'S.A.', 'sp. j.', 'sp. k.', 'P.P.H.U.', 's.c.'];
const STREETS = ['Portowa', 'Świętojańska', 'Składowa', 'Inżynierska', 'Długa', '3 Maja', 'Kościuszki', 'Wiśniowa'];
const TOWNS = ['Gdynia', 'Hel', 'Władysławowo', 'Łódź', 'Kraków', 'Szczecin', 'Białystok', 'Poznań', 'Rzeszów'];
const GOODS = [
  'Stal zbrojeniowa',
  'Lina cumownicza',
  'Farba okrętowa',
  'Łożysko kulkowe',
  'Przewód hydrauliczny',
  'Filtr',
];
const KINDS = [
  'żebrowana',
  'polipropylenowa',
  'antyporostowa',
  'zamknięte',
  'dwuwarstwowy',
  'oleju napędowego',
  'typ B',
];
const UNITS = ['szt.', 't', 'm', 'kpl.', 'kg', 'godz.', 'l'];
const RATES = ['23', '8', '5'] as const;

interface Product {
  readonly name: string;
  readonly index: string;
  readonly unit: string;
  readonly priceCents: number;
  readonly rate: (typeof RATES)[number];
}

/** What one seller sells: a few names, prices and rates that come back on many invoices. */
function catalogueOf(count: number, dice: Dice): readonly Product[] {
  return Array.from({ length: count }, () => ({
    name: `${oneOf(GOODS, dice)} ${oneOf(KINDS, dice)} ${digits(4, dice)}-${digits(3, dice)}`,
    index: digits(8, dice),
    unit: oneOf(UNITS, dice),
    priceCents: 99 + dice(500_000),
    rate: dice(5) > 0 ? '23' : oneOf(RATES, dice),
  }));
}

/**
 * FA(3) documents of about 5 kB, one seller's, one after another: buyer, address, order, the choice of products, quantities and
 * amounts are its own; the seller, the account and a catalogue of 100 products are the same for all.
 *
 * @param seed the same seed gives the same documents on every machine
 */
export function invoiceSeries(seed: number): (at: number) => string {
  const dice = seededDice(seed);
  const catalogue = catalogueOf(100, dice);
  return (at) => invoiceXml(at, catalogue, dice);
}

function invoiceXml(at: number, catalogue: readonly Product[], dice: Dice): string {
  const day = `2026-11-${two(1 + dice(20))}`;
  const lines = Array.from({ length: 4 + dice(5) }, (_, index) => aLine(index + 1, oneOf(catalogue, dice), dice));
  const gross = RATES.map((rate) => sum(lines.filter((line) => line.rate === rate)) * (100 + Number(rate)));
  const total = gross.reduce((all, cents) => all + Math.round(cents / 100), 0);
  return `${beginningXml(day, dice)}${buyerXml(dice)}  <Fa>
    <KodWaluty>PLN</KodWaluty>
    <P_1>${day}</P_1>
    <P_1M>Jastrzębia Góra</P_1M>
    <P_2>FV/2026/11/${String(at + 1).padStart(5, '0')}</P_2>
${RATES.map((rate, index) => totals(rate, index + 1, sum(lines.filter((line) => line.rate === rate)))).join('')}    <P_15>${money(total)}</P_15>
${NOTES}${detailsXml(dice)}${lines.map(({ xml }) => xml).join('')}${paymentXml(dice)}${ENDING}`;
}

const beginningXml = (day: string, dice: Dice): string => `<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">
  <Naglowek>
    <KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
    <WariantFormularza>3</WariantFormularza>
    <DataWytworzeniaFa>${day}T${two(dice(24))}:${two(dice(60))}:${two(dice(60))}Z</DataWytworzeniaFa>
    <SystemInfo>Przykład</SystemInfo>
  </Naglowek>
  <Podmiot1>
    <DaneIdentyfikacyjne>
      <NIP>5265877635</NIP>
      <Nazwa>Latarnia Morska Rozewie Handel i Usługi sp. z o.o.</Nazwa>
    </DaneIdentyfikacyjne>
    <Adres>
      <KodKraju>PL</KodKraju>
      <AdresL1>ul. Nadbrzeżna 14</AdresL1>
      <AdresL2>84-104 Jastrzębia Góra</AdresL2>
    </Adres>
    <DaneKontaktowe>
      <Email>faktury@latarnia-rozewie.example</Email>
      <Telefon>+48 58 555 01 02</Telefon>
    </DaneKontaktowe>
  </Podmiot1>
`;

const buyerXml = (dice: Dice): string => `  <Podmiot2>
    <DaneIdentyfikacyjne>
      <NIP>${nip(dice)}</NIP>
      <Nazwa>${oneOf(NAMES, dice)} ${oneOf(TOWNS, dice)} ${String(dice(1000))} ${oneOf(FORMS, dice)}</Nazwa>
    </DaneIdentyfikacyjne>
    <Adres>
      <KodKraju>PL</KodKraju>
      <AdresL1>ul. ${oneOf(STREETS, dice)} ${String(1 + dice(200))}</AdresL1>
      <AdresL2>${two(dice(100))}-${three(dice(1000))} ${oneOf(TOWNS, dice)}</AdresL2>
    </Adres>
    <JST>2</JST>
    <GV>2</GV>
  </Podmiot2>
`;

const NOTES = `    <Adnotacje>
      <P_16>2</P_16>
      <P_17>2</P_17>
      <P_18>2</P_18>
      <P_18A>2</P_18A>
      <Zwolnienie>
        <P_19N>1</P_19N>
      </Zwolnienie>
      <NoweSrodkiTransportu>
        <P_22N>1</P_22N>
      </NoweSrodkiTransportu>
      <P_23>2</P_23>
      <PMarzy>
        <P_PMarzyN>1</P_PMarzyN>
      </PMarzy>
    </Adnotacje>
    <RodzajFaktury>VAT</RodzajFaktury>
`;

const detailsXml = (dice: Dice): string => `    <DodatkowyOpis>
      <Klucz>Numer dostawy</Klucz>
      <Wartosc>WZ/${digits(6, dice)}/2026</Wartosc>
    </DodatkowyOpis>
    <DodatkowyOpis>
      <Klucz>Magazyn wydania</Klucz>
      <Wartosc>Magazyn główny, rampa ${String(1 + dice(12))}</Wartosc>
    </DodatkowyOpis>
    <DodatkowyOpis>
      <Klucz>Warunki dostawy</Klucz>
      <Wartosc>Dostawa transportem sprzedawcy do siedziby nabywcy, rozładunek po stronie nabywcy</Wartosc>
    </DodatkowyOpis>
`;

const paymentXml = (dice: Dice): string => `    <Platnosc>
      <TerminPlatnosci>
        <Termin>2026-12-${two(1 + dice(31))}</Termin>
      </TerminPlatnosci>
      <FormaPlatnosci>6</FormaPlatnosci>
      <RachunekBankowy>
        <NrRB>61109010140000071219812874</NrRB>
        <NazwaBanku>Bank Przykładowy S.A.</NazwaBanku>
      </RachunekBankowy>
    </Platnosc>
    <WarunkiTransakcji>
      <Zamowienia>
        <DataZamowienia>2026-10-${two(1 + dice(31))}</DataZamowienia>
        <NrZamowienia>ZAM/${digits(4, dice)}/${digits(6, dice)}</NrZamowienia>
      </Zamowienia>
    </WarunkiTransakcji>
`;

const ENDING = `  </Fa>
  <Stopka>
    <Informacje>
      <StopkaFaktury>Towar pozostaje własnością sprzedawcy do chwili zapłaty. Reklamacje przyjmujemy w ciągu 14 dni od wydania towaru, na piśmie lub pocztą elektroniczną. Po terminie płatności naliczamy odsetki ustawowe za opóźnienie w transakcjach handlowych.</StopkaFaktury>
    </Informacje>
    <Rejestry>
      <PelnaNazwa>Latarnia Morska Rozewie Handel i Usługi spółka z ograniczoną odpowiedzialnością</PelnaNazwa>
      <KRS>0000123456</KRS>
      <REGON>123456785</REGON>
      <BDO>000123456</BDO>
    </Rejestry>
  </Stopka>
</Faktura>
`;

interface Line {
  readonly xml: string;
  readonly rate: (typeof RATES)[number];
  readonly netCents: number;
}

function aLine(number: number, { name, index, unit, priceCents, rate }: Product, dice: Dice): Line {
  const quantity = 1 + dice(400);
  const netCents = quantity * priceCents;
  const xml = `    <FaWiersz>
      <NrWierszaFa>${String(number)}</NrWierszaFa>
      <P_7>${name}</P_7>
      <Indeks>${index}</Indeks>
      <P_8A>${unit}</P_8A>
      <P_8B>${String(quantity)}</P_8B>
      <P_9A>${money(priceCents)}</P_9A>
      <P_11>${money(netCents)}</P_11>
      <P_12>${rate}</P_12>
    </FaWiersz>
`;
  return { xml, rate, netCents };
}

function totals(rate: string, field: number, netCents: number): string {
  if (netCents === 0) return '';
  const vat = money(Math.round((netCents * Number(rate)) / 100));
  return `    <P_13_${String(field)}>${money(netCents)}</P_13_${String(field)}>\n    <P_14_${String(field)}>${vat}</P_14_${String(field)}>\n`;
}

const sum = (lines: readonly Line[]): number => lines.reduce((all, { netCents }) => all + netCents, 0);
const money = (cents: number): string => `${String(Math.trunc(cents / 100))}.${two(cents % 100)}`;
const two = (value: number): string => String(value).padStart(2, '0');
const three = (value: number): string => String(value).padStart(3, '0');
const digits = (count: number, dice: Dice): string => Array.from({ length: count }, () => dice(10)).join('');

function oneOf<T>(values: readonly T[], dice: Dice): T {
  const value = values[dice(values.length)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

const NIP_WEIGHTS = [6, 5, 7, 2, 3, 4, 5, 6, 7];

/** With its check digit. */
function nip(dice: Dice): string {
  for (;;) {
    const body = [1 + dice(9), 1 + dice(9), ...Array.from({ length: 7 }, () => dice(10))];
    const check = body.reduce((all, digit, at) => all + digit * (NIP_WEIGHTS[at] ?? 0), 0) % 11;
    if (check < 10) return [...body, check].join('');
  }
}
