/** A UPO as KSeF writes it (v4-3), for the given numbers and hashes. */
export function upoXml(documents: readonly { readonly ksefNumber: string; readonly hash: string }[]): string {
  const confirmed = documents.map(
    ({ ksefNumber, hash }) => `
  <Dokument>
    <NipSprzedawcy>5265877635</NipSprzedawcy>
    <NumerKSeFDokumentu>${ksefNumber}</NumerKSeFDokumentu>
    <NumerFaktury>FV/1</NumerFaktury>
    <DataWystawieniaFaktury>2026-11-20</DataWystawieniaFaktury>
    <DataPrzeslaniaDokumentu>2026-11-20T11:05:40.841+01:00</DataPrzeslaniaDokumentu>
    <DataNadaniaNumeruKSeF>2026-11-20T11:05:41.045+01:00</DataNadaniaNumeruKSeF>
    <SkrotDokumentu>${hash}</SkrotDokumentu>
    <TrybWysylki>Offline</TrybWysylki>
  </Dokument>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3">
  <NazwaPodmiotuPrzyjmujacego>Ministerstwo Finansów</NazwaPodmiotuPrzyjmujacego>${confirmed.join('')}
</Potwierdzenie>
`;
}
