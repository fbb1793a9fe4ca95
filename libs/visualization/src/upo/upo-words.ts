import type { DocumentLanguage } from '@latarnik/domain';
import { Words, type CodeTable, type Labels } from '../model/words.js';

const LABELS: Labels = {
  Potwierdzenie: ['Urzędowe poświadczenie odbioru', 'Official confirmation of receipt'],
  NazwaPodmiotuPrzyjmujacego: ['Podmiot przyjmujący', 'Received by'],
  NumerReferencyjnySesji: ['Numer referencyjny sesji', 'Session reference number'],
  Uwierzytelnienie: ['Uwierzytelnienie', 'Authentication'],
  IdKontekstu: ['Kontekst', 'Context'],
  Nip: ['NIP', 'NIP (Polish tax number)'],
  IdWewnetrzny: ['Identyfikator wewnętrzny', 'Internal identifier'],
  IdZlozonyVatUE: ['NIP i numer VAT UE', 'NIP and EU VAT number'],
  IdDostawcyUslugPeppol: ['Dostawca usług Peppol', 'Peppol service provider'],
  NumerReferencyjnyTokenaKSeF: ['Numer referencyjny tokena KSeF', 'Reference number of the KSeF token'],
  SkrotDokumentuUwierzytelniajacego: [
    'Skrót dokumentu uwierzytelniającego (SHA-256)',
    'Hash of the authentication document (SHA-256)',
  ],
  OpisPotwierdzenia: ['Zakres potwierdzenia', 'Extent of the confirmation'],
  Strona: ['Strona UPO', 'Page of the UPO'],
  LiczbaStron: ['Liczba stron', 'Number of pages'],
  ZakresDokumentowOd: ['Dokumenty od', 'Documents from'],
  ZakresDokumentowDo: ['Dokumenty do', 'Documents to'],
  CalkowitaLiczbaDokumentow: ['Liczba dokumentów', 'Number of documents'],
  NazwaStrukturyLogicznej: ['Struktura logiczna', 'Logical structure'],
  KodFormularza: ['Formularz', 'Form'],
  Dokument: ['Dokument', 'Document'],
  NipSprzedawcy: ['NIP sprzedawcy', 'NIP of the seller'],
  NumerKSeFDokumentu: ['Numer KSeF', 'KSeF number'],
  NumerFaktury: ['Numer faktury', 'Invoice number'],
  DataWystawieniaFaktury: ['Data wystawienia', 'Date of issue'],
  DataPrzeslaniaDokumentu: ['Data przesłania do KSeF', 'Sent to KSeF at'],
  DataNadaniaNumeruKSeF: ['Data nadania numeru KSeF', 'KSeF number assigned at'],
  SkrotDokumentu: ['Skrót dokumentu (SHA-256)', 'Hash of the document (SHA-256)'],
  TrybWysylki: ['Tryb wysyłki', 'Sent'],
  wersjaSchemy: ['Wersja schemy', 'Schema version'],
};

const CODES: CodeTable = { TrybWysylki: { Online: ['online', 'online'], Offline: ['offline', 'offline'] } };

export const upoWords = (language: DocumentLanguage): Words => new Words(language, LABELS, CODES);
