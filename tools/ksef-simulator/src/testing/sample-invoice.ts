/** What a test may vary; the rest of the document stays the same. */
export interface SampleInvoice {
  readonly number: string;
  readonly sellerNip: string;
  /** P_1 */
  readonly issueDate: string;
  readonly buyerNip?: string;
  /** RodzajFaktury. @default VAT */
  readonly kind?: string;
  /** P_17. @default false */
  readonly selfInvoicing?: boolean;
  readonly attachment?: boolean;
}

/** A short FA(3) invoice that fits the schema; NIPs and dates are the test's affair. */
export function sampleInvoice(invoice: SampleInvoice): string {
  const { number, sellerNip, issueDate, buyerNip = '5265877635', kind = 'VAT', selfInvoicing = false } = invoice;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">
  <Naglowek>
    <KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
    <WariantFormularza>3</WariantFormularza>
    <DataWytworzeniaFa>${issueDate}T08:00:00Z</DataWytworzeniaFa>
    <SystemInfo>Latarnik test</SystemInfo>
  </Naglowek>
  <Podmiot1>
    <DaneIdentyfikacyjne><NIP>${sellerNip}</NIP><Nazwa>Sprzedawca sp. z o.o.</Nazwa></DaneIdentyfikacyjne>
    <Adres><KodKraju>PL</KodKraju><AdresL1>ul. Portowa 1, 80-001 Gdańsk</AdresL1></Adres>
  </Podmiot1>
  <Podmiot2>
    <DaneIdentyfikacyjne><NIP>${buyerNip}</NIP><Nazwa>Nabywca S.A.</Nazwa></DaneIdentyfikacyjne>
    <Adres><KodKraju>PL</KodKraju><AdresL1>ul. Morska 2, 81-002 Gdynia</AdresL1></Adres>
    <JST>2</JST>
    <GV>2</GV>
  </Podmiot2>
  <Fa>
    <KodWaluty>PLN</KodWaluty>
    <P_1>${issueDate}</P_1>
    <P_2>${number}</P_2>
    <P_13_1>100.00</P_13_1>
    <P_14_1>23.00</P_14_1>
    <P_15>123.00</P_15>
    <Adnotacje>
      <P_16>2</P_16>
      <P_17>${selfInvoicing ? '1' : '2'}</P_17>
      <P_18>2</P_18>
      <P_18A>2</P_18A>
      <Zwolnienie><P_19N>1</P_19N></Zwolnienie>
      <NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu>
      <P_23>2</P_23>
      <PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy>
    </Adnotacje>
    <RodzajFaktury>${kind}</RodzajFaktury>
    <FaWiersz>
      <NrWierszaFa>1</NrWierszaFa>
      <P_7>Usługa latarniana</P_7>
      <P_8A>szt.</P_8A>
      <P_8B>1</P_8B>
      <P_9A>100.00</P_9A>
      <P_11>100.00</P_11>
      <P_12>23</P_12>
    </FaWiersz>
  </Fa>${invoice.attachment === true ? ATTACHMENT : ''}
</Faktura>
`;
}

const ATTACHMENT = `
  <Zalacznik>
    <BlokDanych>
      <MetaDane><ZKlucz>Licznik</ZKlucz><ZWartosc>123</ZWartosc></MetaDane>
    </BlokDanych>
  </Zalacznik>`;
